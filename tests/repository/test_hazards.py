"""docs/hazards.md names each hazard with its control and the tests that show it."""

import re

from tests.repository.fault_table import BEGIN, DOCUMENT, END, faults, insert_table, names_of_tests

MIN_FAULTS = 40
HAZARDS = (
    "Missed alert",
    "False alert",
    "Wrong patient",
    "Disclosure on a lock screen",
    "Late delivery",
    "Silent failure",
    "Wrong zone",
    "Clock jump",
    "Full disk",
    "Read-only disk",
    "Corrupted page",
    "Network cut for a day",
    "Telegram answering nonsense",
    "Key lost",
)


def test_the_table_of_faults_is_up_to_date() -> None:
    """To update it: ``python -m tests.repository.fault_table``."""
    written = DOCUMENT.read_text("utf-8")
    assert BEGIN in written
    assert END in written
    assert written == insert_table(written)


def test_enough_distinct_faults_are_injected() -> None:
    """Each test says what must hold."""
    found = faults()
    assert len({one.name for one in found}) >= MIN_FAULTS
    assert all(one.promise for one in found)


def test_every_hazard_names_tests_that_exist() -> None:
    """A hazard without an existing test would be an unproven promise."""
    row = re.compile(r"^\| \*\*(.+?)\*\* \| (.+) \| (.+) \|$", re.MULTILINE)
    rows = row.findall(DOCUMENT.read_text("utf-8"))
    assert set(HAZARDS) <= {name for name, _, _ in rows}
    known = names_of_tests()
    for name, control, shown in rows:
        named = re.findall(r"`(test_\w+)`", shown)
        assert named, name
        assert control.strip()
        assert set(named) <= set(known), name
