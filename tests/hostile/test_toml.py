"""What a site writes itself: instruments, repair cards, consent texts and settings.

Each is read, or refused in one sentence; and whatever is read can be shown.
"""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.alerts.repair_cards import MOST_WORDS, Card, read_card
from alliance.checkins.instruments import FOLDER, MOST_CHOICES, Instrument, read_instrument
from alliance.consent import SLOTS, USUAL, Consent, read_consent
from alliance.errors import AttuneError, BadCard, BadConsent, BadInstrument, BadSettings
from bot.config.settings import Settings
from bot.config.settings_reading import PREFIX
from handlers.taps import MOST_BYTES, answer_tap
from tests.hostile.conftest import throws
from tests.hostile.words import WORDS

LONGEST_SENTENCE = 600
PLAIN = (FOLDER / "check_in_4.toml").read_text("utf-8")

words = WORDS.filter(lambda text: not any(0xD800 <= ord(one) < 0xE000 for one in text))
numbers = st.sampled_from(
    ("0", "1", "-1", "10", "1e3", "1e308", "-1e308", "inf", "-inf", "nan", "0.1", "1e-9", "9" * 30)
)
KEYS = (*Instrument.model_fields, *Card.model_fields, *SLOTS, "version", "en", "[en]", "[[items]]")


def written(value: str) -> str:
    """Return a text as TOML writes it."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


@st.composite
def a_document(draw: st.DrawFn) -> bytes:
    """Return bytes: a good file in which lines were changed, doubled or lost, or mere noise."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    good = draw(st.sampled_from((PLAIN, USUAL.read_text("utf-8"), "version = 1\n")))
    lines = good.splitlines()
    values = st.one_of(
        numbers,
        words.map(written),
        st.sampled_from(("[]", "{}", "true", "2026-01-01", "[" * 40 + "]" * 40, '["a", 1]', '""')),
    )
    for _ in range(draw(st.integers(0, 5))):
        place = draw(st.integers(0, len(lines)))
        key = draw(st.sampled_from(KEYS))
        line = key if key.startswith("[") else f"{key} = {draw(values)}"
        match draw(st.integers(0, 3)):
            case 0:
                lines.insert(place, line)
            case 1 if place < len(lines):
                del lines[place]
            case 2 if place < len(lines):
                head, equals, _ = lines[place].partition("=")
                lines[place] = f"{head}={draw(values)}" if equals else line
            case _:
                lines.insert(place, draw(words))
    return "\n".join(lines).encode("utf-8", "replace")


def is_one_sentence(refused: AttuneError) -> None:
    """A refusal names the file and what is wrong with it, in a few lines."""
    assert 0 < len(str(refused)) < LONGEST_SENTENCE


@throws(250)
@given(content=a_document())
def test_any_instrument_file(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """What is accepted can be asked: at most a screenful of choices, buttons of 64 bytes."""
    path = tmp_path_factory.getbasetemp() / "mine.toml"
    path.write_bytes(content)
    try:
        asked = read_instrument(path)
    except BadInstrument as refused:
        is_one_sentence(refused)
        return
    assert 1 < len(asked.choices) <= MOST_CHOICES
    for item in asked.items:
        data = answer_tap(asked, "f" * 32, item.id, str(len(asked.choices) - 1))
        assert len(data.encode()) <= MOST_BYTES
        assert all(len(said) <= 1_000 for said in item.text.values())


@throws(200)
@given(content=a_document())
def test_any_repair_card(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """What is accepted fits under an alert."""
    path = tmp_path_factory.getbasetemp() / "goal.toml"
    path.write_bytes(content)
    try:
        card = read_card(path)
    except BadCard as refused:
        is_one_sentence(refused)
        return
    assert all(len(said.split()) <= MOST_WORDS for said in card.text.values())


@throws(200)
@given(content=a_document())
def test_any_consent_file(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """What is accepted and filled fits into one message."""
    path = tmp_path_factory.getbasetemp() / "consent.toml"
    path.write_bytes(content)
    try:
        consent: Consent = read_consent.__wrapped__(path)
    except BadConsent as refused:
        is_one_sentence(refused)
        return
    for language in consent.texts:
        assert sum(map(len, consent.slots(language).paragraphs())) < 3_000


@pytest.mark.parametrize("read", [read_instrument, read_card, read_consent.__wrapped__])
@pytest.mark.parametrize(
    "content",
    [
        b"x = " + b"[" * 5_000 + b"]" * 5_000,
        b"x = " + b"{a=" * 5_000 + b"1" + b"}" * 5_000,
        b"a" + b".a" * 5_000 + b" = 1",
        b"x = " + b"9" * 50_000,
        b"x = \"" + b"\\u0041" * 100_000 + b"\"",
        b"\xff\xfe",
        b"",
    ],
    ids=("deep", "deeper", "dotted", "digits", "escapes", "no-text", "empty"),
)  # fmt: skip
def test_bombs(tmp_path: Path, read: Any, content: bytes) -> None:
    """Deep, long, or no text at all: one sentence."""
    path = tmp_path / "goal.toml"
    path.write_bytes(content)
    with pytest.raises((BadInstrument, BadCard, BadConsent)) as refused:
        read(path)
    is_one_sentence(refused.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A path that leads to something else is a sentence, too."""
    for read, kind in ((read_instrument, BadInstrument), (read_card, BadCard)):
        with pytest.raises(kind):
            read(tmp_path)


def refusal_of(environment: dict[str, str]) -> str:
    """Read settings; return the sentence of a refusal, empty when all of it can be used."""
    try:
        read = Settings.read(environment)
        read.site()
        read.detection()
    except BadSettings as refused:
        return str(refused)
    return ""


@throws(600)
@given(
    name=st.sampled_from(sorted(set(Settings.model_fields) - {"repair_cards", "consent"})),
    value=words | numbers,
)
def test_any_value_of_a_setting(name: str, value: str) -> None:
    """A site is told which setting cannot be used; what can be used is used."""
    said = refusal_of({PREFIX + name.upper(): value})
    assert not said or PREFIX + name.upper() in said
    assert name not in ("telegram_token", "keys") or len(value) < 4 or value not in said


@throws(150)
@given(value=words, name=st.sampled_from(("REPAIR_CARDS", "CONSENT", "SETTINGS")))
def test_any_path(value: str, name: str) -> None:
    """A path that leads nowhere, or cannot be one."""
    said = refusal_of({PREFIX + name: value})
    assert not said or PREFIX + name in said


@throws(150)
@given(content=st.binary(max_size=300) | words.map(str.encode))
def test_any_file_of_settings(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """A settings file that is none is refused in a sentence."""
    path = tmp_path_factory.getbasetemp() / "settings"
    path.write_bytes(content)
    refusal_of({"ATTUNE_SETTINGS": str(path)})
