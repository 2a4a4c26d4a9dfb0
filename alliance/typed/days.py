"""A day as people type it and programs write it."""

import re
from datetime import date

from alliance.typed.plain_text import plain_text

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])\s?(\d{1,2})\2\s?(\d{1,2})\.?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})?")
_MIDNIGHT = re.compile(r"[ T]0?0:00(?::00(?:\.0+)?)?Z?$")

LEAP_CYCLE = 8
"""Years from one 29 February to the next, at most: 1896 to 1904, and 2096 to 2104."""


def parse_day(text: str) -> date | None:
    """Return the day that a text is: ``2026-03-17`` or ``17.3.2026``; None if it is none.

    Midnight behind it is passed over, as databases write days. Where the year is last and the
    parts have slashes, nobody knows which is the month, so that is none.
    """
    text = _MIDNIGHT.sub("", plain_text(text))
    try:
        if found := _YEAR_FIRST.fullmatch(text):
            year, _, month, day = found.groups()
            return date(int(year), int(month), int(day))
        if (found := _DAY_FIRST.fullmatch(text)) and len(found.group(3) or "") == 4:
            return date(int(found.group(3)), int(found.group(2)), int(found.group(1)))
    except ValueError:
        pass
    return None


def parse_coming_day(text: str, *, earliest: date) -> date | None:
    """Return the day that a text is, also ``24.12.26``, and ``24.12.`` as the next such day.

    Args:
        text: As typed.
        earliest: A day without a year is this day or a later one; 29 February is in a leap year.
    """
    found = _DAY_FIRST.fullmatch(plain_text(text))
    if found is None or len(found.group(3) or "") == 4:
        return parse_day(text)
    day, month, short_year = int(found.group(1)), int(found.group(2)), found.group(3)
    if short_year:
        return _day_of(2000 + int(short_year), month, day)
    years = range(earliest.year, earliest.year + LEAP_CYCLE + 1)
    days = (_day_of(year, month, day) for year in years)
    return next((coming for coming in days if coming is not None and coming >= earliest), None)


def looks_like_day(text: str) -> bool:
    """Whether a text has the form of a day, so that it is no other kind of word."""
    plain = plain_text(text)
    return bool(_YEAR_FIRST.fullmatch(plain) or _DAY_FIRST.fullmatch(plain))


def _day_of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
