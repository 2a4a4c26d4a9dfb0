"""The terms that patients read before they agree: complete, on one or two phone screens."""

from pathlib import Path

import pytest

from alliance.consent import SLOTS, Consent, Slots, read_consent
from handlers.app.reply import MAX_NOTE_CHARS
from handlers.consent import screens
from handlers.consent.screens import ConsentTerms
from handlers.texts import languages, say

MAX_WORDS = 170


@pytest.mark.parametrize("language", languages())
def test_the_default_terms_are_short_enough_to_read(language: str) -> None:
    """Introduction, readers, all slots and the question together have at most 170 words."""
    terms = ConsentTerms(read_consent(), language, ["T-01"], ["T-02", "T-03"])
    text = screens.question(terms).text
    assert len(text.split()) <= MAX_WORDS
    slots = terms.consent.slots(language)
    assert all(getattr(slots, slot) in text for slot in SLOTS)
    assert all(code in text for code in ("T-01", "T-02", "T-03"))
    assert text.endswith(say(language, "consent.question"))


@pytest.mark.parametrize("length", [2, 5, 10, 20, 60])
def test_the_brief_text_always_fits(length: int) -> None:
    """However long a site's texts and the list of readers are, nothing is cut off."""
    slots = Slots(**dict.fromkeys(SLOTS, "words " * length))
    for readers in (1, 5, 40):
        terms = ConsentTerms(Consent(version="1", texts={"en": slots}), "en", ["T-001"] * readers)
        assert 0 < len(screens.brief_text(terms)) <= MAX_NOTE_CHARS


def test_the_brief_text_keeps_what_to_do_in_an_emergency() -> None:
    """If there is no room for everything, the time of reading is left out."""
    slots = Slots(when="words " * 30, crisis="Call 112.", **_others())
    brief = screens.brief_text(
        ConsentTerms(Consent(version="1", texts={"en": slots}), "en", ["T-01"])
    )
    assert "Call 112." in brief
    assert "T-01" in brief


def _others() -> dict[str, str]:
    return {slot: "Some words." for slot in SLOTS if slot not in ("when", "crisis")}


def test_the_default_texts_have_the_version_under_which_they_were_published() -> None:
    """Whoever changes the default texts must raise their version, and change this fingerprint."""
    default = read_consent()
    assert (default.version, default.fingerprint()[:12]) == ("1", "c5ca6e355263")


def test_the_fingerprint_depends_on_the_texts_alone(tmp_path: Path) -> None:
    """The same texts in another file and another order have the same fingerprint."""
    filled = [f'{slot} = "Some words."' for slot in SLOTS]
    fingerprints = set()
    for name, lines in (("a.toml", filled), ("b.toml", filled[::-1])):
        path = tmp_path / name
        path.write_text("\n".join(('version = "1"', "[en]", *lines)))
        fingerprints.add(read_consent(path).fingerprint())
    assert len(fingerprints) == 1
