"""Layers, settings and texts of the whole repository."""

import re
import string
import subprocess
import sys
from pathlib import Path

import pytest

from alliance.alerts.repair_cards import shipped_cards
from alliance.checkins.instruments import instrument, instrument_ids
from alliance.checkins.review import AFTER, DIRECT
from alliance.consent import read_consent
from bot.config.setting_names import PREFIX
from bot.config.settings import Settings
from handlers.taps import MAX_BYTES, answer_tap
from handlers.texts import catalogue, languages
from tests.paths import ROOT

TEXTS = ROOT / "handlers" / "texts"
NOTIFICATIONS = (
    "checkin.ready",
    "checkin.was_away",
    "alert.notice",
    "alert.hidden",
    "alert.hidden_seen",
    "alert.put_away",
    "alert.put_off",
    "seen.notice",
    "later.until",
    "checkin.cancelled",
    "handover.notice",
    "stand.active",
    "stand.paused",
    "stand.paused_until",
    "stand.ended",
    "heartbeat.letter",
    "trouble.unreachable",
    "trouble.undelivered",
    "trouble.late",
    "trouble.late_hours",
    "trouble.import_failed",
    "trouble.plan_ends",
    "unseen.remind",
    "unseen.away",
    "unseen.nobody",
    "episode.notice",
    "episode.put_away",
    "digest.notice",
    "digest.put_away",
    "discreet.moment",
    "caseload.put_away",
    "course.put_away",
    "members.put_away",
    "consent.changed",
    "consent.intro",
    "trouble.no_backup",
    "trouble.guessing",
    "trouble.set_back",
    "trouble.set_back_hours",
    "trouble.damaged",
    "trouble.rival",
    "restored.therapist",
    "nudge.left_out",
    "answers.which",
    "answers.kept.page",
)
ON_LOCKED_SCREENS = (
    "nudge.open",
    "checkin.later",
    "checkin.who",
    "left_out.undo",
    "page.title",
    "page.place",
    "page.close",
    "page.put_off",
    "page.nothing",
    "page.chat_first",
    "page.wait",
    "words.add",
    "words.kept",
    "words.too_long",
)
"""Buttons of reminders, and what the answer page says of itself, which a list of tabs shows."""

HEALTH_WORDS = {
    "en": ("therapy", "rupture", "score", "clinic", "offence", "patient", "alliance", "risk"),
    "de": (
        "therapie",
        "therapeut",
        "ruptur",
        "krise",
        "score",
        "klinik",
        "delikt",
        "straf",
        "patient",
        "allianz",
    ),
}


def test_the_layers_hold() -> None:
    """import-linter keeps every contract."""
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_setting_is_documented() -> None:
    """docs/settings.md names each setting, and no other."""
    named = set(
        re.findall(r"^\| `(ATTUNE_\w+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
    )
    assert named == {PREFIX + field.upper() for field in Settings.model_fields}


def test_every_documented_default_is_the_default() -> None:
    """A default that docs/settings.md quotes is the one that a site gets."""
    row = re.compile(rf"^\| `{PREFIX}(\w+)` \| .* \| `([^`]*)` \|$", re.MULTILINE)
    quoted = dict(row.findall((ROOT / "docs/settings.md").read_text()))
    assert len(quoted) > 30
    for name, default in quoted.items():
        assert default == _as_setting(Settings.model_fields[name.lower()].default), name


def _as_setting(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def test_every_setting_is_used() -> None:
    """A setting that nothing reads would be an empty promise."""
    code = "".join(path.read_text() for path in (ROOT / "bot").rglob("*.py"))
    unused = {name for name in Settings.model_fields if not re.search(rf"\w\.{name}\b", code)}
    assert unused == set()


def test_every_key_in_the_code_has_words() -> None:
    """No handler uses a missing text."""
    pattern = re.compile(r'(?:say\(\s*(?:[\w.]+,\s*)?|Refusal\()"([\w.]+)"')
    used = set()
    for path in (ROOT / "handlers").rglob("*.py"):
        used |= set(pattern.findall(path.read_text()))
    assert used - set(languages()) <= set(catalogue("en"))


@pytest.mark.parametrize("language", languages())
def test_languages_have_the_same_keys_and_placeholders(language: str) -> None:
    """So every language is complete."""
    english = catalogue("en")
    words = catalogue(language)
    assert set(words) == set(english)
    assert {key: _placeholders(text) for key, text in words.items()} == {
        key: _placeholders(text) for key, text in english.items()
    }


@pytest.mark.parametrize("language", languages())
def test_shipped_files_have_every_language(language: str) -> None:
    """Instruments, repair cards and the consent text: nobody gets a screen in two languages."""
    assert language in read_consent().texts
    assert not [card.id for card in shipped_cards().values() if language not in card.text]
    for name in instrument_ids():
        for item in instrument(name).items:
            for wording in (item.text, item.low, item.high):
                assert language in wording, (name, item.id)


def test_every_language_has_its_health_words() -> None:
    """Words that no notification may contain are listed for each language, above."""
    assert set(HEALTH_WORDS) == set(languages())


@pytest.mark.parametrize("language", languages())
def test_each_key_exists_once(language: str) -> None:
    """With two texts for one key it would be unclear which one is used."""
    written = (TEXTS / f"{language}.po").read_text()
    keys = re.findall(r'^msgid "(.+)"', written, re.MULTILINE)
    assert len(keys) == len(set(keys))
    assert written.count("\nmsgstr ") == written.count("msgid ")


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("key", [*NOTIFICATIONS, *ON_LOCKED_SCREENS])
def test_notifications_are_neutral(key: str, language: str) -> None:
    """A lock screen does not show what the conversation is about."""
    words = catalogue(language)[key].lower().replace("your therapist has", "")
    assert not [word for word in HEALTH_WORDS.get(language, ()) if word in words]


def test_buttons_fit_into_64_bytes() -> None:
    """Of every instrument, a button's data is within Telegram's limit."""
    for instrument_id in instrument_ids():
        asked = instrument(instrument_id)
        for question in (*(item.id for item in asked.items), DIRECT, AFTER):
            assert len(answer_tap(asked, "f" * 32, question, "100").encode()) <= MAX_BYTES


def test_tables_are_written_in_one_place() -> None:
    """One module writes tables; it prevents formulas in cells."""
    found = {
        str(path.relative_to(ROOT))
        for package in ("alliance", "storage", "schedules", "handlers", "bot")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"csv\.(Dict)?[wW]riter|to_csv", path.read_text())
    }
    assert found == {"alliance/files/tables/csv_export.py"}


def test_no_file_is_too_long() -> None:
    """A file of more than 400 lines has more than one subject."""
    packages = ("alliance", "storage", "schedules", "handlers", "bot", "tests", "benchmarks")
    for package in packages:
        for path in (ROOT / package).rglob("*.py"):
            assert len(path.read_text().splitlines()) <= 400, path
