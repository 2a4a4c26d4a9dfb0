"""The sessions that we read from a calendar, compared with those another library finds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.calendar.recurrence import RecurrenceRule, occurrences, parse_rule, session_days
from alliance.files.ical.calendars import read_calendar
from alliance.files.ical.recurrence_rules import last_day_by_count
from alliance.files.parsed_calendar import CalendarEvent
from tests.alliance.files.ical.ical_text import calendar_text

HORIZON = datetime(2028, 1, 1, tzinfo=UTC)
BEGIN = datetime(2025, 12, 1, tzinfo=UTC)
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")

NEAR = timedelta(hours=4)

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Series:
    """A series as a calendar program would write it."""

    rule: RecurrenceRule
    first: datetime
    zone: str
    minutes: int
    ends: str
    called_off: frozenset[int] = frozenset()
    moved: dict[int, timedelta] = field(default_factory=dict)


@st.composite
def series(draw: st.DrawFn) -> Series:
    """Draw a series with cancelled and moved dates, by their index."""
    zone = draw(st.sampled_from(ZONES))
    near = draw(st.dates(date(2026, 1, 1), date(2026, 6, 30)))
    if draw(st.booleans()):
        chosen = draw(st.sets(st.integers(0, 6), min_size=1, max_size=3))
        rule = RecurrenceRule("week", draw(st.integers(1, 4)), tuple(sorted(chosen)))
    else:
        nth = draw(st.sampled_from((-1, 1, 2, 3, 4, 5)))
        rule = RecurrenceRule("month", draw(st.integers(1, 3)), (draw(st.integers(0, 6)),), nth)
    first_day = next(
        iter(session_days(RecurrenceRule(rule.every, 1, rule.weekdays, rule.nth), near))
    )
    wall = time(draw(st.integers(0, 23)), draw(st.sampled_from((0, 15, 30))))
    moves = st.integers(-3_000, 3_000).map(lambda minutes: timedelta(minutes=minutes))
    return Series(
        rule,
        datetime.combine(first_day, wall),
        zone,
        draw(st.integers(5, 180)),
        draw(st.sampled_from(("", "COUNT=7", "UNTIL"))),
        frozenset(draw(st.sets(st.integers(0, 8), max_size=3))),
        draw(st.dictionaries(st.integers(0, 8), moves, max_size=3)),
    )


def text_of(made: Series) -> str:
    """Return the series as a calendar file."""
    return calendar_text(*event_lines(made, uid="a", summary="P-1"))


def places(made: Series) -> list[datetime]:
    """Return the first nine local dates of a series, even beyond its end."""
    found = session_days(made.rule, made.first.date())
    return [datetime.combine(next(found), made.first.time()) for _ in range(9)]


def event_lines(made: Series, *, uid: str, summary: str, sequence: int = 0) -> list[str]:
    """Return the series as lines of a calendar."""
    local = places(made)
    until = (local[6].replace(tzinfo=ZoneInfo(made.zone))).astimezone(UTC)
    ends = {"UNTIL": f";UNTIL={until:%Y%m%dT%H%M%SZ}", "": ""}.get(made.ends, f";{made.ends}")
    last = 6 if made.ends else 8
    common = (f"UID:{uid}", "DTSTAMP:20260101T000000Z", f"SEQUENCE:{sequence}")
    lines = [
        "BEGIN:VEVENT",
        *common,
        f"SUMMARY:{summary}",
        f"DTSTART{at(made.first, made.zone)}",
        f"DURATION:PT{made.minutes}M",
        f"RRULE:{made.rule.text()}{ends}",
        *(f"EXDATE{at(local[place], made.zone)}" for place in made.called_off),
        "END:VEVENT",
    ]
    for place, by in made.moved.items():
        if place <= last:
            lines += [
                "BEGIN:VEVENT",
                *common,
                f"RECURRENCE-ID{at(local[place], made.zone)}",
                f"DTSTART{at(local[place] + by, made.zone)}",
                f"DURATION:PT{made.minutes}M",
                "END:VEVENT",
            ]
    return lines


def at(local: datetime, zone: str) -> str:
    """Return a time as a property's parameters and value."""
    if zone == "UTC":
        return f":{local:%Y%m%dT%H%M%SZ}"
    return f";TZID={zone}:{local:%Y%m%dT%H%M%S}"


def own_sessions(events: Iterable[CalendarEvent]) -> list[Span]:
    """Return start and end of every session that the events plan."""
    found: list[Span] = []
    for event in events:
        assert event.series is not None, event.problem
        shifts = {shift.planned_for: shift for shift in event.shifts}
        for one in occurrences(
            parse_rule(event.series.rule),
            first_day=event.series.first_day,
            wall_time=event.series.wall_time,
            zone=event.series.zone,
            duration=timedelta(minutes=event.series.minutes or 0),
            after=BEGIN,
            until=HORIZON,
        ):
            shift = shifts.pop(one.starts_at, None)
            if shift is None:
                found.append((one.starts_at, one.ends_at))
            elif shift.starts_at is not None:
                long = timedelta(minutes=shift.minutes or event.series.minutes or 0)
                found.append((shift.starts_at, shift.starts_at + long))
        assert not [at for at in shifts if at <= HORIZON], "a changed date that is in no series"
    return sorted(found)


def library_sessions(text: str) -> list[Span]:
    """Return start and end of every event that the other library finds."""
    calendar = icalendar.Calendar.from_ical(text)
    found = recurring_ical_events.of(calendar).between(BEGIN, HORIZON + timedelta(days=9))
    spans = [(one.start.astimezone(UTC), one.end.astimezone(UTC)) for one in found]
    return sorted(spans)


def read(text: str) -> tuple[CalendarEvent, ...]:
    """Parse a file with our parser."""
    return read_calendar(
        text,
        name="a.ics",
        known={"P-1"},
        site_zone="Europe/Berlin",
        hash_key=lambda identity: identity,
        now=BEGIN,
    ).events


@settings(deadline=None, max_examples=200)
@given(made=series())
def test_our_sessions_are_theirs(made: Series) -> None:
    """The same starts and ends, across clock changes, with cancelled and moved dates."""
    text = text_of(made)

    expected = within(library_sessions(text), made.zone)

    assert within(own_sessions(read(text)), made.zone) == expected


def within(spans: Iterable[Span], zone: str) -> list[tuple[datetime, datetime | None]]:
    """Return the spans before the horizon, without their end if clocks change in between.

    The library adds wall-clock hours there; RFC 5545 (3.3.6) requires elapsed time.
    """
    clock = ZoneInfo(zone)
    return [
        (begin, None if offset(begin - NEAR, clock) != offset(end + NEAR, clock) else end)
        for begin, end in spans
        if begin <= HORIZON - timedelta(days=9)
    ]


def offset(moment: datetime, clock: ZoneInfo) -> timedelta | None:
    """Return a zone's offset from UTC at an instant."""
    return moment.astimezone(clock).utcoffset()


@given(
    rule=st.one_of(
        st.builds(
            RecurrenceRule,
            st.just("week"),
            st.integers(1, 52),
            st.sets(st.integers(0, 6), min_size=1).map(lambda found: tuple(sorted(found))),
        ),
        st.builds(
            RecurrenceRule,
            st.just("month"),
            st.integers(1, 12),
            st.integers(0, 6).map(lambda day: (day,)),
            st.sampled_from((-1, 1, 2, 3, 4, 5)),
        ),
    ),
    count=st.integers(1, 60),
    first=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
def test_the_last_session_is_the_one_that_counting_finds(
    rule: RecurrenceRule, count: int, first: date
) -> None:
    """Computing it and iterating give the same day."""
    walked = list(islice(session_days(rule, first), count))
    assert last_day_by_count(rule, count, first) == (
        walked[-1] if len(walked) == count else date.max
    )
