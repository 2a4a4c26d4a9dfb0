"""Every command is in the documents."""

import pytest

from bot.commands.table import COMMANDS
from tests.paths import ROOT

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    """Whoever looks for it finds how it is called, and what it is for."""
    assert any(f"attune {name}" in page.read_text("utf-8") for page in PAGES)


def test_every_option_of_an_interface_for_programs_is_documented() -> None:
    """Other programs call this one; its page names each option."""
    page = (ROOT / "docs" / "files.md").read_text("utf-8")
    options = [name for name, _ in COMMANDS["import"].arguments if name.startswith("--")]
    assert all(option in page for option in options)
