"""One patient as the therapist reads them: the line of the caseload, and what lies behind it."""

from dataclasses import dataclass
from datetime import datetime

from alliance.caseload.caseload import Line
from alliance.checkins.instruments import Answers
from storage.alerts import episodes
from storage.alerts.episodes import Kept
from storage.caseload import caseloads
from storage.caseload.caseloads import OVER, SHOWN
from storage.checkins import comments
from storage.database.tx import Tx, at_text, at_time

MOST_MARKS = 5


@dataclass(frozen=True, slots=True)
class Mark:
    """A session that nobody came to, or that ended early."""

    starts_at: datetime
    no_show: bool


@dataclass(frozen=True, slots=True)
class Portrait:
    """What a therapist may know of one patient.

    Attributes:
        instrument: What was asked last; None before the first check-in.
        total: The last total in that instrument's units; None where there is none.
        answers: Of the last check-ins with that instrument, oldest first; empty where unanswered.
        episodes: What followed each alert, oldest first.
        marks: Sessions with a mark, newest first.
        open_alert: The alert that has waited longest; None where none is open.
        words: How often the patient added words of their own.
    """

    line: Line
    instrument: str | None
    total: float | None
    answers: tuple[Answers, ...]
    episodes: tuple[Kept, ...]
    marks: tuple[Mark, ...]
    open_alert: str | None
    words: int = 0


async def of_patient(tx: Tx, patient_id: str, *, at: datetime) -> Portrait:
    """Return a patient as their own sessions show them; of groups they belong to, nothing."""
    [line] = await caseloads.lines(tx, [patient_id], group_id=None, at=at)
    rows = await tx.all(
        "SELECT k.id, k.instrument, k.score FROM checkins k JOIN sessions s ON s.id = k.session_id"
        f" WHERE k.patient_id = ? AND s.patient_id = k.patient_id AND k.state IN {OVER}"
        " ORDER BY s.starts_at DESC, k.id DESC LIMIT ?",
        patient_id,
        SHOWN,
    )
    last = rows[0] if rows else None
    same = [
        row["id"] for row in rows if last is not None and row["instrument"] == last["instrument"]
    ]
    kept = await episodes.of_patient(tx, patient_id)
    return Portrait(
        line=line,
        instrument=None if last is None else last["instrument"],
        total=next((row["score"] for row in rows if row["score"] is not None), None),
        answers=await _answers(tx, list(reversed(same))),
        episodes=tuple(one for one in kept if one.course.group_id is None),
        marks=await _marks(tx, patient_id, at),
        open_alert=await _open_alert(tx, patient_id),
        words=await comments.count_of_patient(tx, patient_id),
    )


async def _answers(tx: Tx, checkin_ids: list[str]) -> tuple[Answers, ...]:
    marks = ", ".join("?" for _ in ("", *checkin_ids))
    found: dict[str, Answers] = {checkin_id: {} for checkin_id in checkin_ids}
    for row in await tx.all(
        f"SELECT checkin_id, item, value FROM answers WHERE checkin_id IN ({marks})",
        "",
        *checkin_ids,
    ):
        found[row["checkin_id"]][row["item"]] = row["value"]
    return tuple(found.values())


async def _marks(tx: Tx, patient_id: str, at: datetime) -> tuple[Mark, ...]:
    rows = await tx.all(
        "SELECT starts_at, state FROM sessions WHERE patient_id = ? AND starts_at <= ?"
        " AND (state = 'no_show' OR ended_early = 1) ORDER BY starts_at DESC LIMIT ?",
        patient_id,
        at_text(at),
        MOST_MARKS,
    )
    return tuple(Mark(at_time(row["starts_at"]), row["state"] == "no_show") for row in rows)


async def _open_alert(tx: Tx, patient_id: str) -> str | None:
    row = await tx.one(
        "SELECT a.id FROM alerts a JOIN checkins k ON k.id = a.checkin_id"
        " JOIN sessions s ON s.id = k.session_id"
        " WHERE a.patient_id = ? AND a.state = 'open' AND s.patient_id = a.patient_id"
        " ORDER BY a.created_at, a.id LIMIT 1",
        patient_id,
    )
    return None if row is None else str(row["id"])
