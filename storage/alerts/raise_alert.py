"""Raise an alert: one for each check-in, with one notice to each therapist who may read it."""

from datetime import datetime

from alliance.alerts.evidence import PATIENT_REQUEST_KINDS, AlertKind, Evidence
from alliance.calendar.timing import NO_QUIET_HOURS, QuietHours
from storage.alerts import alerts
from storage.caseload import digests
from storage.database.tx import Tx
from storage.messages import outbox
from storage.messages.post import post_alert
from storage.people import care


async def raise_alert(
    tx: Tx,
    *,
    checkin_id: str,
    patient_id: str,
    evidence: Evidence,
    detector: str,
    quiet: QuietHours,
    at: datetime,
) -> bool:
    """Raise the alert of a check-in and post its notices; False if it has one already.

    An existing alert gets the new evidence, and nobody is notified again. A therapist who wants
    alerts with the digest is notified with the next one, unless the patient asks to discuss
    something.
    """
    asked_for = evidence.kind in PATIENT_REQUEST_KINDS
    alert_id = await alerts.raise_or_update(
        tx,
        checkin_id=checkin_id,
        patient_id=patient_id,
        evidence=evidence,
        detector=detector,
        at=at,
    )
    if alert_id is None:
        if asked_for:
            await outbox.expedite_alert(tx, checkin_id=checkin_id, at=at)
        return False
    for therapist_id in await care.readers_of(tx, checkin_id=checkin_id, at=at):
        await post_alert(
            tx,
            alert_id=alert_id,
            therapist_id=therapist_id,
            at=at,
            not_before=await digests.alert_delivery_time(
                tx, therapist_id=therapist_id, asked_for=asked_for, quiet=quiet, at=at
            ),
        )
    return True


async def notify_of_wish(tx: Tx, *, checkin_id: str, patient_id: str, at: datetime) -> bool:
    """Notify therapists that the patient wants a session discussed; False if no notice is due.

    If the check-in already has an alert, that alert shows the wish and no longer waits for a
    digest.
    """
    if await alerts.exists_for_checkin(tx, checkin_id):
        return bool(await outbox.expedite_alert(tx, checkin_id=checkin_id, at=at))
    return await raise_alert(
        tx,
        checkin_id=checkin_id,
        patient_id=patient_id,
        evidence=Evidence(None),
        detector=AlertKind.WISH,
        quiet=NO_QUIET_HOURS,
        at=at,
    )
