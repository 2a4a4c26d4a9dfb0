"""What holds for all tests, and what a run says at its end: how much was done to the house.

The examples are the same each time; ``ATTUNE_TEST_EXAMPLES=new`` lets Hypothesis look where it
has not looked before. A busy machine is no fault of an example.
"""

import os
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import settings

from tests.quick_disk import quick_disk

settings.register_profile("attune", deadline=None, derandomize=True)
settings.register_profile("new", deadline=None)
settings.load_profile("new" if os.environ.get("ATTUNE_TEST_EXAMPLES") == "new" else "attune")

pytest_plugins = ["tests.engines"]
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", quick_disk())  # where every `tmp_path` lies

FAULT = "fault"
"""The marker of a test that makes a fault happen; what it names is counted once."""

WRONG_PERSON = "wrong-person attempts"
"""What a test that lets people try what is not theirs says at its end, with how often:
``record_property(WRONG_PERSON, 120)``. These are added up.
"""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Let a test's report carry the faults that it makes happen, also from another process."""
    item.user_properties += [(FAULT, mark.args[0]) for mark in item.iter_markers(FAULT)]
    return (yield)


def counted(properties: Iterable[tuple[str, object]]) -> tuple[int, int]:
    """Return how many distinct faults and how many wrong-person attempts tests tell of."""
    told = list(properties)
    faults = {name for what, name in told if what == FAULT}
    attempts = [int(str(number)) for what, number in told if what == WRONG_PERSON]
    return len(faults), sum(attempts)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what the tests that passed have done."""
    passed = terminalreporter.stats.get("passed", [])
    faults, attempts = counted(kept for report in passed for kept in report.user_properties)
    terminalreporter.section("done to the house")
    terminalreporter.line(f"distinct faults borne: {faults}")
    terminalreporter.line(f"wrong-person attempts refused: {attempts}")
