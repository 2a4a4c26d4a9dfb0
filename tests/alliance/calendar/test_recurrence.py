"""Recurrence rules, compared with a slow and obvious implementation and with dateutil."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule, tz
from hypothesis import given
from hypothesis import strategies as st

from alliance.calendar.recurrence import (
    RecurrenceRule,
    last_day,
    occurrences,
    parse_rule,
    session_days,
)
from alliance.errors import BadPlan

weekly = st.builds(
    RecurrenceRule,
    st.just("week"),
    st.integers(1, 6),
    st.sets(st.integers(0, 6), min_size=1).map(lambda found: tuple(sorted(found))),
)
monthly = st.builds(
    RecurrenceRule,
    st.just("month"),
    st.integers(1, 4),
    st.integers(0, 6).map(lambda day: (day,)),
    st.sampled_from((-1, 1, 2, 3, 4, 5)),
)
first_days = st.dates(date(2024, 1, 1), date(2030, 1, 1))


def obvious(rule: RecurrenceRule, first: date) -> list[date]:
    """Check every day of three years against the rule."""
    found = []
    monday = first - timedelta(days=first.weekday())
    for step in range(3 * 366):
        day = first + timedelta(days=step)
        if day.weekday() not in rule.weekdays:
            continue
        if rule.every == "week":
            if (day - monday).days // 7 % rule.interval == 0:
                found.append(day)
            continue
        months = (day.year - first.year) * 12 + day.month - first.month
        is_last = (day + timedelta(days=7)).month != day.month
        place = -1 if rule.nth == -1 and is_last else (day.day - 1) // 7 + 1
        if months % rule.interval == 0 and place == rule.nth:
            found.append(day)
    return found


@given(rule=st.one_of(weekly, monthly), first=first_days)
def test_days_equal_the_obvious_reading(rule: RecurrenceRule, first: date) -> None:
    """Exactly the days of the rule, from the first day on."""
    expected = obvious(rule, first)[:12]
    assert list(islice(session_days(rule, first), len(expected))) == expected


@given(rule=st.one_of(weekly, monthly), count=st.integers(1, 9), first=first_days)
def test_rules_survive_their_text(rule: RecurrenceRule, count: int, first: date) -> None:
    """Parsing the text of a rule returns the same rule."""
    limited = RecurrenceRule(rule.every, rule.interval, rule.weekdays, rule.nth, count=count)
    assert parse_rule(limited.text()) == limited
    assert len(list(session_days(limited, first))) == count


@pytest.mark.parametrize("text", ["", "FREQ=DAILY", "FREQ=SECONDLY;INTERVAL=1", "FREQ=WEEKLY"])
def test_other_repetitions_are_refused(text: str) -> None:
    """Unsupported rules are refused, not approximated."""
    with pytest.raises(BadPlan):
        parse_rule(text)


ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "UTC",
)


@st.composite
def limited(draw: st.DrawFn) -> tuple[RecurrenceRule, date]:
    """Draw a rule with or without an end, and a plan's first day."""
    rule, first = draw(st.one_of(weekly, monthly)), draw(first_days)
    count = draw(st.one_of(st.none(), st.integers(1, 60)))
    ahead = draw(st.one_of(st.none(), st.integers(0, 700)))
    until = None if ahead is None else first + timedelta(days=ahead)
    return replace(rule, until=until, count=count), first


@given(
    plan=limited(),
    wall=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    zone=st.sampled_from(ZONES),
    skipped=st.integers(0, 800),
    span=st.integers(0, 400),
)
def test_sessions_equal_those_of_dateutil(
    plan: tuple[RecurrenceRule, date], wall: time, zone: str, skipped: int, span: int
) -> None:
    """The same instants as dateutil's rrule, in any zone, across clock changes, with any end."""
    rule, first = plan
    begin = datetime.combine(first, time(), tzinfo=UTC) + timedelta(days=skipped)
    end = begin + timedelta(days=span)
    ours = [
        found.starts_at
        for found in occurrences(
            rule,
            first_day=first,
            wall_time=wall,
            zone=zone,
            duration=timedelta(minutes=50),
            after=begin,
            until=end,
        )
    ]
    assert ours == [
        at for at in dateutil_sessions(rule, first, wall, zone, end) if begin < at <= end
    ]


def dateutil_sessions(
    rule: RecurrenceRule, first: date, wall: time, zone: str, end: datetime
) -> list[datetime]:
    """Return dateutil's result: naive wall times, converted with its own zones."""
    last = end.date() + timedelta(days=2)
    until = min(rule.until, last) if rule.until else last
    days_of = [rrule.weekday(day, rule.nth) for day in rule.weekdays]
    found = rrule.rrule(
        rrule.WEEKLY if rule.every == "week" else rrule.MONTHLY,
        dtstart=datetime.combine(first, wall),
        interval=rule.interval,
        byweekday=days_of,
        wkst=rrule.MO,
    )
    wanted = []
    for number, naive in enumerate(found, start=1):
        if naive.date() > until or (rule.count is not None and number > rule.count):
            break
        # A time skipped by a clock change moves forward, as real clocks do.
        local = tz.resolve_imaginary(naive.replace(tzinfo=tz.gettz(zone)))
        wanted.append(local.astimezone(UTC))
    return wanted


@given(rule=st.one_of(weekly, monthly), first=first_days, count=st.integers(1, 30))
def test_the_last_day_of_a_plan(rule: RecurrenceRule, first: date, count: int) -> None:
    """By count or by last day; without either there is none."""
    by_count = RecurrenceRule(rule.every, rule.interval, rule.weekdays, rule.nth, count=count)
    last = last_day(by_count, first)
    until = RecurrenceRule(rule.every, rule.interval, rule.weekdays, rule.nth, until=last)
    assert list(session_days(by_count, first)) == list(session_days(until, first))
    assert last_day(rule, first) is None
    assert last is not None
    assert last_day(until, last + timedelta(days=1)) is None


def test_a_session_keeps_its_wall_time_over_a_clock_change() -> None:
    """It stays at two o'clock local time, although its instant moves by an hour."""
    found = occurrences(
        RecurrenceRule("week", 1, (6,)),
        first_day=date(2026, 3, 22),
        wall_time=time(14),
        zone="Europe/Berlin",
        duration=timedelta(hours=1),
        after=datetime(2026, 3, 20, tzinfo=UTC),
        until=datetime(2026, 4, 1, tzinfo=UTC),
    )
    starts = [one.starts_at for one in found]
    assert [at.hour for at in starts] == [13, 12]
    assert {at.astimezone(ZoneInfo("Europe/Berlin")).hour for at in starts} == {14}
