"""Codes: what the clinic calls people and groups in place of a name."""

import re
from collections.abc import Collection

_CODE = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,15}")
_WORD = re.compile(r"[\w.-]+")
_MOST_SEARCHED = 10_000
"""Letters of a text in which codes are looked for; what follows is footers and links."""


def is_code(text: str) -> bool:
    """Say whether a text, in capitals, may be a code."""
    return _CODE.fullmatch(text) is not None


def codes_in(text: str, known: Collection[str]) -> tuple[str, ...]:
    """Return which of the known codes stand in a text as whole words, sorted.

    Capital and small letters are the same. ``P-1`` does not stand in ``P-17`` or ``XP-1``. A
    code of digits alone is never found: an hour or a room would be taken for a patient.
    """
    found = set()
    for word in _WORD.findall(text[:_MOST_SEARCHED].upper()):
        for code in (word, word.strip("._-")):
            if code in known and not code.isdecimal():
                found.add(code)
    return tuple(sorted(found))
