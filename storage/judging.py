"""Judge a patient's course after a check-in, answered or not; an alert goes to all who care."""

from datetime import datetime

from alliance.evidence import Evidence
from alliance.rupture import Detector, replayed
from alliance.rupture.notes import notes
from storage import courses, raising
from storage.tx import Tx


async def judge(
    tx: Tx,
    *,
    checkin_id: str,
    patient_id: str,
    detector: Detector,
    instrument: str,
    at: datetime,
) -> bool:
    """Let the detector read the course up to a check-in; True when a new alert was posted.

    A check-in has at most one alert, and each therapist gets at most one letter about it.
    """
    course = await courses.course_around(
        tx, checkin_id=checkin_id, patient_id=patient_id, instrument=instrument
    )
    upto = next((at for at, step in enumerate(course) if step.checkin_id == checkin_id), None)
    if upto is None:
        return False
    observations = [step.observation for step in course[: upto + 1]]
    state, verdicts = replayed(detector, observations)
    verdict = verdicts[-1]
    if verdict is None or not verdict.alert:
        return False
    return await raising.raise_alert(
        tx,
        checkin_id=checkin_id,
        patient_id=patient_id,
        evidence=Evidence(verdict, notes(state, observations[-1])),
        detector=f"{detector.name} {detector.version}",
        at=at,
    )
