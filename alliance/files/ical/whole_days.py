"""Whole days in all the forms in which calendars write them."""

from datetime import UTC, datetime, time, timedelta

from alliance.calendar.timing import A_DAY, zone_named
from alliance.files.findings import error_at
from alliance.files.ical.components import Component
from alliance.files.ical.date_times import FileDateTime, parse_date_time, require_in_range
from alliance.files.ical.durations import MAX_ABSENCE
from alliance.files.ical.ical_lines import Property, length_of
from alliance.files.ical.zones import CalendarZones
from alliance.files.parsed_calendar import AbsenceInFile

_MIDNIGHT = time(0)
_LAST_MINUTE = time(23, 59)
_TRUE = frozenset({"TRUE", "1", "YES"})


def is_all_day_flag(name: str) -> bool:
    """Whether a property marks whole days, such as X-MICROSOFT-CDO-ALLDAYEVENT."""
    return name.startswith("X-") and "ALLDAY" in name.replace("-", "")


def whole_days_of(
    event: Component, start: FileDateTime, zones: CalendarZones
) -> AbsenceInFile | None:
    """Return the days of an all-day event; None if it is at a time of day.

    Whole days are a date without a time, a time that is marked as all-day, or a time from one
    midnight to another.

    Raises:
        BadFile: It is marked as all-day but has times, repeats, ends before it begins, or lasts
            more than two years.
    """
    span = _date_span(event, start) if start.is_day else _midnight_span(event, start, zones)
    if span is None:
        return None
    repetition = event.get("RRULE") or event.get("RDATE")
    if repetition is not None:
        raise error_at(repetition.line, "calendar.repeated_days")
    first, end, line = span
    # An end during a day includes that day.
    length = (end if end.time() == _MIDNIGHT else _midnight_after(end)) - first
    if not timedelta(0) <= length <= MAX_ABSENCE:
        raise error_at(line, "calendar.away")
    last = first.date() + max(length.days - 1, 0) * A_DAY
    return AbsenceInFile(first.date(), last)


_Span = tuple[datetime, datetime, int]
"""Local begin and end, and the line that the end comes from."""


def _date_span(event: Component, start: FileDateTime) -> _Span:
    if start.local.time() != _MIDNIGHT:
        raise error_at(start.line, "calendar.all_day_times")
    end, duration = event.get("DTEND"), event.get("DURATION")
    if end is not None:
        return start.local, require_in_range(parse_date_time(end)).local, end.line
    if duration is not None:
        return start.local, _end_after(start, duration), duration.line
    return start.local, start.local + A_DAY, start.line


def _midnight_span(event: Component, start: FileDateTime, zones: CalendarZones) -> _Span | None:
    """Return the span of an event from midnight on, as written or in the calendar's zone."""
    is_marked = any(
        is_all_day_flag(one.name) and one.value.strip().upper() in _TRUE for one in event.properties
    )
    end, line = _end_of(event, start, zones)
    spans = [(start.local, end)]
    if start.is_utc:
        spans.append((_in_zone(start.local, zones), end and _in_zone(end, zones)))
    for begin, until in spans:
        if begin.time() != _MIDNIGHT:
            continue
        if until is None or until == begin:
            if is_marked:
                return begin, begin + A_DAY, line
        elif until > begin and (until.time() == _MIDNIGHT or until.time() >= _LAST_MINUTE):
            return begin, until, line
    if is_marked:
        raise error_at(start.line, "calendar.all_day_times")
    return None


def _end_of(
    event: Component, start: FileDateTime, zones: CalendarZones
) -> tuple[datetime | None, int]:
    """Return the end by the clocks of the start, and its line."""
    written, duration = event.get("DTEND"), event.get("DURATION")
    if written is None:
        if duration is None:
            return None, start.line
        return _end_after(start, duration), duration.line
    end = require_in_range(parse_date_time(written))
    if end.is_day or (end.tzid, end.is_utc) == (start.tzid, start.is_utc):
        return end.local, written.line
    if start.is_utc:
        return zones.instant_of(end).replace(tzinfo=None), written.line
    zone = zones.zone_of(start)
    ends_at = zones.instant_of(end, default_zone=zone)
    return ends_at.astimezone(zone_named(zone)).replace(tzinfo=None), written.line


def _end_after(start: FileDateTime, duration: Property) -> datetime:
    too_long = 2 * MAX_ABSENCE
    return start.local + max(min(length_of(duration), too_long), -too_long)


def _in_zone(at: datetime, zones: CalendarZones) -> datetime:
    """Return a time in UTC by the calendar's clocks."""
    return at.replace(tzinfo=UTC).astimezone(zone_named(zones.zone)).replace(tzinfo=None)


def _midnight_after(at: datetime) -> datetime:
    return datetime.combine(at.date(), _MIDNIGHT) + A_DAY
