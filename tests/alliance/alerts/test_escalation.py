"""Escalation as a timetable: weekends, holidays, absences, time zones and clock changes."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.alerts.escalation import ESCALATE_AFTER, EscalationReader, escalation_times
from alliance.calendar.timing import NIGHT
from alliance.calendar.working_time import Workdays, after_working_time, next_working_time

BERLIN, NEW_YORK, CAIRO = map(ZoneInfo, ("Europe/Berlin", "America/New_York", "Africa/Cairo"))
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    """Return a local time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


class Wait(NamedTuple):
    """Start of a wait, whose workdays count, and its end after 48 working hours; local times."""

    what: str
    begin: str
    over: str
    days: Workdays = Workdays(BERLIN)


WAITS = [
    Wait("within a week", "2026-03-03 10:00", "2026-03-05 10:00"),
    Wait("over a weekend", "2026-03-06 10:00", "2026-03-10 10:00"),
    Wait("begun on a Saturday", "2026-03-07 15:00", "2026-03-11 00:00"),
    Wait("begun on a Sunday night", "2026-03-08 23:59", "2026-03-11 00:00"),
    Wait("to the very end of a Friday", "2026-03-04 00:00", "2026-03-06 00:00"),
    Wait("the end of a Friday is Monday", "2026-03-05 00:00", "2026-03-09 00:00"),
    Wait("over Easter", "2026-04-02 18:00", "2026-04-08 18:00", Workdays(BERLIN, "DE")),
    Wait(
        "over two days away",
        "2026-03-02 12:00",
        "2026-03-06 12:00",
        Workdays(BERLIN, away=((date(2026, 3, 3), date(2026, 3, 4)),)),
    ),
    Wait(
        "begun while away, into a weekend",
        "2026-03-05 12:00",
        "2026-03-11 00:00",
        Workdays(BERLIN, away=((date(2026, 3, 4), date(2026, 3, 6)),)),
    ),
    Wait("the clocks go forward on a free day", "2026-03-27 12:00", "2026-03-31 12:00"),
    Wait("the clocks go back on a free day", "2026-10-23 12:00", "2026-10-27 12:00"),
    Wait(  # Friday 24 April 2026 begins at 01:00 in Cairo: it has 23 hours
        "a working day of 23 hours",
        "2026-04-23 12:00",
        "2026-04-27 13:00",
        Workdays(CAIRO),
    ),
    Wait(
        "free on Friday and Saturday",
        "2026-04-22 12:00",
        "2026-04-26 12:00",
        Workdays(CAIRO, "EG"),
    ),
]


@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.what)
def test_two_working_days(wait: Wait) -> None:
    """Forty-eight hours of workdays, from midnight to midnight in that zone."""
    zone = wait.days.zone

    assert after_working_time(at(wait.begin, zone), ESCALATE_AFTER, wait.days) == at(
        wait.over, zone
    )


instants = st.integers(0, 3 * 365 * 24).map(
    lambda hours: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
)
zones = st.sampled_from((BERLIN, NEW_YORK, CAIRO, LORD_HOWE, ZoneInfo("Asia/Kathmandu")))
regions = st.sampled_from(("", "DE", "DE-BY", "EG", "US"))
lengths = st.integers(1, 200).map(lambda hours: timedelta(hours=hours))


@given(begin=instants, length=lengths, zone=zones, region=regions)
def test_working_time_is_what_is_left_without_free_days(
    begin: datetime, length: timedelta, zone: ZoneInfo, region: str
) -> None:
    """The working time up to the end equals the length, and the end is on a workday."""
    days = Workdays(zone, region)
    over = after_working_time(begin, length, days)

    assert over is not None
    assert days.is_workday_at(over)
    half_hours = (begin + timedelta(minutes=30 * n) for n in range(24 * 60))
    worked = sum(days.is_workday_at(moment) for moment in half_hours if moment < over)
    assert worked == length / timedelta(minutes=30)


@given(begin=instants, zone=zones, more=st.integers(0, 30))
def test_to_be_away_never_makes_it_earlier(begin: datetime, zone: ZoneInfo, more: int) -> None:
    """Absences can only delay."""
    day = begin.astimezone(zone).date()
    away = Workdays(zone, away=((day, day + timedelta(days=more)),))
    here = after_working_time(begin, ESCALATE_AFTER, Workdays(zone))
    later = after_working_time(begin, ESCALATE_AFTER, away)

    assert here is not None
    assert later is not None
    assert later >= here


def test_who_never_comes_back_is_not_waited_for() -> None:
    """An open-ended absence has no end to wait for."""
    gone = Workdays(BERLIN, away=((date(2026, 1, 1), date(9999, 12, 30)),))

    assert after_working_time(at("2026-03-03 10:00"), ESCALATE_AFTER, gone) is None


@pytest.mark.parametrize(
    ("begin", "expected"),
    [
        ("2026-03-03 10:00", "2026-03-03 10:00"),
        ("2026-03-03 22:00", "2026-03-04 08:00"),
        ("2026-03-06 22:00", "2026-03-09 08:00"),  # not on a Saturday morning
        ("2026-03-07 12:00", "2026-03-09 08:00"),
        ("2026-03-28 23:00", "2026-03-30 08:00"),  # over a night of 23 hours
    ],
)
def test_unsolicited_messages_come_in_working_hours(begin: str, expected: str) -> None:
    """Unsolicited messages come on workdays and outside the quiet hours."""
    assert next_working_time(at(begin), NIGHT, Workdays(BERLIN)) == at(expected)


class Case(NamedTuple):
    """An alert raised on Tuesday at ten, its readers, and when it escalates."""

    what: str
    readers: tuple[tuple[str, Workdays], ...]
    readers_at: str | None
    coordinators_at: str | None
    escalated: str | None = None


RAISED = "2026-03-03 10:00"
HERE = Workdays(BERLIN)
THIS_WEEK = Workdays(BERLIN, away=((date(2026, 3, 2), date(2026, 3, 6)),))
ON_WEDNESDAY = Workdays(BERLIN, away=((date(2026, 3, 4), date(2026, 3, 4)),))
ON_THURSDAY = Workdays(BERLIN, away=((date(2026, 3, 5), date(2026, 3, 5)),))
NOTIFIED_LATER = "2026-03-04 09:00"

CASES = [
    Case("nobody may read it", (), None, RAISED),
    Case("one reader", ((RAISED, HERE),), "2026-03-05 10:00", None),
    Case("one reader, away for a day", ((RAISED, ON_WEDNESDAY),), "2026-03-06 10:00", None),
    Case(  # nobody is at work on Thursday at ten, so coordinators are notified
        "away on the day on which it is over",
        ((RAISED, ON_THURSDAY),),
        "2026-03-06 10:00",
        "2026-03-05 10:00",
    ),
    Case("away all week", ((RAISED, THIS_WEEK),), "2026-03-11 00:00", "2026-03-05 10:00"),
    Case("away all week, covered", ((RAISED, THIS_WEEK), (RAISED, HERE)), "2026-03-05 10:00", None),
    Case(  # notified by Wednesday's digest
        "notified the day after", ((NOTIFIED_LATER, HERE),), "2026-03-06 09:00", None
    ),
    Case(
        "two readers, the earlier counts",
        ((NOTIFIED_LATER, HERE), (RAISED, HERE)),
        "2026-03-05 10:00",
        None,
    ),
    Case("gone on", ((RAISED, HERE),), None, "2026-03-09 10:00", escalated="2026-03-05 10:00"),
    Case(
        "gone on late, after days without power",
        ((RAISED, HERE),),
        None,
        "2026-03-13 08:00",
        escalated="2026-03-11 08:00",
    ),
    Case(
        "gone on, then away",
        ((RAISED, Workdays(BERLIN, away=((date(2026, 3, 6), date(2026, 3, 13)),))),),
        None,
        "2026-03-09 10:00",
        escalated="2026-03-05 10:00",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_when_an_unseen_alert_goes_on(case: Case) -> None:
    """First to all readers, then to the coordinators; at once if no reader is at work."""
    found = escalation_times(
        raised_at=at(RAISED),
        escalated_at=None if case.escalated is None else at(case.escalated),
        escalate_after=ESCALATE_AFTER,
        readers=[EscalationReader(at(notified), days) for notified, days in case.readers],
    )

    assert found.readers_at == (None if case.readers_at is None else at(case.readers_at))
    wanted = None if case.coordinators_at is None else at(case.coordinators_at)
    assert found.coordinators_at == wanted


@given(
    raised=instants,
    zone=zones,
    away=st.lists(st.tuples(st.integers(-3, 20), st.integers(0, 20)), max_size=3),
    count=st.integers(1, 3),
)
def test_an_alert_never_waits_for_ever(
    raised: datetime, zone: ZoneInfo, away: list[tuple[int, int]], count: int
) -> None:
    """With any absences, the second step happens, and no step before the waiting time is over."""
    today = raised.astimezone(zone).date()
    absences = tuple(
        (today + timedelta(days=first), today + timedelta(days=first + length))
        for first, length in away
    )
    readers = [EscalationReader(raised, Workdays(zone, away=absences))] * count

    first = escalation_times(
        raised_at=raised, escalated_at=None, escalate_after=ESCALATE_AFTER, readers=readers
    )
    assert first.readers_at is not None
    second = escalation_times(
        raised_at=raised,
        escalated_at=first.readers_at,
        escalate_after=ESCALATE_AFTER,
        readers=readers,
    )
    assert second.coordinators_at is not None
    for moment in (first.readers_at, first.coordinators_at, second.coordinators_at):
        assert moment is None or moment >= raised + ESCALATE_AFTER
