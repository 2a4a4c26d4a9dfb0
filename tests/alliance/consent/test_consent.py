"""Consent texts in fixed slots; empty ones are listed, unknown ones are refused."""

from pathlib import Path

import pytest

from alliance.consent import MAX_WORDS, SLOTS, read_consent
from alliance.errors import BadConsent

FILLED = "".join(f'{slot} = "Some words."\n' for slot in SLOTS)


def write_consent(folder: Path, text: str) -> Path:
    """Write a consent file with that text."""
    path = folder / "consent.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_usual_words_are_complete_and_short() -> None:
    """The shipped text allows enrolment and fits on one or two screens."""
    usual = read_consent()
    assert usual.unfilled_slots() == ()
    for slots in usual.texts.values():
        assert len(" ".join(slots.model_dump().values()).split()) <= 150


def test_a_filled_file_is_ready(tmp_path: Path) -> None:
    """With every slot filled, nothing is missing."""
    consent = read_consent(write_consent(tmp_path, f'version = "3"\n[de]\n{FILLED}'))
    assert consent.version == "3"
    assert consent.unfilled_slots() == ()
    assert consent.slots("de") == consent.slots("fr")


@pytest.mark.parametrize("slot", SLOTS)
def test_an_empty_or_forgotten_slot_is_named(tmp_path: Path, slot: str) -> None:
    """It blocks enrolment, and the site learns which one."""
    without = FILLED.replace(f'{slot} = "Some words."', f'{slot} = "  "')
    consent = read_consent(write_consent(tmp_path, f'version = "1"\n[en]\n{without}'))
    assert consent.unfilled_slots() == (f"en.{slot}",)


def test_a_slot_that_nobody_reads_to_its_end_is_named(tmp_path: Path) -> None:
    """Each slot has at most forty words."""
    long = FILLED.replace('limits = "Some words."', f'limits = "{"word " * (MAX_WORDS + 1)}"')
    consent = read_consent(write_consent(tmp_path, f'version = "1"\n[en]\n{long}'))
    assert consent.unfilled_slots() == ("en.limits",)


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
    """The message names the file and the field."""
    with pytest.raises(BadConsent, match=says):
        read_consent(write_consent(tmp_path, text))


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """A wrong path is an error, not an empty consent text."""
    with pytest.raises(BadConsent, match="cannot be read"):
        read_consent(tmp_path / "nowhere.toml")
