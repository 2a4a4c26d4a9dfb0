"""Plans with moved and cancelled sessions, compared with an iCalendar library."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import recurring_ical_events
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from alliance.calendar.recurrence import RecurrenceRule
from alliance.calendar.timetable import (
    SessionAbsences,
    SessionChange,
    SiteDefaults,
    Timetable,
    scheduled_sessions,
)

AN_HOUR = timedelta(hours=1)
SPAN = timedelta(weeks=30)
weekdays = st.sets(st.integers(0, 6), min_size=1).map(lambda found: tuple(sorted(found)))


@st.composite
def timetables(draw: st.DrawFn) -> Timetable:
    """Draw a plan of 2026 that has a session on its first day, as DTSTART requires."""
    first = draw(st.dates(date(2026, 1, 1), date(2026, 12, 31)))
    weekly = RecurrenceRule("week", draw(st.integers(1, 5)), draw(weekdays))
    monthly = RecurrenceRule(
        "month", draw(st.integers(1, 3)), draw(weekdays)[:1], draw(st.integers(1, 4))
    )
    rule = draw(st.sampled_from((weekly, monthly)))
    zone = draw(st.sampled_from(("Europe/Berlin", "America/New_York", "Asia/Kolkata")))
    # Hours that no clock change skips, because the library does not define those.
    wall_time = time(draw(st.integers(4, 23)), draw(st.sampled_from((0, 15, 30))))
    draft = Timetable(rule, first, wall_time, zone)
    begin = datetime.combine(first, time(), tzinfo=UTC) - timedelta(days=2)
    day = next(draft.sessions(after=begin, until=begin + SPAN)).day
    count, ahead = draw(st.one_of(st.none(), st.integers(1, 40))), draw(st.integers(0, 400))
    limited = replace(rule, count=count, until=None if count else day + timedelta(days=ahead))
    return replace(draft, rule=limited, first_day=day)


@given(plan=timetables(), data=st.data())
def test_exceptions_equal_those_of_a_calendar(plan: Timetable, data: st.DataObject) -> None:
    """EXDATE is a cancelled session, RECURRENCE-ID with another DTSTART a moved one."""
    begin = datetime.combine(plan.first_day, time(), tzinfo=UTC) - timedelta(days=1)
    end = begin + SPAN
    rule_has = [found.starts_at for found in plan.sessions(after=begin, until=end)]
    named = st.sampled_from(rule_has)
    cancelled = data.draw(st.sets(named, max_size=4))
    moved = data.draw(st.dictionaries(named, st.integers(-3000, 3000), max_size=4))
    changed = {at: SessionChange(at + timedelta(minutes=by)) for at, by in moved.items()}
    changed |= {at: SessionChange() for at in cancelled}

    ours = sorted(
        one.starts_at
        for one in scheduled_sessions(
            plan,
            plan.resolve_settings(SiteDefaults(duration=AN_HOUR)),
            changed=changed,
            people=SessionAbsences(),
            after=begin,
            until=end,
        )
        if one.not_held is None
    )
    assert ours == library_sessions(plan, changed, begin, end)


def library_sessions(
    plan: Timetable, changed: dict[datetime, SessionChange], begin: datetime, end: datetime
) -> list[datetime]:
    """Write the plan as a calendar and let the library read it."""
    zone = ZoneInfo(plan.zone)
    calendar, event = Calendar(), Event()
    event.add("uid", "plan")
    event.add("dtstart", datetime.combine(plan.first_day, plan.wall_time, tzinfo=zone))
    event.add("duration", AN_HOUR)
    rule = replace(plan.rule, until=None).text()
    if plan.rule.until is not None:  # the last instant of the last day, as RFC 5545 requires
        last = datetime.combine(plan.rule.until, time(23, 59, 59), tzinfo=zone)
        rule += f";UNTIL={last.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    event["rrule"] = rule
    calendar.add_component(event)
    for at, change in changed.items():
        if change.starts_at is None:
            event.add("exdate", at.astimezone(zone))
            continue
        other = Event()
        other.add("uid", "plan")
        other.add("recurrence-id", at.astimezone(zone))
        other.add("dtstart", change.starts_at.astimezone(zone))
        other.add("duration", AN_HOUR)
        calendar.add_component(other)
    read = Calendar.from_ical(calendar.to_ical())
    found = recurring_ical_events.of(read).between(begin - 4 * SPAN, end + timedelta(days=4))
    starts = [one["dtstart"].dt.astimezone(UTC) for one in found]
    return sorted(at for at in starts if begin < at <= end)
