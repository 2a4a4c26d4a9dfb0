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
from alliance.typed.clock_times import parse_clock
from alliance.typed.days import looks_like_day, parse_coming_day
from alliance.typed.plain_text import plain_text

_EVERY = re.compile(r"^\d{1,2}[wm]$", re.IGNORECASE)
_COUNT = re.compile(r"^\d{1,3}x$", re.IGNORECASE)
_HALF_OF_DAY = re.compile(r"(?<=\d) ([ap])\.? ?m\.?(?= |$)", re.IGNORECASE)
_TWELVE_HOURS = re.compile(r"\d[ap]\.?m\.?$", re.IGNORECASE)
_SPLIT = re.compile(r"[,;+\s]+")
_MONTHLY = re.compile(r"^(-1|last|[1-5])[.\s-]*([^\W\d_]{2,})$")

MINIMUM_MINUTES = {"duration": 5, "delay": 0}
MINUTES_PER_DAY = 24 * 60
"""Minutes: the longest session, and the longest delay."""


def parse_weekdays(value: str, language: str) -> str:
    """Return weekdays as ``MO,WE``, from English or the coordinator's own names, short or long."""
    found = {_weekday(word, language) for word in _SPLIT.split(plain_text(value)) if word}
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


def parse_monthly(value: str, language: str) -> str:
    """Return one weekday of the month as ``2TU``, or ``-1FR`` for "last fri"."""
    found = _MONTHLY.match(plain_text(value).casefold())
    if found is None:
        raise Refusal("plan.bad_monthly")
    which = found.group(1).replace("last", "-1")
    return which + _weekday(found.group(2), language)


def parse_time(value: str) -> str:
    """Return a time of day as ``14:30``; 14, 1430, 14.30 and 2:30 p.m. are understood."""
    found = parse_clock(value, is_compact=True)
    if found is None:
        raise Refusal("plan.bad_time")
    return found.isoformat("minutes")


def parse_number(value: str, key: str, *, least: int, most: int) -> str:
    """Return a whole number between two ends; the words of ``key`` say which.

    A unit that follows it ("20 min", "12 sessions") is passed over.
    """
    digits = re.match(r"^(\d{1,5})\s*[a-z.]*$", plain_text(value).lower())
    if digits is None or not least <= int(digits.group(1)) <= most:
        raise Refusal(key)
    return str(int(digits.group(1)))


def parse_zone(value: str) -> str:
    """Return the name of a zone; capitals and blanks are forgiven."""
    typed = plain_text(value)
    parts = [part for part in typed.replace(" ", "_").split("/") if part]
    for name in (typed, "/".join(part.title() for part in parts), typed.upper()):
        try:
            return zone_named(name).key
        except BadPlan:
            continue
    raise Refusal("plan.bad_zone")


def parse_date(value: str, *, today: date, max_days_back: int = 0) -> date:
    """Return a day from ``2026-12-24``, ``24.12.2026``, ``24.12.26`` or ``24.12.``.

    Without a year it is the next such day, today included; or one that is over for no more
    than ``max_days_back`` days. 29 February is that of the next leap year.
    """
    found = parse_coming_day(value, earliest=today - timedelta(days=max_days_back))
    if found is None:
        raise Refusal("bad_date")
    return found


def parse_plan_line(said: Sequence[str], language: str, *, today: date) -> dict[str, str]:
    """Return what a line of words says of a plan; a word is known by its looks.

    Numbers are known by their order: the time, the minutes of a session, the minutes from its
    end to the check-in. ``2w`` is every second week, ``12x`` twelve sessions, a date the last day.
    """
    filled: dict[str, str] = {}
    numbers = iter(("time", "duration", "delay"))
    for word in _words(said):
        if _EVERY.match(word):
            filled["every"] = parse_number(word, "plan.bad_often", least=1, most=26)
        elif _COUNT.match(word):
            filled["count"] = parse_number(word, "plan.bad_ends", least=1, most=500)
        elif looks_like_day(word):
            filled["until"] = parse_date(word, today=today).isoformat()
        elif "/" in word or word.upper() == "UTC":
            filled["zone"] = parse_zone(word)
        elif _MONTHLY.match(word.casefold()) and not _TWELVE_HOURS.search(word):
            filled["days"] = parse_monthly(word, language)
        elif word[0].isalpha():
            filled["days"] = parse_weekdays(word, language)
        else:
            filled.update(_next_number(numbers, word))
    return filled


def _words(said: Sequence[str]) -> list[str]:
    """Return words in plain form, "2:00 p. m." as one."""
    return _HALF_OF_DAY.sub(r"\1m", " ".join(map(plain_text, said))).split()


def _next_number(names: Iterator[str], word: str) -> dict[str, str]:
    name = next(names, None)
    if name is None:
        raise Refusal("plan.how")
    if name == "time":
        return {name: parse_time(word)}
    return {
        name: parse_number(
            word, f"plan.bad_{name}", least=MINIMUM_MINUTES[name], most=MINUTES_PER_DAY
        )
    }


def parse_quiet(value: str) -> str:
    """Return quiet hours as ``21:00-08:00``; ``none`` for none."""
    value = plain_text(value)
    if value.casefold() == "none":
        return "none"
    begin, dash, end = value.partition("-")
    if not dash:
        raise Refusal("plan.bad_quiet")
    try:
        return f"{parse_time(begin)}-{parse_time(end)}"
    except Refusal:
        raise Refusal("plan.bad_quiet") from None


def parse_region(value: str) -> str:
    """Return a region of public holidays such as ``DE-BY``; ``none`` for none."""
    value = plain_text(value)
    if value.casefold() == "none":
        return "none"
    try:
        return check_region(value)
    except BadPlan:
        raise Refusal("plan.bad_holidays") from None
