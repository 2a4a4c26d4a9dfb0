"""Every change that is put on record can be read in plain words, and has a way back or a reason."""

import ast
from pathlib import Path

from handlers.texts import catalogue, languages
from storage.audit.undo import NO_CHANGE, UNDO, UNDONE

ROOT = Path(__file__).parents[2]

OF_OTHERS = {
    "alert.shown": "a therapist's",
    "alert.words_shown": "a therapist's",
    "alert.answered": "a therapist's",
    "alert.snoozed": "a therapist's",
    "alert.escalated": "nobody's: the clock",
    "alert.reminded": "nobody's: the clock",
    "caseload.viewed": "a therapist's",
    "digest.set": "a therapist's",
    "digest.viewed": "a therapist's",
    "episode.shown": "a therapist's",
    "episode.answered": "a therapist's",
    "group.viewed": "a therapist's",
    "patient.viewed": "a therapist's",
    "session.reported": "a therapist's",
    "consent.decided": "a patient's",
    "data.taken": "a patient's",
    "pause.over": "nobody's: the clock",
    "person.reachable": "the person's own",
    "person.unreachable": "nobody's: Telegram refuses",
    "data.forgotten": "nobody's: the clock",
    "clock.late": "nobody's: the clock",
    "clock.set_back": "nobody's: the clock",
    "database.restored": "nobody's: the command line",
}
"""Actions that no coordinator takes, and so none takes back."""


def actions(room: str) -> set[str]:
    """Return every action that the code of a room names; one that is put together is refused."""
    found = set()
    for path in (ROOT / room).rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            for given in _given(call):
                parts = list(ast.walk(given))
                assert not any(isinstance(part, ast.JoinedStr) for part in parts), path
                found |= {
                    str(part.value)
                    for part in parts
                    if isinstance(part, ast.Constant) and "." in str(part.value)
                }
    return found


def _given(call: ast.Call) -> list[ast.expr]:
    """Return what a call names as an action, by keyword or as the second word of ``note``."""
    named = [given.value for given in call.keywords if given.arg == "action"]
    is_note = isinstance(call.func, ast.Name) and call.func.id == "note"
    return named + (call.args[1:2] if is_note else [])


ALL = {one for room in ("handlers", "storage", "schedules", "bot") for one in actions(room)}


def test_every_action_has_words() -> None:
    """/audit never meets a line that it cannot read out, in any language."""
    assert {"person.paused", "care.assigned", "undone"} <= ALL | {UNDONE}
    for language in languages():
        words = catalogue(language)
        assert {f"audit.{one}" for one in ALL} <= set(words)


def test_every_change_of_a_coordinator_has_a_way_back() -> None:
    """An action is in the table of ways back, leaves nothing to take back, or is not theirs."""
    assert ALL - set(UNDO) - NO_CHANGE - set(OF_OTHERS) == set()
    assert set(UNDO) | NO_CHANGE | set(OF_OTHERS) <= ALL


def test_what_stays_after_an_undo_is_said_of_actions_there_are() -> None:
    """No words about what cannot be taken back are left over from an action that is gone."""
    stays = {key.removeprefix("undo.stays.") for key in catalogue("en") if "undo.stays." in key}
    assert stays <= set(UNDO)
