"""Wall times and their instants: gaps, repeated hours, and plans that were replaced."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from alliance.calendar.wall_times import instant_of, nearest_rule_time, rule_time_of, wall_time_of

BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str) -> datetime:
    """Return an instant of 2026 in UTC."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


def test_a_skipped_time_keeps_its_name() -> None:
    """On 29 March half past two does not exist: the session begins at half past three."""
    assert rule_time_of(utc("03-29T01:30"), time(2, 30), BERLIN) == "2026-03-29T02:30"
    assert instant_of("2026-03-29T02:30", BERLIN, utc("03-29T01:30")) == utc("03-29T01:30")


@pytest.mark.parametrize("computed", [utc("10-25T00:30"), utc("10-25T01:30")])
def test_a_repeated_time_stays_the_one_that_was_meant(computed: datetime) -> None:
    """Half past two comes twice on 25 October."""
    assert wall_time_of(computed, BERLIN) == "2026-10-25T02:30"
    assert instant_of("2026-10-25T02:30", BERLIN, computed) == computed


RECOGNISED = [
    # planned for (UTC), by a plan at 14:00 in Berlin, its wall time
    ("03-03T13:00", "2026-03-03T14:00"),
    ("03-03T12:00", "2026-03-03T14:00"),  # computed by other rules
    ("03-03T14:00", "2026-03-03T14:00"),
    ("03-03T09:00", "2026-03-03T10:00"),  # carried over from a plan at 10:00
]


@pytest.mark.parametrize(("planned_for", "expected"), RECOGNISED)
def test_an_hour_is_what_rules_change_by(planned_for: str, expected: str) -> None:
    """More than that is another plan's session."""
    assert nearest_rule_time(utc(planned_for), time(14), BERLIN) == expected
