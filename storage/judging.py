"""Judge a patient's course after a check-in, answered or not; an alert goes to all who care."""

import json
from dataclasses import asdict
from datetime import datetime

from alliance.rupture import Detector, Verdict, replayed
from alliance.rupture.notes import notes
from storage import alerts, care, courses, outbox
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
    beside = [{"kind": note.kind, "count": note.count} for note in notes(state, observations[-1])]
    alert_id = await alerts.raise_once(
        tx,
        checkin_id=checkin_id,
        patient_id=patient_id,
        kind=verdict.kind,
        evidence={**evidence_of(verdict), "notes": beside},
        detector=f"{detector.name} {detector.version}",
        at=at,
    )
    if alert_id is None:
        return False
    for therapist_id in await care.readers_of(tx, checkin_id=checkin_id, at=at):
        await outbox.post(
            tx,
            key=f"alert:{alert_id}:{therapist_id}",
            kind="alert",
            person_id=therapist_id,
            subject_id=alert_id,
            at=at,
        )
    return True


def evidence_of(verdict: Verdict) -> dict[str, object]:
    """Return a verdict as plain data, exact, for the database."""
    plain: dict[str, object] = json.loads(json.dumps(asdict(verdict)))
    return plain
