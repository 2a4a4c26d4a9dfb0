"""Consent: a site's own words in fixed slots; what is empty is told, what is unknown refused."""

from pathlib import Path

import pytest

from alliance.consent import MOST_WORDS, SLOTS, read_consent
from alliance.errors import BadConsent

FILLED = "".join(f'{slot} = "Some words."\n' for slot in SLOTS)


def written(folder: Path, text: str) -> Path:
    """Return a consent file with that text."""
    path = folder / "consent.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_usual_words_are_complete_and_short() -> None:
    """A site that changes nothing can enrol, and what a patient reads fits on a screen or two."""
    usual = read_consent()
    assert usual.unfilled() == ()
    for slots in usual.texts.values():
        assert len(" ".join(slots.paragraphs()).split()) <= 150


def test_a_filled_file_is_ready(tmp_path: Path) -> None:
    """Every slot has words, in the order in which they are read."""
    consent = read_consent(written(tmp_path, f'version = "3"\n[de]\n{FILLED}'))
    assert consent.version == "3"
    assert consent.unfilled() == ()
    assert consent.slots("de") == consent.slots("fr")


@pytest.mark.parametrize("slot", SLOTS)
def test_an_empty_or_forgotten_slot_is_named(tmp_path: Path, slot: str) -> None:
    """Enrolment waits for it, and the site is told which one."""
    without = FILLED.replace(f'{slot} = "Some words."', f'{slot} = "  "')
    consent = read_consent(written(tmp_path, f'version = "1"\n[en]\n{without}'))
    assert consent.unfilled() == (f"en.{slot}",)


def test_a_slot_that_nobody_reads_to_its_end_is_named(tmp_path: Path) -> None:
    """Forty words about one matter are enough."""
    long = FILLED.replace('limits = "Some words."', f'limits = "{"word " * (MOST_WORDS + 1)}"')
    consent = read_consent(written(tmp_path, f'version = "1"\n[en]\n{long}'))
    assert consent.unfilled() == ("en.limits",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "version"),
        ('version = "1"\n', "consent.toml"),
        (f'version = "one two"\n[en]\n{FILLED}', "version"),
        (f'version = "1"\n[en]\n{FILLED}offence = "x"\n', "offence"),
        ("version =", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    """The file and the place are named."""
    with pytest.raises(BadConsent, match=says):
        read_consent(written(tmp_path, text))


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """A wrong path is no empty consent."""
    with pytest.raises(BadConsent, match="cannot be read"):
        read_consent(tmp_path / "nowhere.toml")
