"""Every action in the audit log has a text in each language, and can be undone or says why not."""

import ast

from handlers.texts import catalogue, languages
from storage.audit.undo import NO_CHANGE, UNDO, UNDONE
from tests.paths import ROOT

OF_OTHERS = {
    "alert.shown": "a therapist's",
    "alert.words_shown": "a therapist's",
    "alert.answered": "a therapist's",
    "alert.snoozed": "a therapist's",
    "alert.escalated": "nobody's: the scheduler",
    "alert.reminded": "nobody's: the scheduler",
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
    "pause.over": "nobody's: the scheduler",
    "person.reachable": "the person's own",
    "person.unreachable": "nobody's: Telegram refuses",
    "data.forgotten": "nobody's: the scheduler",
    "clock.late": "nobody's: the scheduler",
    "clock.set_back": "nobody's: the scheduler",
    "database.restored": "nobody's: the command line",
}
"""Actions that no coordinator takes, so none can undo them."""


def actions(package: str) -> set[str]:
    """Return every action named in the code of a package; none may be an f-string."""
    found = set()
    for path in (ROOT / package).rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            for action in _actions_in(call):
                parts = list(ast.walk(action))
                assert not any(isinstance(part, ast.JoinedStr) for part in parts), path
                found |= {
                    str(part.value)
                    for part in parts
                    if isinstance(part, ast.Constant) and "." in str(part.value)
                }
    return found


def _actions_in(call: ast.Call) -> list[ast.expr]:
    """Return the action in a call of ``change.record``, or of a function that calls it."""
    named = [keyword.value for keyword in call.keywords if keyword.arg == "action"]
    match call.func:
        case ast.Attribute(attr="record" | "record_view"):
            return named + call.args[:1]
        case ast.Name(id="_record"):
            return named + call.args[1:2]
    return named


ALL = {one for package in ("handlers", "storage", "schedules", "bot") for one in actions(package)}


def test_every_action_has_words() -> None:
    """So /audit can show every line in every language."""
    assert {"person.paused", "care.assigned", "undone"} <= ALL | {UNDONE}
    for language in languages():
        words = catalogue(language)
        assert {f"audit.{one}" for one in ALL} <= set(words)


def test_every_change_of_a_coordinator_can_be_undone() -> None:
    """An action has an undo function, needs none, or is not a coordinator's."""
    assert ALL - set(UNDO) - NO_CHANGE - set(OF_OTHERS) == set()
    assert set(UNDO) | NO_CHANGE | set(OF_OTHERS) <= ALL


def test_no_text_describes_the_undo_of_a_missing_action() -> None:
    """Texts about what an undo does not cover are deleted with their action."""
    stays = {key.removeprefix("undo.stays.") for key in catalogue("en") if "undo.stays." in key}
    assert stays <= set(UNDO)
