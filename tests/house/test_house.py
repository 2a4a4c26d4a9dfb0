"""The house as a whole: its layers, its settings, its words."""

import re
import string
import subprocess
import sys
from pathlib import Path

import pytest

from alliance.checkins.instruments import instrument, instrument_ids
from alliance.checkins.review import AFTER, DIRECT
from bot.config.settings import Settings
from bot.config.settings_reading import PREFIX
from handlers.taps import MOST_BYTES, answer_tap
from handlers.texts import catalogue, languages

ROOT = Path(__file__).parents[2]
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
"""Buttons of a nudge, and what the page says of itself: a browser's list of tabs shows it."""

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


def test_imports_only_run_downhill() -> None:
    """import-linter keeps every contract."""
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_setting_is_documented() -> None:
    """docs/settings.md names each setting, and none that does not exist."""
    named = set(
        re.findall(r"^\| `(ATTUNE_\w+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
    )
    assert named == {PREFIX + field.upper() for field in Settings.model_fields}


def test_every_key_in_the_code_has_words() -> None:
    """No handler asks for words that are not there."""
    asked = re.compile(r'(?:say\(\s*(?:[\w.]+,\s*)?|Refusal\()"([\w.]+)"')
    used = set()
    for path in (ROOT / "handlers").rglob("*.py"):
        used |= set(asked.findall(path.read_text()))
    assert used - set(languages()) <= set(catalogue("en"))


@pytest.mark.parametrize("language", languages())
def test_languages_have_the_same_keys_and_placeholders(language: str) -> None:
    """What can be said in one language can be said in all."""
    english = catalogue("en")
    words = catalogue(language)
    assert set(words) == set(english)
    assert {key: _placeholders(text) for key, text in words.items()} == {
        key: _placeholders(text) for key, text in english.items()
    }


@pytest.mark.parametrize("language", languages())
def test_each_key_stands_once(language: str) -> None:
    """Of two wordings of one key nobody would know which is said."""
    written = (TEXTS / f"{language}.po").read_text()
    keys = re.findall(r'^msgid "(.+)"', written, re.MULTILINE)
    assert len(keys) == len(set(keys))
    assert written.count("\nmsgstr ") == written.count("msgid ")


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("key", [*NOTIFICATIONS, *ON_LOCKED_SCREENS])
def test_notifications_are_neutral(key: str, language: str) -> None:
    """A lock screen shows nothing that tells what this is about."""
    words = catalogue(language)[key].lower().replace("your therapist has", "")
    assert not [word for word in HEALTH_WORDS[language] if word in words]


def test_buttons_fit_into_64_bytes() -> None:
    """Whatever the instrument, a button's data is within Telegram's limit."""
    for instrument_id in instrument_ids():
        asked = instrument(instrument_id)
        for question in (*(item.id for item in asked.items), DIRECT, AFTER):
            assert len(answer_tap(asked, "f" * 32, question, "100").encode()) <= MOST_BYTES


def test_tables_are_written_in_one_place() -> None:
    """What a spreadsheet might open goes through what keeps formulas out of it."""
    found = {
        str(path.relative_to(ROOT))
        for room in ("alliance", "storage", "schedules", "handlers", "bot")
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"csv\.(Dict)?[wW]riter|to_csv", path.read_text())
    }
    assert found == {"alliance/files/tables/csv_export.py"}


def test_no_file_is_two() -> None:
    """A file of more than 400 lines has two subjects."""
    rooms = ("alliance", "storage", "schedules", "handlers", "bot", "tests", "benchmarks")
    for room in rooms:
        for path in (ROOT / room).rglob("*.py"):
            assert len(path.read_text().splitlines()) <= 400, path
