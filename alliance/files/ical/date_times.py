"""Days and times as a calendar writes them, before it is known what its zones are."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time

from alliance.files.findings import unfit
from alliance.files.ical.ical_lines import Property

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Sessions lie between; what a calendar says outside of it is a slip or a trap."""

_MOMENT = re.compile(r"^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$")


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, or a day and a time, as it stands in a file.

    Attributes:
        line: Where it stands.
        local: The day and time as written; midnight for a day.
        is_day: A whole day is meant.
        is_utc: The time is UTC's.
        tzid: The file's name of the zone; None for UTC, and where the file names none.
    """

    line: int
    local: datetime
    is_day: bool = False
    is_utc: bool = False
    tzid: str | None = None


def moment(found: Property) -> Moment:
    """Return what a property with one day or time says.

    Raises:
        Unfit: It says none.
    """
    several = moments(found)
    if len(several) != 1:
        raise unfit(found.line, "calendar.bad_time")
    return several[0]


def moments(found: Property) -> list[Moment]:
    """Return what a property with several days or times says, such as EXDATE.

    Raises:
        Unfit: One of them is none.
    """
    return [_read(found, text.strip()) for text in found.value.split(",") if text.strip()]


def _read(found: Property, text: str) -> Moment:
    match = _MOMENT.match(text)
    if match is None or not text.isascii():
        raise unfit(found.line, "calendar.bad_time")
    year, month, day, hour, minute, second, utc = match.groups()
    try:
        on = date(int(year), int(month), int(day))
        if hour is None:
            return Moment(found.line, datetime.combine(on, time(0)), is_day=True)
        # A leap second is the end of its minute.
        at = datetime.combine(on, time(int(hour), int(minute), min(int(second), 59)))
    except ValueError:
        raise unfit(found.line, "calendar.bad_time") from None
    if utc:
        return Moment(found.line, at, is_utc=True)
    return Moment(found.line, at, tzid=found.params.get("TZID") or None)


def in_range(at: Moment) -> Moment:
    """Return a moment that lies in the years we plan in.

    Raises:
        Unfit: It does not.
    """
    if not FIRST_YEAR <= at.local.year <= LAST_YEAR:
        raise unfit(at.line, "calendar.year", first=str(FIRST_YEAR), last=str(LAST_YEAR))
    return at
