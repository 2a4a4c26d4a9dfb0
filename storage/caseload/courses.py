"""A patient's course: one observation for each session that took place, as detectors read it."""

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
    Felt,
    Observation,
    Settled,
)
from storage.database.tx import Row, Tx, at_time, at_time_or_none


class Course(NamedTuple):
    """Which sessions belong together: the patient's own, or those of a group, under one instrument.

    Attributes:
        group_id: None for the patient's own sessions.
    """

    patient_id: str
    instrument: str
    group_id: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One session of a course: when it began, its check-in, and what was observed."""

    checkin_id: str
    starts_at: datetime
    observation: Observation


_ENDLESS = "9"
"""Later than every time as text."""

_NOT_ASKED = frozenset(
    {CheckinState.MISSED, CheckinState.UNDELIVERABLE, CheckinState.CANCELLED, CheckinState.PLANNED}
)
"""The session took place, but its patient was never asked: that is no silence."""


async def course_of(
    tx: Tx, *, patient_id: str, instrument: str, group_id: str | None = None
) -> list[Step]:
    """Return a patient's sessions in the order in which they took place.

    A check-in that says "there was no session" is left out, and so is one that is still
    open and has no answer, and a session that did not take place. Each session names the
    therapist who looked after the patient then, so that a change of therapist starts a new
    baseline. Of several at once it is the one who had looked after the patient longest: one
    more, or one less of the others, changes nothing. Leaders may take turns: a session of a
    group names the group.

    Args:
        tx: An open transaction.
        patient_id: Whose course.
        instrument: What was asked.
        group_id: Only the sessions of this group; without it only the patient's own, unless
            the instrument was asked in groups alone.
    """
    rows = await tx.all(
        "SELECT id, session_id, state, direct, direct_after, opened_at, completed_at FROM checkins"
        " WHERE patient_id = ? AND instrument = ? AND state <> 'no_session'",
        patient_id,
        instrument,
    )
    sessions = await _sessions(tx, patient_id, {row["session_id"] for row in rows})
    taken = [(sessions[row["session_id"]], row) for row in rows]
    taken = [(session, row) for session, row in taken if _took_place(session, row)]
    if group_id is not None or any(session["group_id"] is None for session, _ in taken):
        taken = [(session, row) for session, row in taken if session["group_id"] == group_id]
    answers = await _answers(tx, patient_id)
    cares = await tx.all(
        "SELECT therapist_id, from_at, to_at FROM care WHERE patient_id = ? ORDER BY from_at, id",
        patient_id,
    )
    course = []
    for session, row in sorted(taken, key=lambda both: (both[0]["starts_at"], both[1]["id"])):
        therapist = session["group_id"] or _looking_after(cares, session["ends_at"])
        observation = _observed(row, answers.get(row["id"], {}), therapist)
        if observation is not None:
            course.append(Step(row["id"], at_time(session["starts_at"]), observation))
    return course


async def _sessions(tx: Tx, patient_id: str, wanted: Collection[str]) -> dict[str, Row]:
    """Return the wanted sessions by id: the patient's own, which lie side by side, and groups'."""
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


def _looking_after(cares: Iterable[Row], at: str) -> str | None:
    """Return who had looked after the patient longest at that time; None where nobody did."""
    there = (care for care in cares if care["from_at"] <= at < (care["to_at"] or _ENDLESS))
    return next((str(care["therapist_id"]) for care in there), None)


async def _answers(tx: Tx, patient_id: str) -> dict[str, Answers]:
    answers: dict[str, Answers] = {}
    for row in await tx.all(
        "SELECT checkin_id, item, value FROM answers WHERE patient_id = ?", patient_id
    ):
        answers.setdefault(row["checkin_id"], {})[row["item"]] = row["value"]
    return answers


async def course_around(tx: Tx, checkin_id: str) -> Course:
    """Return the course that a check-in, which must exist, belongs to."""
    row = await tx.one(
        "SELECT k.patient_id, k.instrument, s.group_id FROM checkins k"
        " JOIN sessions s ON s.id = k.session_id WHERE k.id = ?",
        checkin_id,
    )
    if row is None:
        raise LookupError("no check-in has that id")
    return Course(row["patient_id"], row["instrument"], row["group_id"])


async def steps_of(tx: Tx, course: Course) -> list[Step]:
    """Return the sessions of a course in the order in which they took place."""
    return await course_of(
        tx, patient_id=course.patient_id, instrument=course.instrument, group_id=course.group_id
    )


def _observed(row: Row, answers: Answers, therapist: str | None) -> Observation | None:
    state = CheckinState(row["state"])
    if state in _NOT_ASKED:
        return Observation(None, WITHOUT_CHECKIN.asked, therapist=therapist)
    if answers or row["direct"] is not None:
        return Observation(answers, True, _direct(row), therapist, _seconds(row))
    if state in (CheckinState.EXPIRED, CheckinState.SKIPPED, CheckinState.COMPLETED):
        return Observation(None, UNANSWERED.asked, therapist=therapist)
    return None


def _seconds(row: Row) -> float | None:
    """Return how long the answering took, from the first answer to the last."""
    begun, ended = at_time_or_none(row["opened_at"]), at_time_or_none(row["completed_at"])
    return None if begun is None or ended is None else (ended - begun).total_seconds()


def _direct(row: Row) -> DirectAnswer | None:
    if row["direct"] not in set(Felt):
        return None
    after = row["direct_after"]
    return DirectAnswer(Felt(row["direct"]), Settled(after) if after in set(Settled) else None)


async def patients_with_course(tx: Tx) -> list[str]:
    """Return the ids of everybody who has had a check-in."""
    rows = await tx.all("SELECT DISTINCT patient_id FROM checkins ORDER BY patient_id")
    return [row["patient_id"] for row in rows]
