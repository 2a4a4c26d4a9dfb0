"""The length of a session in minutes."""

from datetime import datetime, timedelta

from alliance.calendar.timetable import MAX_DURATION, MIN_DURATION
from alliance.calendar.timing import A_MINUTE
from alliance.files.findings import error_at
from alliance.files.ical.components import Component
from alliance.files.ical.date_times import FileDateTime, parse_date_time
from alliance.files.ical.ical_lines import length_of
from alliance.files.ical.zones import CalendarZones

MIN_MINUTES, MAX_MINUTES = MIN_DURATION // A_MINUTE, MAX_DURATION // A_MINUTE
MAX_ABSENCE = timedelta(days=731)


def minutes_of(
    event: Component, start: FileDateTime, starts_at: datetime, zones: CalendarZones
) -> int | None:
    """Return the length of a session; None if the file gives none, or zero as some programs do.

    Args:
        event: The event.
        start: Its start as written.
        starts_at: Its start as an instant.
        zones: The zones of the calendar.

    Raises:
        BadFile: It ends before it begins, has two ends, or lasts less than 5 minutes or more
            than a day.
    """
    end, duration = event.get("DTEND"), event.get("DURATION")
    lengths: list[tuple[int, timedelta]] = []
    if end is not None:
        start_zone = None if start.tzid is None else zones.zone_of(start)
        ends_at = zones.instant_of(parse_date_time(end), default_zone=start_zone)
        lengths.append((end.line, ends_at - starts_at))
    if duration is not None:
        lengths.append((duration.line, length_of(duration)))
    if not lengths:
        return None
    line, length = lengths[0]
    if lengths[-1][1] != length:
        raise error_at(lengths[-1][0], "calendar.repeated")
    if length < timedelta(0):
        raise error_at(line, "calendar.ends_before")
    if length > MAX_DURATION:
        raise error_at(line, "calendar.too_long")
    minutes = round(length / A_MINUTE)
    if 0 < minutes < MIN_MINUTES:
        raise error_at(line, "calendar.too_short", least=str(MIN_MINUTES))
    return minutes or None
