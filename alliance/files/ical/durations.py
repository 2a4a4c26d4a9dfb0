"""How long an event is: minutes of a session, whole days of an absence."""

from datetime import datetime, time, timedelta

from alliance.files.findings import unfit
from alliance.files.ical.date_times import Moment, in_range, moment
from alliance.files.ical.ical_lines import Component, length_of
from alliance.files.ical.zones import Clocks
from alliance.files.parsed_calendar import Away

LONGEST = timedelta(hours=24)
SHORTEST_MINUTES = 5
LONGEST_AWAY = timedelta(days=731)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


def minutes_of(event: Component, start: Moment, starts_at: datetime, clocks: Clocks) -> int | None:
    """Return a session's length; None where the file says none, or nought, as some do.

    Args:
        event: The event.
        start: When it begins, as the file says it.
        starts_at: The same as an instant.
        clocks: What the file's times mean.

    Raises:
        Unfit: It ends before it begins, or lasts less than 5 minutes or more than a day.
    """
    end, said = event.of("DTEND"), event.of("DURATION")
    if end is not None:
        usual = None if start.tzid is None else clocks.zone_of(start)
        line, length = end.line, clocks.instant_of(moment(end), usual=usual) - starts_at
    elif said is not None:
        line, length = said.line, length_of(said)
    else:
        return None
    if length < timedelta(0):
        raise unfit(line, "calendar.ends_before")
    if length > LONGEST:
        raise unfit(line, "calendar.too_long")
    minutes = round(length / _MINUTE)
    if 0 < minutes < SHORTEST_MINUTES:
        raise unfit(line, "calendar.too_short", least=str(SHORTEST_MINUTES))
    return minutes or None


def away_of(event: Component, start: Moment) -> Away:
    """Return the whole days of an event.

    Raises:
        Unfit: It repeats, ends before it begins, or takes more than two years.
    """
    repeated = event.of("RRULE") or event.of("RDATE")
    if repeated is not None:
        raise unfit(repeated.line, "calendar.repeated_days")
    end, said = event.of("DTEND"), event.of("DURATION")
    line, length = start.line, _DAY
    if end is not None:
        ends = in_range(moment(end))
        line, length = end.line, ends.local - start.local
        if ends.local.time() != time(0):
            length += _DAY  # an end within a day takes that day
    elif said is not None:
        line, length = said.line, length_of(said)
    if not timedelta(0) <= length <= LONGEST_AWAY:
        raise unfit(line, "calendar.away")
    first = start.local.date()
    return Away(first, first + max(length.days - 1, 0) * _DAY)
