"""Raise an alert: one for each check-in, and one letter to each therapist who reads it."""

from datetime import datetime

from alliance.evidence import WISH, Evidence
from storage import alerts, care, outbox
from storage.tx import Tx


async def raise_alert(
    tx: Tx, *, checkin_id: str, patient_id: str, evidence: Evidence, detector: str, at: datetime
) -> bool:
    """Raise the alert of a check-in and post its letters; False when it has one already.

    Then its evidence is renewed, and nobody is told a second time.
    """
    alert_id = await alerts.raise_once(
        tx,
        checkin_id=checkin_id,
        patient_id=patient_id,
        evidence=evidence,
        detector=detector,
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


async def heed_wish(tx: Tx, *, checkin_id: str, patient_id: str, at: datetime) -> bool:
    """Let therapists hear that a session is to be brought up; True when they are told of it now.

    Where the check-in has an alert already, the wish is shown with that one.
    """
    if await alerts.about_checkin(tx, checkin_id):
        return False
    return await raise_alert(
        tx,
        checkin_id=checkin_id,
        patient_id=patient_id,
        evidence=Evidence(None),
        detector=WISH,
        at=at,
    )
