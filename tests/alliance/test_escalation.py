"""Escalation as a timetable: weekends, holidays, absences, zones and clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.alerts.escalation import UNSEEN_FOR, Reader, steps
from alliance.calendar.timing import Quiet
from alliance.calendar.working_time import Workdays, after_working, in_working_hours

BERLIN, NEW_YORK, CAIRO = map(ZoneInfo, ("Europe/Berlin", "America/New_York", "Africa/Cairo"))
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
NIGHT = Quiet(time(21), time(8))


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    """A local time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


class Wait(NamedTuple):
    """When waiting begins, whose days count, and when 48 working hours are over; local times."""

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
    """Forty-eight hours of working days, by the midnights of that zone."""
    zone = wait.days.zone

    assert after_working(at(wait.begin, zone), UNSEEN_FOR, wait.days) == at(wait.over, zone)


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
    """Minute by minute, the working minutes up to the end are the length, and it is a workday."""
    days = Workdays(zone, region)
    over = after_working(begin, length, days)

    assert over is not None
    assert days.work_at(over)
    half_hours = (begin + timedelta(minutes=30 * n) for n in range(24 * 60))
    worked = sum(days.work_at(moment) for moment in half_hours if moment < over)
    assert worked == length / timedelta(minutes=30)


@given(begin=instants, zone=zones, more=st.integers(0, 30))
def test_to_be_away_never_makes_it_earlier(begin: datetime, zone: ZoneInfo, more: int) -> None:
    """Days away only put off."""
    day = begin.astimezone(zone).date()
    away = Workdays(zone, away=((day, day + timedelta(days=more)),))
    here = after_working(begin, UNSEEN_FOR, Workdays(zone))
    later = after_working(begin, UNSEEN_FOR, away)

    assert here is not None
    assert later is not None
    assert later >= here


def test_who_never_comes_back_is_not_waited_for() -> None:
    """An absence without an end has no end to wait for."""
    gone = Workdays(BERLIN, away=((date(2026, 1, 1), date(9999, 12, 30)),))

    assert after_working(at("2026-03-03 10:00"), UNSEEN_FOR, gone) is None


@pytest.mark.parametrize(
    ("begin", "said"),
    [
        ("2026-03-03 10:00", "2026-03-03 10:00"),
        ("2026-03-03 22:00", "2026-03-04 08:00"),
        ("2026-03-06 22:00", "2026-03-09 08:00"),  # not on a Saturday morning
        ("2026-03-07 12:00", "2026-03-09 08:00"),
        ("2026-03-28 23:00", "2026-03-30 08:00"),  # over a night of 23 hours
    ],
)
def test_the_clock_writes_in_working_hours(begin: str, said: str) -> None:
    """What nobody asked for comes on a working day, and not at night."""
    assert in_working_hours(at(begin), NIGHT, Workdays(BERLIN)) == at(said)


class Case(NamedTuple):
    """An alert of Tuesday at ten, those who may read it, and when it goes on."""

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
LATER_TOLD = "2026-03-04 09:00"

CASES = [
    Case("nobody may read it", (), None, RAISED),
    Case("one reader", ((RAISED, HERE),), "2026-03-05 10:00", None),
    Case("one reader, away for a day", ((RAISED, ON_WEDNESDAY),), "2026-03-06 10:00", None),
    Case(  # on Thursday at ten nobody is there: the coordinators hear of it
        "away on the day on which it is over",
        ((RAISED, ON_THURSDAY),),
        "2026-03-06 10:00",
        "2026-03-05 10:00",
    ),
    Case("away all week", ((RAISED, THIS_WEEK),), "2026-03-11 00:00", "2026-03-05 10:00"),
    Case("away all week, covered", ((RAISED, THIS_WEEK), (RAISED, HERE)), "2026-03-05 10:00", None),
    Case(  # the digest of Wednesday tells of it
        "told the day after", ((LATER_TOLD, HERE),), "2026-03-06 09:00", None
    ),
    Case(
        "two readers, the earlier counts",
        ((LATER_TOLD, HERE), (RAISED, HERE)),
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
    """First to all who may read it, then to the coordinators; at once where nobody is there."""
    found = steps(
        raised_at=at(RAISED),
        escalated_at=None if case.escalated is None else at(case.escalated),
        patience=UNSEEN_FOR,
        readers=[Reader(at(told), days) for told, days in case.readers],
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
    """Whatever absences there are, the second step comes, and never before the patience is over."""
    today = raised.astimezone(zone).date()
    absences = tuple(
        (today + timedelta(days=first), today + timedelta(days=first + length))
        for first, length in away
    )
    readers = [Reader(raised, Workdays(zone, away=absences))] * count

    first = steps(raised_at=raised, escalated_at=None, patience=UNSEEN_FOR, readers=readers)
    assert first.readers_at is not None
    second = steps(
        raised_at=raised,
        escalated_at=first.readers_at,
        patience=UNSEEN_FOR,
        readers=readers,
    )
    assert second.coordinators_at is not None
    for moment in (first.readers_at, first.coordinators_at, second.coordinators_at):
        assert moment is None or moment >= raised + UNSEEN_FOR
