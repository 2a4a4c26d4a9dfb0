"""What follows a session: its check-in, planned by the clock and by /session alike."""

from datetime import datetime, timedelta

from alliance.cadence import Quiet, out_of_quiet, timing, zone_named
from alliance.instruments import instrument
from storage import checkins, consents, sessions
from storage.people import Person
from storage.sessions import Session
from storage.tx import Tx

AWAKE = timedelta(hours=1)
"""So long after a session that somebody reports, its patient is taken to be up."""


async def plan_checkin(
    tx: Tx, *, session: Session, at: datetime, reported: bool = False
) -> str | None:
    """Plan the check-in of a session that is over; None when it has one already.

    Quiet hours hold back what the clock would send on its own. A session that a therapist
    reports as just over took place in them, so its question is not held back; the reminder is.
    """
    wakeful = reported and session.delay <= AWAKE
    next_session_at = await sessions.next_after(
        tx, patient_id=session.patient_id, at=session.ends_at
    )
    return await checkins.add(
        tx,
        session=session,
        patient_id=session.patient_id,
        instrument_version=instrument(session.instrument).version,
        timing=timing(
            ended_at=session.ends_at,
            delay=session.delay,
            quiet=session.quiet,
            may_disturb=wakeful,
            zone=zone_named(session.zone),
            next_session_at=next_session_at,
        ),
        at=at,
    )


async def why_not_asked(tx: Tx, patient: Person) -> str | None:
    """Return why a patient is not asked now; None when they are."""
    if patient.state != "active":
        return patient.state
    return None if await consents.agrees(tx, patient.id) else "no consent"


def waking(at: datetime, quiet: Quiet, person: Person) -> datetime:
    """Return ``at``, or the end of the person's quiet hours when it lies in them."""
    return out_of_quiet(at, quiet, zone_named(person.zone))
