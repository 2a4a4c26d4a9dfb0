"""Numbers by which spreadsheets store times, lengths and days, when a cell has lost its format.

A day is the number of days since 30 December 1899, a time or a length is a part of a day: 14:00
is 0.583333333333333, and 50 minutes are 0.0347222222222222.
"""

import re
from datetime import date, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

_FIRST_DAY = date(1899, 12, 30)
"""Excel counts from here after the February of 1900, in which it has a day too many."""

_FRACTION = re.compile(r"(0?[.,]\d+|\d[.,]\d+e(?:-\d{1,2}|\+00))")
_SHORT_FRACTION = re.compile(r"0?[.,]\d\d?")
_SERIAL_DAY = re.compile(r"(\d{5})(?:[.,]0{1,2})?")
_WHOLE_NUMBER = re.compile(r"(\d{1,4})(?:[.,]0{1,2})?")
MINUTES_PER_DAY = 1_440


def is_fraction(text: str) -> bool:
    """Whether a text may be a part of a day."""
    return _FRACTION.fullmatch(text.lower()) is not None


def time_of_fraction(text: str) -> time | None:
    """Return the time of day that is this part of a day; None if it is none."""
    minutes = minutes_of_fraction(text)
    return None if minutes is None or minutes == MINUTES_PER_DAY else _time_of_minutes(minutes)


def minutes_of_fraction(text: str) -> int | None:
    """Return the minutes that are this part of a day; None if it is none.

    The last decimal is rounded. Exactly one whole minute must be among the numbers that are
    rounded to it: 0.583 is refused, since it may be 13:59 or 14:00. With one or two decimals,
    0.25 could also be 00:25.
    """
    found = _FRACTION.fullmatch(text.lower())
    if found is None or _SHORT_FRACTION.fullmatch(text):
        return None
    value = Decimal(found.group().replace(",", "."))
    half_step = Decimal(5).scaleb(int(value.as_tuple().exponent) - 1)
    earliest = ((value - half_step) * MINUTES_PER_DAY).to_integral_value(ROUND_CEILING)
    latest = ((value + half_step) * MINUTES_PER_DAY).to_integral_value(ROUND_FLOOR)
    return int(latest) if earliest == latest else None


def day_of_serial(text: str) -> date | None:
    """Return the day with this number; None if it is no such number."""
    found = _SERIAL_DAY.fullmatch(text)
    return None if found is None else _FIRST_DAY + timedelta(days=int(found.group(1)))


def whole_number(text: str) -> int | None:
    """Return a whole number, also written as 2.0; None for any other, such as 1.000."""
    found = _WHOLE_NUMBER.fullmatch(text)
    return None if found is None else int(found.group(1))


def _time_of_minutes(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)
