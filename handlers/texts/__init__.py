"""The words, one gettext catalogue per language; keys stand in the code, words in the files."""

from datetime import date, datetime
from functools import cache
from pathlib import Path
from textwrap import shorten

from babel.dates import format_date, format_time
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from alliance.checkins.instruments import Instrument, worded

FALLBACK = "en"

LONGEST_NAME = 40
"""Letters of an item of a site's own, where it stands for the whole wording."""


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return key to words of one language; without those that have none."""
    path = Path(__file__).parent / f"{language}.po"
    with path.open("rb") as file:
        messages = read_po(file, locale=language, abort_invalid=True)
    return {str(entry.id): str(entry.string) for entry in messages if entry.id and entry.string}


@cache
def languages() -> tuple[str, ...]:
    """Return the languages there are, English first."""
    found = sorted(path.stem for path in Path(__file__).parent.glob("*.po"))
    return (FALLBACK, *(language for language in found if language != FALLBACK))


def language_for(wanted: str | None, fallback: str = FALLBACK) -> str:
    """Return the language to speak with somebody whose phone is set to ``wanted``."""
    short = (wanted or "").lower().partition("-")[0]
    return short if short in languages() else fallback


def say(language: str, key: str, /, **values: object) -> str:
    """Return the words of a key in that language, with the values in their places."""
    words = catalogue(language).get(key) or catalogue(FALLBACK)[key]
    return words.format(**values) if values else words


def clock_time(at: datetime, language: str) -> str:
    """Return a local time as that language writes it, e.g. 19:00."""
    return format_time(at, "HH:mm", locale=language)


def day(at: date, language: str) -> str:
    """Return a local day as that language writes it, e.g. Tue 24 Nov."""
    return format_date(at, say(language, "date.day"), locale=language)


def full_day(at: date, language: str) -> str:
    """Return a local day with its weekday in full, e.g. Tuesday 24 Nov."""
    return format_date(at, say(language, "date.full"), locale=language)


def short_day(at: date, language: str) -> str:
    """Return a local day without its weekday as that language writes it, e.g. 24 Nov."""
    return format_date(at, say(language, "date.short"), locale=language)


def day_and_time(at: datetime, language: str) -> str:
    """Return a local day and time as that language writes them, e.g. Tue 24 Nov, 14:00."""
    return f"{day(at, language)}, {clock_time(at, language)}"


def long_day(day: date, language: str) -> str:
    """Return a day with its year as that language writes it, e.g. Thu 24 Dec 2026."""
    return format_date(day, say(language, "date.long"), locale=language)


def decimal(amount: float, language: str) -> str:
    """Return an amount as that language writes it, with at most one decimal."""
    return format_decimal(round(amount, 1), "#,##0.#", locale=language)


def number(written: str, language: str) -> str:
    """Return a number as that language writes it; what is none, like a dash, stays as it is."""
    try:
        return decimal(float(written), language)
    except ValueError:
        return written


def item_name(language: str, instrument: Instrument, item_id: str) -> str:
    """Return what therapists call an item: a word of ours, else the beginning of its wording."""
    key = f"item.{item_id}"
    if key in catalogue(FALLBACK):
        return say(language, key)
    return shorten(worded(instrument.item(item_id).text, language), LONGEST_NAME, placeholder="…")
