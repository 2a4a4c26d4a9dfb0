"""When a digest is due: days, time zones, clock changes, quiet hours and downtime."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.calendar.timing import NIGHT, NO_QUIET_HOURS, QuietHours
from alliance.caseload.digest import (
    DigestMode,
    DigestSettings,
    due_day,
    due_on,
    has_digest_on,
    next_check_at,
    next_due,
)

BERLIN, NEW_YORK, CAIRO, SANTIAGO = map(
    ZoneInfo, ("Europe/Berlin", "America/New_York", "Africa/Cairo", "America/Santiago")
)
SUNDAYS = DigestSettings(DigestMode.WEEKLY, 6, time(8))
FRIDAYS = DigestSettings(DigestMode.WEEKLY, 4, time(0, 30))
MORNINGS = DigestSettings(DigestMode.SESSION_DAYS, 0, time(7, 30))
OFF = DigestSettings()
TUESDAYS_AND_THURSDAYS = {1, 3}


def on_session_days(day: date) -> bool:
    """Return whether a therapist with sessions on Tuesdays and Thursdays has one that day."""
    return day.weekday() in TUESDAYS_AND_THURSDAYS


def at(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    """Return a local time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


class Next(NamedTuple):
    """A moment, and when the next digest after it is due; local times."""

    what: str
    habit: DigestSettings
    after: str
    due: str | None
    zone: ZoneInfo = BERLIN
    quiet: QuietHours = NIGHT


NEXT = [
    Next("weekly", SUNDAYS, "2026-03-04 12:00", "2026-03-08 08:00"),
    Next("weekly, over the spring change", SUNDAYS, "2026-03-28 12:00", "2026-03-29 08:00"),
    Next("weekly, over the autumn change", SUNDAYS, "2026-10-24 12:00", "2026-10-25 08:00"),
    Next("the moment itself is over", SUNDAYS, "2026-03-08 08:00", "2026-03-15 08:00"),
    Next("just before", SUNDAYS, "2026-03-08 07:59", "2026-03-08 08:00"),
    Next("off", OFF, "2026-03-08 07:59", None),
    Next("a session day, out of the quiet hours", MORNINGS, "2026-03-02 12:00", "2026-03-03 08:00"),
    Next(
        "a session day, never quiet",
        MORNINGS,
        "2026-03-02 12:00",
        "2026-03-03 07:30",
        quiet=NO_QUIET_HOURS,
    ),
    Next("from one session day to the next", MORNINGS, "2026-03-05 08:00", "2026-03-10 08:00"),
    Next(  # that Friday begins at 01:00 in Cairo
        "a time that is left out",
        FRIDAYS,
        "2026-04-22 12:00",
        "2026-04-24 01:30",
        CAIRO,
        NO_QUIET_HOURS,
    ),
    Next("in New York", SUNDAYS, "2026-03-07 12:00", "2026-03-08 08:00", NEW_YORK),
    Next("where Sunday has no midnight", SUNDAYS, "2026-09-05 12:00", "2026-09-06 08:00", SANTIAGO),
]


@pytest.mark.parametrize("case", NEXT, ids=lambda case: case.what)
def test_when_the_next_digest_comes(case: Next) -> None:
    """At the therapist's local time, despite clock changes."""
    found = next_due(
        at(case.after, case.zone),
        case.habit,
        quiet=case.quiet,
        zone=case.zone,
        has_session=on_session_days,
    )

    assert found == (None if case.due is None else at(case.due, case.zone))


def test_a_digest_that_is_too_far_off_is_none() -> None:
    """Without a session within a week there is no digest to wait for."""
    found = next_due(
        at("2026-03-02 12:00"), MORNINGS, quiet=NIGHT, zone=BERLIN, has_session=lambda _day: False
    )

    assert found is None
    assert next_check_at(at("2026-03-02 12:00"), MORNINGS, quiet=NIGHT, zone=BERLIN) is not None
    assert next_check_at(at("2026-03-02 12:00"), OFF, quiet=NIGHT, zone=BERLIN) is None


DAYS = [
    ("2026-03-03 07:59", None),  # not yet
    ("2026-03-03 08:00", date(2026, 3, 3)),
    ("2026-03-03 19:00", date(2026, 3, 3)),  # late, after downtime
    ("2026-03-03 21:30", None),  # not in quiet hours
    ("2026-03-04 08:00", None),  # no session today, and yesterday is over
    ("2026-03-05 08:00", date(2026, 3, 5)),
]


@pytest.mark.parametrize(("now", "day"), DAYS)
def test_a_late_digest_still_comes_on_its_day(now: str, day: date | None) -> None:
    """After downtime it is sent the same day or not at all."""
    found = due_day(at(now), MORNINGS, quiet=NIGHT, zone=BERLIN, has_session=on_session_days)

    assert found == day


def test_an_hour_that_comes_twice_is_one_digest() -> None:
    """At 02:30 in the night when clocks go back, there is only one digest."""
    habit = DigestSettings(DigestMode.WEEKLY, 6, time(2, 30))
    first, second = (at("2026-10-25 02:30", fold=fold) for fold in (0, 1))
    day = date(2026, 10, 25)

    assert due_on(day, habit, quiet=NO_QUIET_HOURS, zone=BERLIN) == first
    for moment in (first, second):
        found = due_day(
            moment, habit, quiet=NO_QUIET_HOURS, zone=BERLIN, has_session=on_session_days
        )
        assert found == day
    following = next_due(
        first, habit, quiet=NO_QUIET_HOURS, zone=BERLIN, has_session=on_session_days
    )
    assert following == at("2026-11-01 02:30")


zones = st.sampled_from((BERLIN, NEW_YORK, CAIRO, SANTIAGO, ZoneInfo("Australia/Lord_Howe")))
instants = st.integers(0, 2 * 365 * 24 * 4).map(
    lambda quarters: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarters)
)
habits = st.builds(
    DigestSettings,
    st.sampled_from((DigestMode.WEEKLY, DigestMode.SESSION_DAYS)),
    st.integers(0, 6),
    st.times(),
)


@given(
    after=instants, habit=habits, zone=zones, quiet=st.builds(QuietHours, st.times(), st.times())
)
def test_a_digest_is_never_sent_in_quiet_hours(
    after: datetime, habit: DigestSettings, zone: ZoneInfo, quiet: QuietHours
) -> None:
    """With any settings it is due outside the quiet hours, and found due at that moment."""
    due = next_due(after, habit, quiet=quiet, zone=zone, has_session=on_session_days)
    if due is None:
        return
    local = due.astimezone(zone)

    assert due > after
    assert not quiet.contains(local.time())
    look = next_check_at(after, habit, quiet=quiet, zone=zone)
    assert look is not None
    assert look <= due


@given(after=instants, weekday=st.integers(0, 6), zone=zones)
def test_one_digest_a_week(after: datetime, weekday: int, zone: ZoneInfo) -> None:
    """Over a year, the local days are exactly a week apart."""
    habit = DigestSettings(DigestMode.WEEKLY, weekday, time(9))
    days = []
    for _ in range(52):
        due = next_due(after, habit, quiet=NIGHT, zone=zone, has_session=on_session_days)
        assert due is not None
        day = due_day(due, habit, quiet=NIGHT, zone=zone, has_session=on_session_days)
        assert day is not None
        assert has_digest_on(day, habit, on_session_days)
        days.append(day)
        after = due
    steps = {later - earlier for earlier, later in pairwise(days)}
    assert steps == {timedelta(days=7)}
