"""Files that a site writes: instruments, repair cards, consent texts and settings.

Each is read, or refused with one sentence; whatever is read can be shown.
"""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.alerts.repair_cards import MAX_WORDS, RepairCard, read_card
from alliance.checkins.instruments import FOLDER, MAX_CHOICES, Instrument, read_instrument
from alliance.consent import DEFAULT_FILE, SLOTS, Consent, read_consent
from alliance.errors import AttuneError, BadConsent, BadInstrument, BadRepairCard, BadSettings
from bot.config.setting_names import PREFIX
from bot.config.settings import Settings
from handlers.taps import MAX_BYTES, answer_tap
from tests.hostile.conftest import hostile_settings
from tests.hostile.texts import TEXTS

LONGEST_SENTENCE = 600
VALID = (FOLDER / "check_in_4.toml").read_text("utf-8")

texts = TEXTS.filter(lambda text: not any(0xD800 <= ord(one) < 0xE000 for one in text))
numbers = st.sampled_from(
    ("0", "1", "-1", "10", "1e3", "1e308", "-1e308", "inf", "-inf", "nan", "0.1", "1e-9", "9" * 30)
)
KEYS = (
    *Instrument.model_fields,
    *RepairCard.model_fields,
    *SLOTS,
    "version",
    "en",
    "[en]",
    "[[items]]",
)


def quoted(value: str) -> str:
    """Return a text as a TOML string."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Return a valid file with lines changed, added or removed; or noise."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    good = draw(st.sampled_from((VALID, DEFAULT_FILE.read_text("utf-8"), "version = 1\n")))
    lines = good.splitlines()
    values = st.one_of(
        numbers,
        texts.map(quoted),
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
                lines.insert(place, draw(texts))
    return "\n".join(lines).encode("utf-8", "replace")


def assert_is_short(refused: AttuneError) -> None:
    """Assert that a refusal is short."""
    assert 0 < len(str(refused)) < LONGEST_SENTENCE


@hostile_settings(250)
@given(content=documents())
def test_any_instrument_file(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """If it is accepted, it can be asked: few choices, buttons of 64 bytes, short texts."""
    path = tmp_path_factory.getbasetemp() / "mine.toml"
    path.write_bytes(content)
    try:
        asked = read_instrument(path)
    except BadInstrument as refused:
        assert_is_short(refused)
        return
    assert 1 < len(asked.choices) <= MAX_CHOICES
    for item in asked.items:
        data = answer_tap(asked, "f" * 32, item.id, str(len(asked.choices) - 1))
        assert len(data.encode()) <= MAX_BYTES
        assert all(len(text) <= 1_000 for text in item.text.values())


@hostile_settings(200)
@given(content=documents())
def test_any_repair_card(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """If it is accepted, it fits below an alert."""
    path = tmp_path_factory.getbasetemp() / "goal.toml"
    path.write_bytes(content)
    try:
        card = read_card(path)
    except BadRepairCard as refused:
        assert_is_short(refused)
        return
    assert all(len(text.split()) <= MAX_WORDS for text in card.text.values())


@hostile_settings(200)
@given(content=documents())
def test_any_consent_file(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """If it is accepted, it fits into one message."""
    path = tmp_path_factory.getbasetemp() / "consent.toml"
    path.write_bytes(content)
    try:
        consent: Consent = read_consent.__wrapped__(path)
    except BadConsent as refused:
        assert_is_short(refused)
        return
    for language in consent.texts:
        assert sum(map(len, consent.slots(language).model_dump().values())) < 3_000


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
    """Deeply nested, very long, or not text: it is refused with one sentence."""
    path = tmp_path / "goal.toml"
    path.write_bytes(content)
    with pytest.raises((BadInstrument, BadRepairCard, BadConsent)) as refused:
        read(path)
    assert_is_short(refused.value)


def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    """It is refused, too."""
    for read, kind in ((read_instrument, BadInstrument), (read_card, BadRepairCard)):
        with pytest.raises(kind):
            read(tmp_path)


def refusal_of(environment: dict[str, str]) -> str:
    """Read settings; return the refusal, or an empty string if they can be used."""
    try:
        read = Settings.read(environment)
        read.site()
        read.detection_settings()
    except BadSettings as refused:
        return str(refused)
    return ""


@hostile_settings(600)
@given(
    name=st.sampled_from(sorted(set(Settings.model_fields) - {"repair_cards", "consent"})),
    value=texts | numbers,
)
def test_any_value_of_a_setting(name: str, value: str) -> None:
    """A refusal names the setting, but not the value of a secret."""
    text = refusal_of({PREFIX + name.upper(): value})
    assert not text or PREFIX + name.upper() in text
    assert name not in ("telegram_token", "keys") or len(value) < 4 or value not in text


@hostile_settings(150)
@given(value=texts, name=st.sampled_from(("REPAIR_CARDS", "CONSENT", "SETTINGS")))
def test_any_path(value: str, name: str) -> None:
    """A refusal names the setting with the bad path."""
    text = refusal_of({PREFIX + name: value})
    assert not text or PREFIX + name in text


@hostile_settings(150)
@given(content=st.binary(max_size=300) | texts.map(str.encode))
def test_any_file_of_settings(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """It is read or refused."""
    path = tmp_path_factory.getbasetemp() / "settings"
    path.write_bytes(content)
    refusal_of({"ATTUNE_SETTINGS": str(path)})
