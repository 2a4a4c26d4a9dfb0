"""Dates and times of a calendar as written, before their zones are resolved."""

import re
from dataclasses import dataclass
from datetime import datetime, time

from alliance.calendar.timing import A_DAY
from alliance.files.findings import error_at
from alliance.files.ical.ical_lines import Property

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Range of years for sessions; anything outside is a typing error or an attack."""

_MOMENT = re.compile(r"^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$")
_END_OF_DAY = "240000"


@dataclass(frozen=True, slots=True)
class FileDateTime:
    """A date, or a date and time, as written in a file.

    Attributes:
        line: Its line in the file.
        local: Date and time as written; midnight for a date.
        is_day: Whether it is a whole day, also if a time is written with it.
        is_utc: Whether the time is in UTC.
        tzid: The file's name of the zone; None for UTC, and if the file names none.
    """

    line: int
    local: datetime
    is_day: bool = False
    is_utc: bool = False
    tzid: str | None = None


def parse_date_time(written: Property) -> FileDateTime:
    """Parse a property with a single date or time.

    Raises:
        BadFile: It has none or several, or an invalid one.
    """
    values = parse_date_times(written)
    if len(values) != 1:
        raise error_at(written.line, "calendar.bad_time")
    return values[0]


def parse_date_times(written: Property) -> list[FileDateTime]:
    """Parse a property with several dates or times, such as EXDATE.

    Raises:
        BadFile: One of them is invalid.
    """
    return [_parse(written, text.strip()) for text in written.value.split(",") if text.strip()]


def _parse(written: Property, text: str) -> FileDateTime:
    match = _MOMENT.match(text.upper())
    if match is None or not text.isascii() or written.is_broken:
        raise error_at(written.line, "calendar.bad_time")
    year, month, day, hour, minute, second, utc = match.groups()
    is_day = hour is None or written.params.get("VALUE", "").strip().upper() == "DATE"
    try:
        local = datetime(int(year), int(month), int(day))  # noqa: DTZ001 - local time
        if f"{hour}{minute}{second}" == _END_OF_DAY:
            local += A_DAY
        elif hour is not None:
            # Python has no leap seconds, so 60 becomes 59.
            at = time(int(hour), int(minute), min(int(second), 59))
            local = datetime.combine(local, at)
    except (ValueError, OverflowError):
        raise error_at(written.line, "calendar.bad_time") from None
    if is_day:
        return FileDateTime(written.line, local, is_day=True)
    tzid = written.params.get("TZID") or None
    return FileDateTime(written.line, local, is_utc=bool(utc), tzid=tzid)


def require_in_range(at: FileDateTime) -> FileDateTime:
    """Return the date and time if its year is in the supported range.

    Raises:
        BadFile: It is not.
    """
    if not FIRST_YEAR <= at.local.year <= LAST_YEAR:
        raise error_at(at.line, "calendar.year", first=str(FIRST_YEAR), last=str(LAST_YEAR))
    return at
