"""Codes: what is a valid code, and where codes occur in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.people.codes import codes_in, is_code

KNOWN = frozenset({"P-1", "P-17", "P.2", "G_A", "T-02", "17", "ANGER"})
codes = st.from_regex(r"[A-Z0-9][A-Z0-9._-]{0,15}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Session with P-1", ("P-1",)),
        ("p-17: Miller", ("P-17",)),
        ("(P-1) / T-02.", ("P-1", "T-02")),
        ("P-1, P-17", ("P-1", "P-17")),
        ("P-1_Smith P-123 XP-1 ÄP-1 P-1x", ()),
        ("see P.2.", ("P.2",)),
        ("Anger group, room 17", ("ANGER",)),
        ("g_a\nnext line", ("G_A",)),
        ("", ()),
    ],
)
def test_codes_are_found_as_whole_words(text: str, found: tuple[str, ...]) -> None:
    """Next to any other character, but never within a longer word; bare numbers never match."""
    assert codes_in(text, KNOWN) == found


@given(code=codes, before=st.text(" \n(,;:/", max_size=3), after=st.text(" \n),;:/", max_size=3))
def test_a_code_between_blanks_and_brackets_is_found(code: str, before: str, after: str) -> None:
    """Any code except a bare number."""
    assert is_code(code)
    found = codes_in(f"with{before or ' '}{code}{after or ' '}at nine", {code})
    assert found == (() if code.isdecimal() else (code,))


@given(code=codes, letter=st.characters(categories=["L", "Nd"]))
def test_a_code_within_a_word_is_not_found(code: str, letter: str) -> None:
    """A letter or digit of any script next to it makes it another word."""
    others = {code} - {code + letter.upper(), letter.upper() + code}
    assert not codes_in(f"{code}{letter} {letter}{code}", others) or len(letter.upper()) > 1


@pytest.mark.parametrize("text", ["", "p-1", "-1", "Ä1", "P 1", "X" * 17, "P-1\n", "٣"])
def test_what_is_no_code(text: str) -> None:
    """Lower case, names with spaces, other scripts, and codes that are too long."""
    assert not is_code(text)
