"""What patients read before they agree: all of it, on one phone screen or two."""

from pathlib import Path

import pytest

from alliance.consent import SLOTS, Consent, Slots, read_consent
from handlers.consent import screens
from handlers.consent.screens import MOST_IN_A_TOAST, Terms
from handlers.texts import languages, say

MOST_WORDS = 170


@pytest.mark.parametrize("language", languages())
def test_the_usual_words_are_read_to_their_end(language: str) -> None:
    """Introduction, who reads, all slots and the question have at most 170 words."""
    terms = Terms(read_consent(), language, ["T-01"], ["T-02", "T-03"])
    text = screens.asking(terms).text
    assert len(text.split()) <= MOST_WORDS
    for words in terms.consent.slots(language).paragraphs():
        assert words in text
    assert all(code in text for code in ("T-01", "T-02", "T-03"))
    assert text.endswith(say(language, "consent.question"))


@pytest.mark.parametrize("length", [2, 5, 10, 20, 60])
def test_a_toast_always_fits(length: int) -> None:
    """However long a site's words and its list of readers are, Telegram cuts nothing off."""
    slots = Slots(**dict.fromkeys(SLOTS, "words " * length))
    for readers in (1, 5, 40):
        terms = Terms(Consent(version="1", texts={"en": slots}), "en", ["T-001"] * readers)
        assert 0 < len(screens.in_brief(terms)) <= MOST_IN_A_TOAST


def test_an_emergency_stays_in_the_toast() -> None:
    """Where there is no room for everything, the emergency comes before the time of reading."""
    slots = Slots(when="words " * 30, crisis="Call 112.", **_others())
    brief = screens.in_brief(Terms(Consent(version="1", texts={"en": slots}), "en", ["T-01"]))
    assert "Call 112." in brief
    assert "T-01" in brief


def _others() -> dict[str, str]:
    return {slot: "Some words." for slot in SLOTS if slot not in ("when", "crisis")}


def test_the_usual_words_have_the_version_under_which_they_were_published() -> None:
    """Who changes the usual words counts their version up, and this print with it."""
    usual = read_consent()
    assert (usual.version, usual.fingerprint()[:12]) == ("1", "c5ca6e355263")


def test_the_print_tells_words_not_paths(tmp_path: Path) -> None:
    """The same words in another file, in another order, are the same words."""
    filled = [f'{slot} = "Some words."' for slot in SLOTS]
    prints = set()
    for name, lines in (("a.toml", filled), ("b.toml", filled[::-1])):
        path = tmp_path / name
        path.write_text("\n".join(('version = "1"', "[en]", *lines)))
        prints.add(read_consent(path).fingerprint())
    assert len(prints) == 1
