"""Every step of the tick is taken, and written down."""

import ast
import re

from tests.paths import ROOT

NO_STEPS = {"__init__", "scheduler", "tick", "clock_check"}
STEPS = {path.stem for path in (ROOT / "schedules").glob("*.py")} - NO_STEPS


def test_every_step_is_part_of_the_tick() -> None:
    """``schedules/tick.py`` imports each module beside it."""
    tree = ast.parse((ROOT / "schedules/tick.py").read_text("utf-8"))
    modules = [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert {name.removeprefix("schedules.") for name in modules if "schedules." in name} == STEPS


def test_every_step_is_documented() -> None:
    """The section "One tick" of docs/architecture.md names each module."""
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    section = text.partition("\n## One tick\n")[2].partition("\n## ")[0]
    assert STEPS - set(re.findall(r"`([a-z_]+)`", section)) == set()
