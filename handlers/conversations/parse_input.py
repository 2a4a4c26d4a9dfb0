"""What coordinators type, read kindly: days, times, lengths, dates. Pure.

Each reader returns the form that a conversation keeps, which it reads again to the same.
A ``Refusal`` says what to send instead.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from babel.dates import get_day_names

from alliance.calendar.holidays import check_region
from alliance.calendar.recurrence import WEEKDAYS
from alliance.calendar.timing import zone_named
from alliance.errors import BadPlan, Refusal

_TIME = re.compile(r"^([01]?\d|2[0-3])(?:[:.h]?([0-5]\d))?h?$")
_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
_DAY_FIRST = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?$")
_EVERY = re.compile(r"^\d{1,2}[wm]$", re.IGNORECASE)
_COUNT = re.compile(r"^\d{1,3}x$", re.IGNORECASE)
_SPLIT = re.compile(r"[,;+\s]+")
_MONTHLY = re.compile(r"^(-1|last|[1-5])[.\s-]*([^\W\d_]{2,})$")

LEAST = {"duration": 5, "delay": 0}
DAY = 24 * 60
"""Minutes: the longest session, and the longest delay."""


def plain(value: str) -> str:
    """Return what was typed without blanks around it, its digits those of a European keyboard."""
    return "".join(str(int(one)) if one.isdecimal() else one for one in value.strip())


def read_weekdays(value: str, language: str) -> str:
    """Return weekdays as ``MO,WE``, from English or the coordinator's own names, short or long."""
    found = {_weekday(word, language) for word in _SPLIT.split(value.strip()) if word}
    if not found:
        raise Refusal("plan.bad_day")
    return ",".join(code for code in WEEKDAYS if code in found)


def _weekday(word: str, language: str) -> str:
    word = word.casefold().rstrip(".")
    for spoken in (language, "en"):
        names = get_day_names("wide", locale=spoken)
        for place, code in enumerate(WEEKDAYS):
            if len(word) >= 2 and names[place].casefold().startswith(word):
                return code
    raise Refusal("plan.bad_day")


def read_monthly(value: str, language: str) -> str:
    """Return one weekday of the month as ``2TU``, or ``-1FR`` for "last fri"."""
    found = _MONTHLY.match(value.strip().casefold())
    if found is None:
        raise Refusal("plan.bad_monthly")
    which = found.group(1).replace("last", "-1")
    return which + _weekday(found.group(2), language)


def read_time(value: str) -> str:
    """Return a time of day as ``14:30``; 14, 1430 and 14.30 are understood."""
    found = _TIME.match(plain(value).lower())
    if found is None:
        raise Refusal("plan.bad_time")
    return f"{int(found.group(1)):02d}:{found.group(2) or '00'}"


def read_number(value: str, key: str, *, least: int, most: int) -> str:
    """Return a whole number between two ends; the words of ``key`` say which.

    A unit that follows it ("20 min", "12 sessions") is passed over.
    """
    digits = re.match(r"^(\d{1,5})\s*[a-z.]*$", plain(value).lower())
    if digits is None or not least <= int(digits.group(1)) <= most:
        raise Refusal(key)
    return str(int(digits.group(1)))


def read_zone(value: str) -> str:
    """Return the name of a zone; capitals and blanks are forgiven."""
    parts = [part for part in value.strip().replace(" ", "_").split("/") if part]
    for name in (value.strip(), "/".join(part.title() for part in parts), value.strip().upper()):
        try:
            return zone_named(name).key
        except BadPlan:
            continue
    raise Refusal("plan.bad_zone")


def read_date(value: str, *, today: date, back: int = 0) -> date:
    """Return a day from ``2026-12-24``, ``24.12.2026``, ``24.12.26`` or ``24.12.``.

    Without a year it is the next such day, today included; or one that is over for no more
    than ``back`` days.
    """
    value = plain(value)
    try:
        if found := _ISO.match(value):
            year, month, day = map(int, found.groups())
            return date(year, month, day)
        if found := _DAY_FIRST.match(value):
            day, month = int(found.group(1)), int(found.group(2))
            if found.group(3):
                year = int(found.group(3))
                return date(year if year > 99 else 2000 + year, month, day)
            earliest = today - timedelta(days=back)
            coming = date(earliest.year, month, day)
            return coming if coming >= earliest else date(earliest.year + 1, month, day)
    except ValueError:
        pass
    raise Refusal("bad_date")


def read_line(said: Sequence[str], language: str, *, today: date) -> dict[str, str]:
    """Return what a line of words says of a plan; a word is known by its looks.

    Numbers are known by their order: the time, the minutes of a session, the minutes from its
    end to the check-in. ``2w`` is every second week, ``12x`` twelve sessions, a date the last day.
    """
    filled: dict[str, str] = {}
    numbers = iter(("time", "duration", "delay"))
    for word in said:
        if _EVERY.match(word):
            filled["every"] = read_number(word, "plan.bad_often", least=1, most=26)
        elif _COUNT.match(word):
            filled["count"] = read_number(word, "plan.bad_ends", least=1, most=500)
        elif _ISO.match(word) or _DAY_FIRST.match(word):
            filled["until"] = read_date(word, today=today).isoformat()
        elif "/" in word or word.upper() == "UTC":
            filled["zone"] = read_zone(word)
        elif _MONTHLY.match(word.casefold()):
            filled["days"] = read_monthly(word, language)
        elif word[0].isalpha():
            filled["days"] = read_weekdays(word, language)
        else:
            filled.update(_next_number(numbers, word))
    return filled


def _next_number(names: Iterator[str], word: str) -> dict[str, str]:
    name = next(names, None)
    if name is None:
        raise Refusal("plan.how")
    if name == "time":
        return {name: read_time(word)}
    return {name: read_number(word, f"plan.bad_{name}", least=LEAST[name], most=DAY)}


def read_quiet(value: str) -> str:
    """Return quiet hours as ``21:00-08:00``; ``none`` for none."""
    if value.strip().casefold() == "none":
        return "none"
    begin, dash, end = value.replace("–", "-").partition("-")
    if not dash:
        raise Refusal("plan.bad_quiet")
    try:
        return f"{read_time(begin)}-{read_time(end)}"
    except Refusal:
        raise Refusal("plan.bad_quiet") from None


def read_region(value: str) -> str:
    """Return a region of public holidays such as ``DE-BY``; ``none`` for none."""
    if value.strip().casefold() == "none":
        return "none"
    try:
        return check_region(value.strip())
    except BadPlan:
        raise Refusal("plan.bad_holidays") from None
