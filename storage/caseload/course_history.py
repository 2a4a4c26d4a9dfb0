"""A course as people look at it: replayed through the detector, with alerts and responses."""

from alliance.alerts.episodes import Stage
from alliance.alerts.responses import Response
from alliance.caseload.course import CourseSession, CourseView, points_of
from alliance.checkins.instruments import instrument
from alliance.rupture import Detector, Verdict, replay_observations
from storage.alerts import episodes, responses
from storage.caseload import courses
from storage.checkins import checkins
from storage.database.tx import Tx
from storage.people import people


async def course_of_patient(tx: Tx, key: courses.CourseKey, detector: Detector) -> CourseView:
    """Return a course with what was usual at each session and what came of each alert.

    Args:
        tx: An open transaction.
        key: The course.
        detector: The site's detector for its instrument.
    """
    steps = await courses.steps_of(tx, key)
    _, verdicts = replay_observations(detector, [step.observation for step in steps])
    raised = await tx.all("SELECT checkin_id FROM alerts WHERE patient_id = ?", key.patient_id)
    given = await responses.of_patient(tx, key.patient_id)
    derived = await episodes.of_course(tx, key)
    points = points_of(
        [
            CourseSession(step.checkin_id, step.starts_at, step.observation, verdict)
            for step, verdict in zip(steps, verdicts, strict=True)
        ],
        alerted=frozenset(row["checkin_id"] for row in raised),
        addressed={one.checkin_id for one in given if one.response is Response.TALKED},
        recovered={str(one.turned_by) for one in derived if one.episode.stage is Stage.RECOVERED},
    )
    patient = await people.by_id(tx, key.patient_id)
    return CourseView(patient.code, patient.is_test, instrument(key.instrument), points)


async def verdicts_of_session(
    tx: Tx, *, checkin_id: str, detector: Detector
) -> dict[str, Verdict | None]:
    """Return the verdicts on one session, by patient: for a group session, one for each member.

    Args:
        tx: An open transaction.
        checkin_id: One of the check-ins about the session.
        detector: The site's detector for its instrument.
    """
    by_patient = {}
    for row in await checkins.of_same_session(tx, checkin_id):
        course = await courses.steps_of(tx, await courses.course_of_checkin(tx, row["id"]))
        places = [place for place, step in enumerate(course) if step.checkin_id == row["id"]]
        observed = [step.observation for step in course[: places[0] + 1]] if places else []
        _, verdicts = replay_observations(detector, observed)
        by_patient[row["patient_id"]] = verdicts[-1] if verdicts else None
    return by_patient
