"""The plain form of a text: the same for what looks the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.typed.plain_text import plain_text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("", ""),
        ("  7 \t", "7"),
        ("a\r\n b", "a b"),
        ("2:00\u202fPM", "2:00 PM"),  # narrow no-break space
        ("2:00\u00a0PM", "2:00 PM"),
        ("2:00\u2009\u2009PM", "2:00 PM"),  # two thin spaces
        ("\u200e2026-\u200e03-\u200e17", "2026-03-17"),  # left-to-right marks
        ("\u20682\u2069", "2"),  # isolates
        ("\ufeffcode", "code"),
        ("P\u00ad-1", "P-1"),  # soft hyphen
        ("P\u20111", "P-1"),  # non-breaking hyphen
        ("\u22123", "-3"),  # minus sign
        ("21:00–08:00", "21:00-08:00"),
        ("5\ufe0f\u20e3", "5"),
        ("1\ufe0f\u20e30\ufe0f\u20e3", "10"),
        ("\U0001f51f", "10"),
        ("٧٫٥", "7.5"),
        ("۷/۱۰", "7/10"),
        ("१४:३०", "14:30"),
        ("７／１０", "7/10"),
        ("⑦", "7"),
        ("⑩", "10"),
        ("𝟕", "7"),
        ("２：００ｐｍ", "2:00pm"),
        ("M\u0075\u0308ller", "Müller"),
        ("7½", "7½"),
        ("10²", "10²"),
        ("Straße ªº™", "Straße ªº™"),
        ("午後", "午後"),
    ],
)
def test_what_looks_the_same_is_the_same(text: str, plain: str) -> None:
    """Marks, spaces, hyphens and digits have one form; letters, powers and fractions stay."""
    assert plain_text(text) == plain


@given(text=st.text())
def test_a_plain_text_stays_as_it_is(text: str) -> None:
    """It has no spaces at its ends and no two in a row, and its digits are those of ASCII."""
    plain = plain_text(text)

    assert plain_text(plain) == plain
    assert plain == " ".join(plain.split())
    assert all(character in "0123456789" for character in plain if character.isdecimal())


@given(text=st.text(st.characters(min_codepoint=33, max_codepoint=126)))
def test_printable_ascii_is_plain(text: str) -> None:
    """A code or a time that was typed on a European keyboard is not changed."""
    assert plain_text(text) == text
