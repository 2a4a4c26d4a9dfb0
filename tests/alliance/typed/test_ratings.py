"""Typed ratings: what is a number, and what only seems to be meant as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.typed.ratings import looks_like_rating, parse_rating

WORDS = frozenset(["seven", "eight", "ten", "half", "one"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("7", 7), ("7.", 7), ("7!", 7), ("7 !!", 7), ("07", 7), ("+7", 7), ("7,0", 7)),
        *(("7/10", 7), ("7 / 10", 7), ("10/10.", 10), ("“7”", 7), ("(7)", 7), ("7.5", 7.5)),
        *(("5\ufe0f\u20e3", 5), ("\U0001f51f", 10), ("\U0001f51f/\U0001f51f", 10)),
        *(
            ("\u200e7\u200e", 7),
            ("٧", 7),
            ("۷/۱۰", 7),
            ("७", 7),
            ("７", 7),
            ("7\u202f/\u202f10", 7),
        ),
        *(("٧٫٥", 7.5), ("-3", -3), ("\u22123", -3), ("11", 11), ("100", 100)),
    ],
)
def test_numbers(text: str, value: float) -> None:
    """In any script, with marks, as a share of the highest answer. The range is not checked."""
    assert parse_rating(text, highest=10) == value


@pytest.mark.parametrize(
    "text",
    [
        *("7/7", "7/100", "7/10/2026", "7-8", "7 8", "7?", "7½", "10²", "8 out of 10", "seven"),
        *("7%", "1000", "1,234", "7:30", "١٠٠٠", "七", "Ⅶ", "7 8 9", "seven and a half"),
    ],
)
def test_no_numbers_that_are_meant_as_one(text: str) -> None:
    """They leave open which answer is meant, and get the hint."""
    assert parse_rating(text, highest=10) is None
    assert looks_like_rating(text, WORDS)


@pytest.mark.parametrize(
    "text",
    ["", "!", "I am not sure", "no one cares", "none", "👍", "on 3 days we talked for an hour"],
)
def test_other_words(text: str) -> None:
    """They are no numbers, and nobody is told about numbers."""
    assert parse_rating(text, highest=10) is None
    assert not looks_like_rating(text, WORDS)


@given(value=st.integers(0, 100), highest=st.integers(1, 100))
def test_a_share_is_of_the_highest_answer(value: int, highest: int) -> None:
    """On another scale 7/10 may be any answer, so it is none."""
    assert parse_rating(f"{value}/{highest}", highest=highest) == value
    assert parse_rating(f"{value}/{highest}", highest=highest + 1) is None


@given(text=st.text(max_size=12))
def test_any_text_is_a_number_or_none(text: str) -> None:
    """A number always looks like one."""
    if parse_rating(text, highest=10) is not None:
        assert looks_like_rating(text, frozenset())
