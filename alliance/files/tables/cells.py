"""Parse the cells of a table: codes, days, times and lengths, as people type them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches

from alliance.calendar.recurrence import LAST, WEEKDAYS, RecurrenceRule, parse_rule
from alliance.checkins.instruments import instrument_ids
from alliance.errors import BadPlan
from alliance.files.findings import BadFile, error_at
from alliance.files.ical.date_times import FIRST_YEAR, LAST_YEAR
from alliance.files.ical.durations import MAX_MINUTES
from alliance.files.ical.recurrence_rules import MAX_COUNT, MAX_INTERVAL
from alliance.files.ical.zones import zone_of_name
from alliance.files.tables.serials import (
    day_of_serial,
    is_fraction,
    minutes_of_fraction,
    time_of_fraction,
    whole_number,
)
from alliance.people.codes import is_code
from alliance.typed.clock_times import parse_clock
from alliance.typed.days import parse_day

MAX_QUOTED = 30
"""Characters of a cell that error messages quote."""

_WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SEPARATORS = re.compile(r"[\s,;/+&|]+")
_ORDINAL = re.compile(r"^(-1|[1-5])(?:st|nd|rd|th|\.)?$")
_ORDINAL_WEEKDAY = re.compile(r"^(-1|[1-5])(mo|tu|we|th|fr|sa|su)$")
_EVERY = re.compile(r"^(\d{1,3}(?:[.,]0)?)?\s*(weeks?|months?)?$")
_MINUTES = re.compile(r"^([\d.,]+)\s*(?:min(?:utes?|s)?\.?|')?$")
_HOURS = re.compile(r"^(\d{1,2})\s*h(?:ours?)?(?:\s*([0-5]?\d)\s*(?:min(?:utes?|s)?\.?)?)?$")
_CLOCK_LENGTH = re.compile(r"^(\d{1,2}):([0-5]\d)(:00)?$")
_WHOLE_HOUR = re.compile(r"^(\d{1,2})[.,]0$")
_ZERO_DAY = re.compile(r"^(?:1899-12-3[01]|1900-01-0[01]|1904-01-01)[ T](?=\d)")
"""The day that programs put before a time without one."""

_MISSING = frozenset(("NA", "N/A", "NAN", "NULL"))
"""What statistics programs write for an empty cell; never anybody's code."""

MAX_CLOCK_HOURS = 4
"""A length like 5:00 may be minutes and seconds; nobody has sessions of five hours."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One non-empty cell: its line, the name of its column, and its text."""

    line: int
    column: str
    text: str

    def error(self, key: str = "", **values: str) -> BadFile:
        """Return the error about this cell, by default with the text key of its column."""
        quoted = self.text if len(self.text) <= MAX_QUOTED else self.text[:MAX_QUOTED] + "…"
        return error_at(self.line, key or f"table.{self.column}", cell=quoted, **values)


def code(cell: Cell) -> str:
    """Parse a code; the result is in capitals."""
    text = cell.text.upper()
    if not is_code(text) or text in _MISSING:
        raise cell.error("table.code")
    return text


def codes(cell: Cell) -> tuple[str, ...]:
    """Parse a list of codes with any separators."""
    if cell.text.upper() in _MISSING:
        raise cell.error("table.code")
    parts = [part for part in _SEPARATORS.split(cell.text) if part]
    return tuple(dict.fromkeys(code(Cell(cell.line, cell.column, part)) for part in parts))


def rule(cell: Cell) -> RecurrenceRule:
    """Parse a rule such as ``Mon, Thu``, ``2nd Tue``, ``last Fri`` or an RRULE."""
    text = cell.text.lower().removeprefix("rrule:")
    try:
        if text.startswith("freq="):
            parsed = parse_rule(text)
            if parsed.interval > MAX_INTERVAL or (parsed.count or 0) > MAX_COUNT:
                raise cell.error()
            return parsed
        words = [word for word in _SEPARATORS.split(text) if word]
        monthly = _monthly_weekday(words)
        if monthly is not None:
            nth, weekday = monthly
            return RecurrenceRule("month", 1, (weekday,), nth)
        return RecurrenceRule("week", 1, tuple(sorted({_weekday(word) for word in words})))
    except (BadPlan, ValueError):
        raise cell.error() from None


def _monthly_weekday(words: Sequence[str]) -> tuple[int, int] | None:
    """Return n and weekday of a monthly rule, if the words are one."""
    if len(words) == 1 and (both := _ORDINAL_WEEKDAY.match(words[0])):
        return int(both.group(1)), WEEKDAYS.index(both.group(2).upper())
    if len(words) == 2:
        ordinal = _ORDINAL.match(words[0])
        if words[0] == "last" or ordinal:
            return int(ordinal.group(1)) if ordinal else LAST, _weekday(words[1])
    return None


def _weekday(word: str) -> int:
    """Return the weekday that a word abbreviates; two letters are enough."""
    word = word.rstrip(".")
    matches = [index for index, name in enumerate(_WEEKDAY_NAMES) if name.startswith(word)]
    if len(word) < 2 or len(matches) != 1:
        raise ValueError("not a weekday")
    return matches[0]


def interval(cell: Cell, *, monthly: bool) -> int:
    """Parse an interval in weeks or months, such as ``2 weeks``."""
    match = _EVERY.match(cell.text.lower())
    if match is None:
        raise cell.error()
    unit = match.group(2)
    if unit is not None and unit.startswith("month") != monthly:
        raise cell.error("table.every_unit")
    number = whole_number(match.group(1) or "1") or 0
    if not 1 <= number <= MAX_INTERVAL:
        raise cell.error()
    return number


def time_of_day(cell: Cell) -> time:
    """Parse a time of day: ``14:00``, ``14.00``, ``14``, ``2:00 PM``, or a part of the day."""
    text = _WHOLE_HOUR.sub(r"\1", _ZERO_DAY.sub("", cell.text))
    is_part_of_day = is_fraction(text)
    found = time_of_fraction(text) if is_part_of_day else parse_clock(text)
    if found is None:
        raise cell.error("table.fraction" if is_part_of_day else "")
    return found


def minutes(cell: Cell, *, least: int) -> int:
    """Parse a length in minutes: ``50``, ``50 min``, ``0:50``, ``1 h 30``, or a part of a day."""
    text = _ZERO_DAY.sub("", cell.text).lower()
    length = minutes_of_fraction(text)
    if found := _MINUTES.match(text):
        length = whole_number(found.group(1)) if length is None else length
    elif found := _HOURS.match(text):
        length = 60 * int(found.group(1)) + int(found.group(2) or 0)
    elif found := _CLOCK_LENGTH.match(text):
        hours, length = int(found.group(1)), 60 * int(found.group(1)) + int(found.group(2))
        if hours > MAX_CLOCK_HOURS and not found.group(3):
            raise cell.error()
    if length is None or not least <= length <= MAX_MINUTES:
        raise cell.error()
    return length


def day(cell: Cell) -> date:
    """Parse a day: ``2026-03-17``, ``17.3.2026``, or the number that a spreadsheet stores.

    Days with slashes are refused: 3/4/2026 could be in March or in April.
    """
    parsed = parse_day(cell.text) or day_of_serial(cell.text)
    if parsed is None or not FIRST_YEAR <= parsed.year <= LAST_YEAR:
        raise cell.error("table.day")
    return parsed


def zone(cell: Cell) -> str:
    """Parse an IANA or Windows time zone; the result is the IANA name."""
    name = zone_of_name(cell.text)
    if name is None:
        raise cell.error()
    return name


def count(cell: Cell) -> int:
    """Parse a number of sessions."""
    number = whole_number(cell.text)
    if number is None or not 1 <= number <= MAX_COUNT:
        raise cell.error()
    return number


def instrument_id(cell: Cell) -> str:
    """Parse the id of a shipped instrument."""
    known = instrument_ids()
    name = cell.text.lower().replace(" ", "_").replace("-", "_")
    if name not in known:
        raise cell.error(known=", ".join(known))
    return name


def closest_match(word: str, known: Sequence[str]) -> str | None:
    """Return the most similar known word, if any is similar."""
    return next(iter(get_close_matches(word, known, n=1, cutoff=0.5)), None)
