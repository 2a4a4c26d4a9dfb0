"""What follows a session: its check-in, planned by the clock and by /session alike."""

from datetime import datetime

from alliance.cadence import timing, zone_named
from alliance.instruments import instrument
from storage import checkins, consents, sessions
from storage.people import Person
from storage.sessions import Session
from storage.tx import Tx


async def plan_checkin(tx: Tx, *, session: Session, at: datetime) -> str | None:
    """Plan the check-in of a session that is over; None when it has one already."""
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
