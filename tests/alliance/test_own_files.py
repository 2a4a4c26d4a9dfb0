"""Files that a site writes itself, as any editor saves them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from alliance.alerts.repair_cards import load_cards, shipped_cards
from alliance.checkins.instruments import FOLDER, read_instrument
from alliance.consent import DEFAULT_FILE, read_consent
from alliance.errors import AttuneError
from alliance.own_files import decode_own_file
from bot.config.settings import Settings
from tests.paths import ROOT

CASES = ROOT / "tests/bot/config/cases/20-toml-with-a-mark"
SAVED: dict[str, Callable[[str], bytes]] = {
    "UTF-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "two marks": lambda text: f"\ufeff{text}".encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16, big endian": lambda text: f"\ufeff{text}".encode("utf-16-be"),
    "UTF-16 without a mark": lambda text: text.encode("utf-16-le"),
    "Windows' line ends": lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
    "a Mac's line ends": lambda text: text.replace("\n", "\r").encode(),
    "an end of file": lambda text: f"{text}\x1a".encode(),
}


def test_files_with_a_mark_are_read() -> None:
    """20: Notepad's byte order mark in a consent text, an instrument and a repair card."""
    consent = read_consent(CASES / "consent-bom.toml")
    vas = read_instrument(CASES / "vas-bom.toml")
    cards = load_cards(CASES / "cards-bom")

    assert consent.version == "2"
    assert "Zürich" in consent.slots("en").crisis
    assert vas.items[0].id == "energetic"
    assert cards["bond"] != shipped_cards()["bond"]
    settings = Settings.read(
        {
            "ATTUNE_CONSENT": str(CASES / "consent-bom.toml"),
            "ATTUNE_REPAIR_CARDS": str(CASES / "cards-bom"),
        }
    )
    assert settings.site().consent == consent


@pytest.mark.parametrize("how", SAVED)
def test_each_kind_of_file_as_each_editor_saves_it(tmp_path: Path, how: str) -> None:
    """The content is the same as that of the shipped file."""
    save = SAVED[how]
    (tmp_path / "cards").mkdir()
    card = next((ROOT / "alliance/repair_cards").glob("bond.toml"))
    (tmp_path / "cards/bond.toml").write_bytes(save(card.read_text()))
    (tmp_path / "check_in_4.toml").write_bytes(save((FOLDER / "check_in_4.toml").read_text()))
    (tmp_path / "consent.toml").write_bytes(save(DEFAULT_FILE.read_text()))

    assert load_cards(tmp_path / "cards") == shipped_cards()
    assert read_instrument(tmp_path / "check_in_4.toml") == read_instrument(
        FOLDER / "check_in_4.toml"
    )
    assert read_consent(tmp_path / "consent.toml") == read_consent()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('version = "2"\n[en]\nwho_reads = "Zürich"\n'.encode("cp1252"), "encoding UTF-8"),
        ("version = “2”\n".encode(), "straight quotation marks"),
        (b"PK\x03\x04\xff", "encoding UTF-8"),
        (b"version\n", "line 1"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_remedy(
    tmp_path: Path, content: bytes, words: str
) -> None:
    """The old character set of Windows, and the quotation marks of a word processor."""
    path = tmp_path / "consent.toml"
    path.write_bytes(content)

    with pytest.raises(AttuneError, match=words):
        read_consent(path)


def test_a_text_keeps_what_is_in_it() -> None:
    """Only marks and line ends change."""
    assert decode_own_file("a\tб\u00a0“c”\r\n".encode()) == "a\tб\u00a0“c”\n"
