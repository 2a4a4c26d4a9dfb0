"""Shared set-up, and the summary printed after a run (faults injected, attempts refused).

Examples are the same in each run; ``ATTUNE_TEST_EXAMPLES=new`` lets Hypothesis try new ones.
Hypothesis has no deadline, because a busy machine is not a fault of an example.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import settings

from tests.fast_temp import fast_temp_root

settings.register_profile("attune", deadline=None, derandomize=True)
settings.register_profile("new", deadline=None)
settings.load_profile("new" if os.environ.get("ATTUNE_TEST_EXAMPLES") == "new" else "attune")

pytest_plugins = ["tests.engines"]
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", fast_temp_root())  # the parent of every `tmp_path`
os.environ.setdefault("TMPDIR", fast_temp_root())  # other temporary folders, also of subprocesses
tempfile.tempdir = None  # read TMPDIR again

FAULT = "fault"
"""Marks a test that injects a fault; each fault that it names is counted once."""

UNAUTHORISED_ATTEMPTS = "unauthorised attempts"
"""Property of a test in which people try what they may not do, with the number of attempts:
``record_property(UNAUTHORISED_ATTEMPTS, 120)``. The numbers are added up.
"""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Add the faults that a test injects to its report, which other processes send to us."""
    item.user_properties += [(FAULT, mark.args[0]) for mark in item.iter_markers(FAULT)]
    return (yield)


def count_faults_and_attempts(properties: Iterable[tuple[str, object]]) -> tuple[int, int]:
    """Return the number of distinct faults and of unauthorised attempts in test properties."""
    recorded = list(properties)
    faults = {value for name, value in recorded if name == FAULT}
    attempts = [int(str(value)) for name, value in recorded if name == UNAUTHORISED_ATTEMPTS]
    return len(faults), sum(attempts)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print how many faults and attempts the passing tests made."""
    passed = terminalreporter.stats.get("passed", [])
    faults, attempts = count_faults_and_attempts(
        recorded for report in passed for recorded in report.user_properties
    )
    terminalreporter.section("faults injected, unauthorised attempts refused")
    terminalreporter.line(f"{faults} distinct faults injected")
    terminalreporter.line(f"{attempts} unauthorised attempts refused")
