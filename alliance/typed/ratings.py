"""A rating that a patient typed, as a number."""

import re

from alliance.typed.plain_text import plain_text

_RATING = re.compile(
    r"""[("'„“”«]?  (?P<value>[+-]?\d{1,3}(?:[.,]\d{1,2})?)  (?:\s?/\s?(?P<highest>\d{1,3}))?
        \s?[.!,)"'“”»]*""",
    re.VERBOSE,
)
MAX_WORDS = 6
"""A text of more words is a sentence, even if it has a number in it."""


def parse_rating(text: str, *, highest: float) -> float | None:
    """Return the number that a text is; None if it is no number, or leaves open which.

    Args:
        text: As typed: ``7``, ``7,5``, ``7.``, ``7!``, ``7/10``, in digits of any script.
        highest: The highest answer; ``7/10`` is 7 if that is 10.

    >>> parse_rating("7/10", highest=10), parse_rating("7/10", highest=7)
    (7.0, None)
    """
    found = _RATING.fullmatch(plain_text(text))
    if found is None or (found["highest"] and float(found["highest"]) != highest):
        return None
    return float(found["value"].replace(",", "."))


def looks_like_rating(text: str, number_words: frozenset[str]) -> bool:
    """Whether somebody seems to have meant a number, in digits or in words.

    Half of the words must be numbers: "eight out of ten" is meant as one, "no one" is not.

    Args:
        text: As typed.
        number_words: Words for numbers, in small letters.
    """
    plain = plain_text(text).casefold()
    words = re.findall(r"[^\W\d_]+", plain)
    if len(words) > MAX_WORDS:
        return False
    spoken = sum(word in number_words for word in words)
    return any(character.isnumeric() for character in text + plain) or 0 < len(words) <= 2 * spoken
