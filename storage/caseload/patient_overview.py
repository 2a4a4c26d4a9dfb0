"""One patient in detail for the therapist: the caseload row, and what it is based on."""

from dataclasses import dataclass
from datetime import datetime

from alliance.caseload.caseload import CaseloadRow
from alliance.checkins.instruments import Answers
from storage.alerts import episodes
from storage.alerts.episodes import StoredEpisode
from storage.caseload import caseloads
from storage.caseload.caseloads import ENDED_STATES, TREND_LENGTH
from storage.checkins import comments
from storage.database.tx import Tx, utc_text, utc_time

MAX_FLAGS = 5


@dataclass(frozen=True, slots=True)
class SessionFlag:
    """A session that was a no-show or ended early."""

    starts_at: datetime
    no_show: bool


@dataclass(frozen=True, slots=True)
class PatientOverview:
    """What a therapist sees of one patient.

    Attributes:
        instrument: The latest instrument; None before the first check-in.
        total: The latest total, in units of that instrument, if any.
        answers: The latest check-ins with that instrument, oldest first; empty if unanswered.
        episodes: The patient's episodes, oldest first.
        flags: No-shows and sessions that ended early, newest first.
        open_alert: Id of the oldest open alert, if any.
        comment_count: How many comments the patient wrote.
    """

    caseload_row: CaseloadRow
    instrument: str | None
    total: float | None
    answers: tuple[Answers, ...]
    episodes: tuple[StoredEpisode, ...]
    flags: tuple[SessionFlag, ...]
    open_alert: str | None
    comment_count: int = 0


async def of_patient(tx: Tx, patient_id: str, *, at: datetime) -> PatientOverview:
    """Return a patient's overview; individual sessions only, nothing from groups."""
    [caseload_row] = await caseloads.caseload_rows(tx, [patient_id], group_id=None, at=at)
    rows = await tx.all(
        "SELECT k.id, k.instrument, k.score FROM checkins k JOIN sessions s ON s.id = k.session_id"
        f" WHERE k.patient_id = ? AND s.patient_id = k.patient_id AND k.state IN {ENDED_STATES}"
        " ORDER BY s.starts_at DESC, k.id DESC LIMIT ?",
        patient_id,
        TREND_LENGTH,
    )
    last = rows[0] if rows else None
    same = [
        row["id"] for row in rows if last is not None and row["instrument"] == last["instrument"]
    ]
    stored = await episodes.of_patient(tx, patient_id)
    return PatientOverview(
        caseload_row=caseload_row,
        instrument=None if last is None else last["instrument"],
        total=next((row["score"] for row in rows if row["score"] is not None), None),
        answers=await _answers(tx, list(reversed(same))),
        episodes=tuple(one for one in stored if one.course.group_id is None),
        flags=await _session_flags(tx, patient_id, at),
        open_alert=await _open_alert(tx, patient_id),
        comment_count=await comments.count_of_patient(tx, patient_id),
    )


async def _answers(tx: Tx, checkin_ids: list[str]) -> tuple[Answers, ...]:
    marks = ", ".join("?" for _ in ("", *checkin_ids))
    answers: dict[str, Answers] = {checkin_id: {} for checkin_id in checkin_ids}
    for row in await tx.all(
        f"SELECT checkin_id, item, value FROM answers WHERE checkin_id IN ({marks})",
        "",
        *checkin_ids,
    ):
        answers[row["checkin_id"]][row["item"]] = row["value"]
    return tuple(answers.values())


async def _session_flags(tx: Tx, patient_id: str, at: datetime) -> tuple[SessionFlag, ...]:
    rows = await tx.all(
        "SELECT starts_at, state FROM sessions WHERE patient_id = ? AND starts_at <= ?"
        " AND (state = 'no_show' OR ended_early = 1) ORDER BY starts_at DESC LIMIT ?",
        patient_id,
        utc_text(at),
        MAX_FLAGS,
    )
    return tuple(SessionFlag(utc_time(row["starts_at"]), row["state"] == "no_show") for row in rows)


async def _open_alert(tx: Tx, patient_id: str) -> str | None:
    row = await tx.one(
        "SELECT a.id FROM alerts a JOIN checkins k ON k.id = a.checkin_id"
        " JOIN sessions s ON s.id = k.session_id"
        " WHERE a.patient_id = ? AND a.state = 'open' AND s.patient_id = a.patient_id"
        " ORDER BY a.created_at, a.id LIMIT 1",
        patient_id,
    )
    return None if row is None else str(row["id"])
