"""Texts in each language: the code uses keys, a gettext catalogue per language has the words."""

from datetime import date, datetime
from functools import cache
from pathlib import Path
from textwrap import shorten

from babel.dates import format_date, format_time
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from alliance.checkins.instruments import Instrument, wording_in

FALLBACK = "en"

MAX_NAME_CHARS = 40
"""Length of a name that is made from the wording of a site's own item."""


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return the words of a language by key; keys without words are left out."""
    path = Path(__file__).parent / f"{language}.po"
    with path.open("rb") as file:
        messages = read_po(file, locale=language, abort_invalid=True)
    return {str(entry.id): str(entry.string) for entry in messages if entry.id and entry.string}


@cache
def languages() -> tuple[str, ...]:
    """Return the available languages, English first."""
    codes = sorted(path.stem for path in Path(__file__).parent.glob("*.po"))
    return (FALLBACK, *(language for language in codes if language != FALLBACK))


def language_for(wanted: str | None, fallback: str = FALLBACK) -> str:
    """Return the language for a person whose phone is set to ``wanted``."""
    short = (wanted or "").lower().partition("-")[0]
    return short if short in languages() else fallback


def say(language: str, key: str, /, **values: object) -> str:
    """Return the words of a key in that language, with the values filled in."""
    words = catalogue(language).get(key) or catalogue(FALLBACK)[key]
    return words.format(**values) if values else words


def clock_time(at: datetime, language: str) -> str:
    """Format a local time, e.g. 19:00."""
    return format_time(at, "HH:mm", locale=language)


def day(at: date, language: str) -> str:
    """Format a local day, e.g. Tue 24 Nov."""
    return format_date(at, say(language, "date.day"), locale=language)


def full_day(at: date, language: str) -> str:
    """Format a local day with its full weekday, e.g. Tuesday 24 Nov."""
    return format_date(at, say(language, "date.full"), locale=language)


def short_day(at: date, language: str) -> str:
    """Format a local day without its weekday, e.g. 24 Nov."""
    return format_date(at, say(language, "date.short"), locale=language)


def day_and_time(at: datetime, language: str) -> str:
    """Format a local day and time, e.g. Tue 24 Nov, 14:00."""
    return f"{day(at, language)}, {clock_time(at, language)}"


def long_day(day: date, language: str) -> str:
    """Format a day with its year, e.g. Thu 24 Dec 2026."""
    return format_date(day, say(language, "date.long"), locale=language)


def decimal(amount: float, language: str) -> str:
    """Format a number with at most one decimal."""
    return format_decimal(round(amount, 1), "#,##0.#", locale=language)


def number(text: str, language: str) -> str:
    """Format a number given as text; anything else, such as a dash, stays as it is."""
    try:
        return decimal(float(text), language)
    except ValueError:
        return text


def item_name(language: str, instrument: Instrument, item_id: str) -> str:
    """Return a short name of an item for therapists: our own, or the start of its wording."""
    key = f"item.{item_id}"
    if key in catalogue(FALLBACK):
        return say(language, key)
    return shorten(
        wording_in(instrument.item(item_id).text, language), MAX_NAME_CHARS, placeholder="…"
    )
