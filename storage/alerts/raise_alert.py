"""Raise an alert: one for each check-in, and one letter to each therapist who reads it."""

from datetime import datetime

from alliance.alerts.evidence import ASKED_FOR, WISH, Evidence
from alliance.calendar.timing import NEVER_QUIET, Quiet
from storage.alerts import alerts
from storage.caseload import digests
from storage.database.tx import Tx
from storage.messages import outbox
from storage.people import care


async def raise_alert(
    tx: Tx,
    *,
    checkin_id: str,
    patient_id: str,
    evidence: Evidence,
    detector: str,
    quiet: Quiet,
    at: datetime,
) -> bool:
    """Raise the alert of a check-in and post its letters; False when it has one already.

    Then its evidence is renewed, and nobody is told a second time. A therapist who wants alerts
    with the digest is told with the next one, unless the patient asks that something be taken up.
    """
    asked_for = evidence.kind in ASKED_FOR
    alert_id = await alerts.raise_once(
        tx,
        checkin_id=checkin_id,
        patient_id=patient_id,
        evidence=evidence,
        detector=detector,
        at=at,
    )
    if alert_id is None:
        if asked_for:
            await outbox.hurry_alert(tx, checkin_id=checkin_id, at=at)
        return False
    for therapist_id in await care.readers_of(tx, checkin_id=checkin_id, at=at):
        await outbox.post(
            tx,
            key=f"alert:{alert_id}:{therapist_id}",
            kind="alert",
            person_id=therapist_id,
            subject_id=alert_id,
            at=at,
            not_before=await digests.told_at(
                tx, therapist_id=therapist_id, asked_for=asked_for, quiet=quiet, at=at
            ),
        )
    return True


async def heed_wish(tx: Tx, *, checkin_id: str, patient_id: str, at: datetime) -> bool:
    """Let therapists hear that a session is to be brought up; True when they are told of it now.

    Where the check-in has an alert already, the wish is shown with that one, which then waits
    for no digest.
    """
    if await alerts.about_checkin(tx, checkin_id):
        return bool(await outbox.hurry_alert(tx, checkin_id=checkin_id, at=at))
    return await raise_alert(
        tx,
        checkin_id=checkin_id,
        patient_id=patient_id,
        evidence=Evidence(None),
        detector=WISH,
        quiet=NEVER_QUIET,
        at=at,
    )
