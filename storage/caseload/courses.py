"""A patient's course: one observation for each session that took place, as detectors use it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from alliance.checkins.instruments import Answers
from alliance.checkins.review import CheckinState
from alliance.rupture import (
    UNANSWERED,
    WITHOUT_CHECKIN,
    DirectAnswer,
    FeltOff,
    FollowUpAnswer,
    Observation,
)
from storage.database.tx import Row, Tx, utc_time, utc_time_or_none


class CourseKey(NamedTuple):
    """Identifies a course: a patient's individual or group sessions, under one instrument.

    Attributes:
        group_id: None for individual sessions, or for all sessions if the instrument was used in
            groups only.
    """

    patient_id: str
    instrument: str
    group_id: str | None = None


@dataclass(frozen=True, slots=True)
class CourseStep:
    """One session of a course: its check-in, when it began, and the observation."""

    checkin_id: str
    starts_at: datetime
    observation: Observation


_LATEST = "9"
"""Later than every time as text."""

_NOT_ASKED = frozenset(
    {CheckinState.MISSED, CheckinState.UNDELIVERABLE, CheckinState.CANCELLED, CheckinState.PLANNED}
)
"""The session took place, but the patient was never asked, so this is not silence."""


async def steps_of(tx: Tx, course: CourseKey) -> list[CourseStep]:
    """Return the sessions of a course in the order in which they took place.

    Sessions that did not take place are left out, as are check-ins answered with "there was no
    session" and open check-ins without an answer. Each observation names the therapist at that
    time, so that a change of therapist starts a new baseline. If there were several, it is the one
    who had treated the patient longest, so that adding or removing others changes nothing. For a
    group session it is the group, because its leaders may take turns.
    """
    patient_id, instrument, group_id = course
    rows = await tx.all(
        "SELECT id, session_id, state, direct, direct_after, opened_at, completed_at FROM checkins"
        " WHERE patient_id = ? AND instrument = ? AND state <> 'no_session'",
        patient_id,
        instrument,
    )
    sessions = await _sessions(tx, patient_id, {row["session_id"] for row in rows})
    held = [(sessions[row["session_id"]], row) for row in rows]
    held = [(session, row) for session, row in held if _took_place(session, row)]
    if group_id is not None or any(session["group_id"] is None for session, _ in held):
        held = [(session, row) for session, row in held if session["group_id"] == group_id]
    answers = await _answers(tx, patient_id)
    cares = await tx.all(
        "SELECT therapist_id, from_at, to_at FROM care WHERE patient_id = ? ORDER BY from_at, id",
        patient_id,
    )
    steps = []
    for session, row in sorted(held, key=lambda pair: (pair[0]["starts_at"], pair[1]["id"])):
        therapist = session["group_id"] or _therapist_at(cares, session["ends_at"])
        observation = _observation(row, answers.get(row["id"], {}), therapist)
        if observation is not None:
            steps.append(CourseStep(row["id"], utc_time(session["starts_at"]), observation))
    return steps


async def _sessions(tx: Tx, patient_id: str, wanted: Collection[str]) -> dict[str, Row]:
    """Return sessions by id: all individual ones, in one read by index, and wanted group ones."""
    found = await tx.all(
        "SELECT id, NULL AS group_id, starts_at, ends_at, state FROM sessions WHERE patient_id = ?",
        patient_id,
    )
    sessions = {row["id"]: row for row in found}
    others = [session_id for session_id in wanted if session_id not in sessions]
    if others:
        marks = ", ".join("?" for _ in others)
        found = await tx.all(
            f"SELECT id, group_id, starts_at, ends_at, state FROM sessions WHERE id IN ({marks})",
            *others,
        )
        sessions |= {row["id"]: row for row in found}
    return sessions


def _took_place(session: Row, checkin: Row) -> bool:
    return session["state"] in ("planned", "held") or checkin["state"] == CheckinState.COMPLETED


def _therapist_at(cares: Iterable[Row], at: str) -> str | None:
    """Return who had treated the patient longest at that time, if anybody."""
    current = (care for care in cares if care["from_at"] <= at < (care["to_at"] or _LATEST))
    return next((str(care["therapist_id"]) for care in current), None)


async def _answers(tx: Tx, patient_id: str) -> dict[str, Answers]:
    answers: dict[str, Answers] = {}
    for row in await tx.all(
        "SELECT checkin_id, item, value FROM answers WHERE patient_id = ?", patient_id
    ):
        answers.setdefault(row["checkin_id"], {})[row["item"]] = row["value"]
    return answers


async def course_of_checkin(tx: Tx, checkin_id: str) -> CourseKey:
    """Return the course of a check-in, which must exist."""
    row = await tx.one(
        "SELECT k.patient_id, k.instrument, s.group_id FROM checkins k"
        " JOIN sessions s ON s.id = k.session_id WHERE k.id = ?",
        checkin_id,
    )
    if row is None:
        raise LookupError("no check-in has that id")
    return CourseKey(row["patient_id"], row["instrument"], row["group_id"])


def _observation(row: Row, answers: Answers, therapist: str | None) -> Observation | None:
    state = CheckinState(row["state"])
    if state in _NOT_ASKED:
        return Observation(None, WITHOUT_CHECKIN.asked, therapist=therapist)
    if answers or row["direct"] is not None:
        return Observation(answers, True, _direct_answer(row), therapist, _seconds(row))
    if state in (CheckinState.EXPIRED, CheckinState.SKIPPED, CheckinState.COMPLETED):
        return Observation(None, UNANSWERED.asked, therapist=therapist)
    return None


def _seconds(row: Row) -> float | None:
    """Return how long answering took, in seconds, from the first answer to the last."""
    begun, ended = utc_time_or_none(row["opened_at"]), utc_time_or_none(row["completed_at"])
    return None if begun is None or ended is None else (ended - begun).total_seconds()


def _direct_answer(row: Row) -> DirectAnswer | None:
    if row["direct"] not in set(FeltOff):
        return None
    after = row["direct_after"]
    return DirectAnswer(
        FeltOff(row["direct"]), FollowUpAnswer(after) if after in set(FollowUpAnswer) else None
    )


async def patients_with_course(tx: Tx) -> list[str]:
    """Return the ids of all patients who have had a check-in."""
    rows = await tx.all("SELECT DISTINCT patient_id FROM checkins ORDER BY patient_id")
    return [row["patient_id"] for row in rows]
