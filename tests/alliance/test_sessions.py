"""Recurrence, beside a slow and obvious reading of the same rule, and beside dateutil's."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule, tz
from hypothesis import given
from hypothesis import strategies as st

from alliance.calendar.recurrence import Rule, days, last_day, occurrences, read_rule
from alliance.errors import BadPlan

weekly = st.builds(
    Rule,
    st.just("week"),
    st.integers(1, 6),
    st.sets(st.integers(0, 6), min_size=1).map(lambda found: tuple(sorted(found))),
)
monthly = st.builds(
    Rule,
    st.just("month"),
    st.integers(1, 4),
    st.integers(0, 6).map(lambda day: (day,)),
    st.sampled_from((-1, 1, 2, 3, 4, 5)),
)
first_days = st.dates(date(2024, 1, 1), date(2030, 1, 1))


def obvious(rule: Rule, first: date) -> list[date]:
    """Look at every day of three years and ask whether it is meant."""
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
def test_days_equal_the_obvious_reading(rule: Rule, first: date) -> None:
    """Every n weeks or months, from the first day on: no day more, no day less."""
    expected = obvious(rule, first)[:12]
    assert list(islice(days(rule, first), len(expected))) == expected


@given(rule=st.one_of(weekly, monthly), count=st.integers(1, 9), first=first_days)
def test_rules_survive_their_text(rule: Rule, count: int, first: date) -> None:
    """A rule that was written reads back as the same rule."""
    limited = Rule(rule.every, rule.interval, rule.weekdays, rule.nth, count=count)
    assert read_rule(limited.text()) == limited
    assert len(list(days(limited, first))) == count


@pytest.mark.parametrize("text", ["", "FREQ=DAILY", "FREQ=SECONDLY;INTERVAL=1", "FREQ=WEEKLY"])
def test_other_repetitions_are_refused(text: str) -> None:
    """What we cannot keep is said, not guessed."""
    with pytest.raises(BadPlan):
        read_rule(text)


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
def limited(draw: st.DrawFn) -> tuple[Rule, date]:
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
    plan: tuple[Rule, date], wall: time, zone: str, skipped: int, span: int
) -> None:
    """The same instants as dateutil's rrule, in any zone, over clock changes, with any end."""
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
    assert ours == [at for at in theirs(rule, first, wall, zone, end) if begin < at <= end]


def theirs(rule: Rule, first: date, wall: time, zone: str, end: datetime) -> list[datetime]:
    """Return what dateutil makes of a rule: naive wall times, then its own zones."""
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
        # A time that a change of clocks leaves out moves on, as everybody's clock does then.
        local = tz.resolve_imaginary(naive.replace(tzinfo=tz.gettz(zone)))
        wanted.append(local.astimezone(UTC))
    return wanted


@given(rule=st.one_of(weekly, monthly), first=first_days, count=st.integers(1, 30))
def test_the_last_day_of_a_plan(rule: Rule, first: date, count: int) -> None:
    """A count and a last day end alike; without them there is no last day."""
    counted = Rule(rule.every, rule.interval, rule.weekdays, rule.nth, count=count)
    last = last_day(counted, first)
    until = Rule(rule.every, rule.interval, rule.weekdays, rule.nth, until=last)
    assert list(days(counted, first)) == list(days(until, first))
    assert last_day(rule, first) is None
    assert last is not None
    assert last_day(until, last + timedelta(days=1)) is None


def test_a_session_keeps_its_wall_time_over_a_clock_change() -> None:
    """Two o'clock stays two o'clock, though its instant moves by an hour."""
    found = occurrences(
        Rule("week", 1, (6,)),
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
