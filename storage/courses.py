"""A patient's course: one observation for each session that took place, as detectors read it."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from alliance.instruments import Answers
from alliance.review import CheckinState
from alliance.rupture import (
    UNANSWERED,
    WITHOUT_CHECKIN,
    DirectAnswer,
    Felt,
    Observation,
    Settled,
)
from storage.tx import Row, Tx, at_time, at_time_or_none


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
        "SELECT k.id, k.state, k.direct, k.direct_after, s.starts_at,"
        " COALESCE(s.group_id, (SELECT c.therapist_id FROM care c"
        "  WHERE c.patient_id = k.patient_id"
        "  AND c.from_at <= s.ends_at AND (c.to_at IS NULL OR c.to_at > s.ends_at)"
        "  ORDER BY c.from_at, c.id LIMIT 1)) AS therapist_id"
        ", k.opened_at, k.completed_at, s.group_id"
        " FROM checkins k JOIN sessions s ON s.id = k.session_id"
        " WHERE k.patient_id = ? AND k.instrument = ? AND k.state <> 'no_session'"
        " AND (s.state IN ('planned', 'held') OR k.state = 'completed')"
        " ORDER BY s.starts_at, k.id",
        patient_id,
        instrument,
    )
    if group_id is not None or any(row["group_id"] is None for row in rows):
        rows = [row for row in rows if row["group_id"] == group_id]
    answers: dict[str, Answers] = {}
    for answer in await tx.all(
        "SELECT a.checkin_id, a.item, a.value FROM answers a"
        " JOIN checkins k ON k.id = a.checkin_id WHERE k.patient_id = ?",
        patient_id,
    ):
        answers.setdefault(answer["checkin_id"], {})[answer["item"]] = answer["value"]
    course = []
    for row in rows:
        observation = _observed(row, answers.get(row["id"], {}))
        if observation is not None:
            course.append(Step(row["id"], at_time(row["starts_at"]), observation))
    return course


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


def _observed(row: Row, answers: Answers) -> Observation | None:
    state = CheckinState(row["state"])
    therapist = row["therapist_id"]
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
