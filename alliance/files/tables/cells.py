"""What stands in a cell of a table: codes, days, times, lengths, as people type them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches

from alliance.calendar.recurrence import LAST, WEEKDAYS, Rule, read_rule
from alliance.checkins.instruments import instrument_ids
from alliance.errors import BadPlan
from alliance.files.findings import Unfit, unfit
from alliance.files.ical.date_times import FIRST_YEAR, LAST_YEAR
from alliance.files.ical.recurrence_rules import MOST_COUNT, MOST_INTERVAL
from alliance.files.ical.zones import zone_of_name
from alliance.people.codes import is_code

MOST_TOLD = 30
"""Letters of a cell that are repeated to the one who sent it."""

LONGEST = 24 * 60
SHORTEST = 5

_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_BETWEEN = re.compile(r"[\s,;/+&|]+")
_PLACE = re.compile(r"^(-1|[1-5])(?:st|nd|rd|th|\.)?$")
_PLACED = re.compile(r"^(-1|[1-5])(mo|tu|we|th|fr|sa|su)$")
_EVERY = re.compile(r"^(\d{1,3})?\s*(weeks?|months?)?$")
_TIME = re.compile(r"^(\d{1,2})(?:[:.h](\d\d))?(?::00)?\s*([ap]m)?$")
_MINUTES = re.compile(r"^(\d{1,4})\s*(?:min(?:utes)?\.?)?$")
_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
_DOTTED = re.compile(r"^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})$")


@dataclass(frozen=True, slots=True)
class Cell:
    """One filled cell: its line, the name of its column, and what stands in it."""

    line: int
    column: str
    text: str

    def wrong(self, key: str = "", **values: str) -> Unfit:
        """Return the refusal of this cell; by default the words of its column."""
        told = self.text if len(self.text) <= MOST_TOLD else self.text[:MOST_TOLD] + "…"
        return unfit(self.line, key or f"table.{self.column}", cell=told, **values)


def code(cell: Cell) -> str:
    """Return a code, in capitals."""
    found = cell.text.upper()
    if not is_code(found):
        raise cell.wrong("table.code")
    return found


def codes(cell: Cell) -> tuple[str, ...]:
    """Return the codes of a cell, however they are set apart."""
    parts = [part for part in _BETWEEN.split(cell.text) if part]
    return tuple(dict.fromkeys(code(Cell(cell.line, cell.column, part)) for part in parts))


def rule(cell: Cell) -> Rule:
    """Return the rule of a cell such as ``Mon, Thu``, ``2nd Tue``, ``last Fri`` or an RRULE."""
    text = cell.text.lower().removeprefix("rrule:")
    try:
        if text.startswith("freq="):
            found = read_rule(text)
            if found.interval > MOST_INTERVAL or (found.count or 0) > MOST_COUNT:
                raise cell.wrong()
            return found
        words = [word for word in _BETWEEN.split(text) if word]
        placed = _placed(words)
        if placed is not None:
            return Rule("month", 1, (placed[1],), placed[0])
        return Rule("week", 1, tuple(sorted({_weekday(word) for word in words})))
    except (BadPlan, ValueError):
        raise cell.wrong() from None


def _placed(words: Sequence[str]) -> tuple[int, int] | None:
    """Return which weekday of the month is meant, if one is."""
    if len(words) == 1 and (both := _PLACED.match(words[0])):
        return int(both.group(1)), WEEKDAYS.index(both.group(2).upper())
    if len(words) == 2:
        place = _PLACE.match(words[0])
        if words[0] == "last" or place:
            return int(place.group(1)) if place else LAST, _weekday(words[1])
    return None


def _weekday(word: str) -> int:
    """Return the weekday that a word begins to name; two letters are enough."""
    word = word.rstrip(".")
    found = [place for place, name in enumerate(_NAMES) if name.startswith(word)]
    if len(word) < 2 or len(found) != 1:
        raise ValueError("no weekday")
    return found[0]


def every(cell: Cell, *, monthly: bool) -> int:
    """Return every how many weeks, or months, a cell such as ``2 weeks`` means."""
    found = _EVERY.match(cell.text.lower())
    if found is None:
        raise cell.wrong()
    unit = found.group(2)
    if unit is not None and unit.startswith("month") != monthly:
        raise cell.wrong("table.every_unit")
    number = int(found.group(1) or 1)
    if not 1 <= number <= MOST_INTERVAL:
        raise cell.wrong()
    return number


def clock(cell: Cell) -> time:
    """Return a time of day: ``14:00``, ``14.00``, ``14``, ``2:00 PM``."""
    found = _TIME.match(cell.text.lower())
    if found is None or not cell.text.isascii():
        raise cell.wrong()
    hour, half = int(found.group(1)), found.group(3)
    if half is not None:
        if not 1 <= hour <= 12:
            raise cell.wrong()
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, int(found.group(2) or 0))
    except ValueError:
        raise cell.wrong() from None


def minutes(cell: Cell, *, least: int) -> int:
    """Return a length in minutes."""
    found = _MINUTES.match(cell.text.lower())
    if found is None or not cell.text.isascii() or not least <= int(found.group(1)) <= LONGEST:
        raise cell.wrong()
    return int(found.group(1))


def day(cell: Cell) -> date:
    """Return a day: ``2026-03-17`` or ``17.3.2026``.

    With slashes nobody can tell the third of April from the fourth of March: refused.
    """
    iso, dotted = _ISO.match(cell.text), _DOTTED.match(cell.text)
    try:
        if iso and cell.text.isascii():
            found = date(*(int(part) for part in iso.groups()))
        elif dotted and cell.text.isascii():
            found = datetime.strptime("-".join(dotted.groups()), "%d-%m-%Y").date()  # noqa: DTZ007
        else:
            raise cell.wrong("table.day")
    except ValueError:
        raise cell.wrong("table.day") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise cell.wrong("table.day")
    return found


def zone(cell: Cell) -> str:
    """Return an IANA zone, from its own name or Windows' name of it."""
    found = zone_of_name(cell.text)
    if found is None:
        raise cell.wrong()
    return found


def count(cell: Cell) -> int:
    """Return a number of sessions."""
    plain = cell.text.isascii() and cell.text.isdecimal() and len(cell.text) <= 4
    if not plain or not 1 <= int(cell.text) <= MOST_COUNT:
        raise cell.wrong()
    return int(cell.text)


def instrument_id(cell: Cell) -> str:
    """Return the id of an instrument that is there."""
    known = instrument_ids()
    found = cell.text.lower().replace(" ", "_").replace("-", "_")
    if found not in known:
        raise cell.wrong(known=", ".join(known))
    return found


def nearest(word: str, known: Sequence[str]) -> str | None:
    """Return the known word that is most like another one, if any is."""
    return next(iter(get_close_matches(word, known, n=1, cutoff=0.5)), None)
