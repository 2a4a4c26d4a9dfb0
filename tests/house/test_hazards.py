"""What can go wrong is written down, with what stands against it and the test that shows it."""

import re

from tests.house.faults import BEGIN, DOCUMENT, END, faults, names_of_tests, with_table

ENOUGH = 40
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


def test_the_table_of_faults_is_what_the_tests_make_happen() -> None:
    """Whoever adds a fault writes the table anew: ``python -m tests.house.faults``."""
    written = DOCUMENT.read_text("utf-8")
    assert BEGIN in written
    assert END in written
    assert written == with_table(written)


def test_enough_distinct_faults_happen() -> None:
    """Each with a test that says what must hold."""
    found = faults()
    assert len({one.name for one in found}) >= ENOUGH
    assert all(one.promise for one in found)


def test_every_hazard_names_tests_that_exist() -> None:
    """A row without a test is a promise in prose; a test that is gone shows nothing."""
    row = re.compile(r"^\| \*\*(.+?)\*\* \| (.+) \| (.+) \|$", re.MULTILINE)
    rows = row.findall(DOCUMENT.read_text("utf-8"))
    assert set(HAZARDS) <= {name for name, _, _ in rows}
    known = names_of_tests()
    for name, control, shown in rows:
        named = re.findall(r"`(test_\w+)`", shown)
        assert named, name
        assert control.strip()
        assert set(named) <= set(known), name
