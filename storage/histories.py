"""A patient's history: the course, replayed, with its alerts and what was said to them."""

from collections.abc import Sequence

from alliance.course import Course, Session, Told, points_of
from alliance.instruments import instrument
from alliance.repair import Word
from alliance.responses import Response
from alliance.rupture import Detector, Verdict, replayed
from storage import checkins, courses, people, responses
from storage.courses import Step
from storage.tx import Tx

WORDS = {Response.TALKED: Word.ADDRESSED, Response.NOT_RUPTURE: Word.NOT_A_RUPTURE}
"""What a response says of the episode; having been seen says nothing."""


async def course_of_patient(
    tx: Tx, *, patient_id: str, asked: str, detector: Detector, group_id: str | None = None
) -> Course:
    """Return all that is known of a patient's sessions under one instrument.

    Args:
        tx: An open transaction.
        patient_id: Whose.
        asked: Id of the instrument.
        detector: The site's for that instrument; it tells what was usual at each session.
        group_id: Only the sessions of this group; without it the patient's own.
    """
    steps = await courses.course_of(tx, patient_id=patient_id, instrument=asked, group_id=group_id)
    return await _told(tx, patient_id, asked, detector, steps)


async def course_around(
    tx: Tx, *, checkin_id: str, patient_id: str, asked: str, detector: Detector
) -> Course:
    """Return the course that a check-in belongs to: of the patient's own sessions, or a group's."""
    steps = await courses.course_around(
        tx, checkin_id=checkin_id, patient_id=patient_id, instrument=asked
    )
    return await _told(tx, patient_id, asked, detector, steps)


async def _told(
    tx: Tx, patient_id: str, asked: str, detector: Detector, steps: Sequence[Step]
) -> Course:
    """Put sessions, verdicts, alerts and what was said to them together."""
    _, verdicts = replayed(detector, [step.observation for step in steps])
    raised = await tx.all("SELECT checkin_id FROM alerts WHERE patient_id = ?", patient_id)
    said = await responses.of_patient(tx, patient_id)
    points = points_of(
        [
            Session(step.checkin_id, step.starts_at, step.observation, verdict)
            for step, verdict in zip(steps, verdicts, strict=True)
        ],
        alerted=frozenset(row["checkin_id"] for row in raised),
        told=[
            Told(given.checkin_id, given.at, WORDS[given.response])
            for given in said
            if given.response in WORDS
        ],
    )
    patient = await people.by_id(tx, patient_id)
    return Course(patient.code, patient.is_test, instrument(asked), points)


async def verdicts_of_session(
    tx: Tx, *, checkin_id: str, detector: Detector, asked: str
) -> dict[str, Verdict | None]:
    """Return what the detector says of all who were asked about one session, by patient.

    Args:
        tx: An open transaction.
        checkin_id: One of the check-ins about the session.
        detector: The site's for the instrument.
        asked: Id of the instrument.
    """
    found = {}
    for row in await checkins.of_same_session(tx, checkin_id):
        course = await courses.course_around(
            tx, checkin_id=row["id"], patient_id=row["patient_id"], instrument=asked
        )
        places = [place for place, step in enumerate(course) if step.checkin_id == row["id"]]
        observed = [step.observation for step in course[: places[0] + 1]] if places else []
        _, verdicts = replayed(detector, observed)
        found[row["patient_id"]] = verdicts[-1] if verdicts else None
    return found
