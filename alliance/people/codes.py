"""Codes that stand for people and groups instead of names."""

import re
from collections.abc import Collection

from alliance.typed.plain_text import plain_text

_CODE = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,15}")
_WORD = re.compile(r"[\w.-]+")
_MAX_SEARCHED = 10_000
"""Characters of a text that are searched for codes; the rest is usually footers and links."""


def as_code(text: str) -> str:
    """Return a typed text as a code is stored: in capitals, without invisible marks."""
    return plain_text(text).upper()


def is_code(text: str) -> bool:
    """Whether a text, in capitals, is a valid code."""
    return _CODE.fullmatch(text) is not None


def codes_in(text: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the known codes that occur in a text as whole words, sorted.

    Case is ignored. ``P-1`` does not match ``P-17`` or ``XP-1``. A code of digits alone never
    matches, because a time or a room number would be taken for a patient.
    """
    matches = set()
    for word in _WORD.findall(text[:_MAX_SEARCHED].upper()):
        for code in (word, word.strip("._-")):
            if code in known and not code.isdecimal():
                matches.add(code)
    return tuple(sorted(matches))
