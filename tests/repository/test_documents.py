"""What the documents point to exists."""

import re
from pathlib import Path

import pytest

from tests.paths import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")

EXAMPLES = {
    "alliance/instruments/check_in_pace.toml",
    "alliance/repair_cards/pace.toml",
    "handlers/texts/fr.po",
    "schedules/withdrawing.py",
    "storage/migrations/NNNN_notes.sql",
    "tests/schedules/test_withdrawing.py",
}
"""Files that the recipes of CONTRIBUTING.md let somebody write."""


def headings(page: Path) -> set[str]:
    """Return the anchors of a page."""
    found = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).strip().replace(" ", "-") for one in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """Files and sections; other sites are not asked."""
    for link in LINK.findall(page.read_text("utf-8")):
        name, _, section = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not section or section in headings(target), link


def test_every_path_of_a_recipe_exists() -> None:
    """Whoever moves a file corrects CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = set(re.findall(r"`(\w+/[\w/.*-]*)", text)) | set(re.findall(r" (tests/[\w/.]+)", text))
    assert len(named) > 50
    missing = {name for name in named if not list(ROOT.glob(name.rstrip("/.")))}
    assert missing - EXAMPLES == set()
