"""A patient's history: the course, replayed, with its alerts and what was said to them."""

from alliance.alerts.episodes import Stage
from alliance.alerts.responses import Response
from alliance.caseload.course import Course, Session, points_of
from alliance.checkins.instruments import instrument
from alliance.rupture import Detector, Verdict, replayed
from storage.alerts import episodes, responses
from storage.caseload import courses
from storage.checkins import checkins
from storage.database.tx import Tx
from storage.people import people


async def course_of_patient(tx: Tx, which: courses.Course, detector: Detector) -> Course:
    """Return all that is known of the sessions of one course.

    Args:
        tx: An open transaction.
        which: Whose sessions, and under which instrument.
        detector: The site's for that instrument; it tells what was usual at each session.
    """
    steps = await courses.steps_of(tx, which)
    _, verdicts = replayed(detector, [step.observation for step in steps])
    raised = await tx.all("SELECT checkin_id FROM alerts WHERE patient_id = ?", which.patient_id)
    said = await responses.of_patient(tx, which.patient_id)
    followed = await episodes.of_course(tx, which)
    points = points_of(
        [
            Session(step.checkin_id, step.starts_at, step.observation, verdict)
            for step, verdict in zip(steps, verdicts, strict=True)
        ],
        alerted=frozenset(row["checkin_id"] for row in raised),
        addressed={one.checkin_id for one in said if one.response is Response.TALKED},
        recovered={str(one.turned_by) for one in followed if one.episode.stage is Stage.RECOVERED},
    )
    patient = await people.by_id(tx, which.patient_id)
    return Course(patient.code, patient.is_test, instrument(which.instrument), points)


async def verdicts_of_session(
    tx: Tx, *, checkin_id: str, detector: Detector
) -> dict[str, Verdict | None]:
    """Return what the detector says of all who were asked about one session, by patient.

    Args:
        tx: An open transaction.
        checkin_id: One of the check-ins about the session.
        detector: The site's for the instrument.
    """
    found = {}
    for row in await checkins.of_same_session(tx, checkin_id):
        course = await courses.steps_of(tx, await courses.course_around(tx, row["id"]))
        places = [place for place, step in enumerate(course) if step.checkin_id == row["id"]]
        observed = [step.observation for step in course[: places[0] + 1]] if places else []
        _, verdicts = replayed(detector, observed)
        found[row["patient_id"]] = verdicts[-1] if verdicts else None
    return found
