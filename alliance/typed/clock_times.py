"""A time of day as people type it and programs write it, on a clock of 24 or twelve hours."""

import re
from datetime import time

from alliance.typed.plain_text import plain_text

_CLOCK = re.compile(r"(\d{1,2})(?:\s?[:.h]\s?(\d\d))?(?:[:.]00(?:[.,]0+)?)?")
_COMPACT = re.compile(r"(\d{1,2})(\d\d)")
_WORD_AFTER = re.compile(r"(.*\d)\s*([^\d\s][^\d]*)")
_WORD_BEFORE = re.compile(r"([^\d]*[^\d\s])\s*(\d.*)")
_HALVES = {
    **dict.fromkeys(("am", "πμ", "上午", "午前", "오전", "ص", "قظ", "öö"), 0),
    **dict.fromkeys(("pm", "μμ", "下午", "午後", "오후", "م", "بظ", "ös"), 12),
}
"""Spellings of a.m. and p.m. without dots and blanks, and the hours that they add."""

_HOUR_WORDS = ("h", "hrs", "hours", "uhr", "kl", "o'clock", "o’clock")


def parse_clock(text: str, *, is_compact: bool = False) -> time | None:
    """Return the time of day that a text is; None if it is none.

    Args:
        text: ``14:00``, ``9.30``, ``14h``, ``14:00:00``, ``2:00 p.m.``, in digits of any script.
        is_compact: Whether ``1430`` is 14:30, too. Seconds are then not read.
    """
    clock, half = _split_half(plain_text(text).casefold())
    if clock is None:
        return None
    found = _COMPACT.fullmatch(clock) if is_compact else None
    found = found or _CLOCK.fullmatch(clock)
    if found is None or (is_compact and len(re.findall("[:.]", clock)) > 1):
        return None
    hour, minute = int(found.group(1)), int(found.group(2) or 0)
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + half
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _split_half(text: str) -> tuple[str | None, int | None]:
    """Return the clock without a word at one of its ends, and the hours that the word adds.

    The clock is None if the word is unknown.
    """
    if found := _WORD_AFTER.fullmatch(text):
        clock, word = found.groups()
    elif found := _WORD_BEFORE.fullmatch(text):
        word, clock = found.groups()
    else:
        return text, None
    word = re.sub(r"[.\s]", "", word)
    if word in _HALVES:
        return clock, _HALVES[word]
    return (clock, None) if word in _HOUR_WORDS else (None, None)
