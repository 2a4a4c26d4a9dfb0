"""What follows a session: its check-ins, planned by the clock and by /session alike."""

from collections.abc import Sequence
from datetime import datetime

from alliance.calendar.timing import AWAKE, Quiet, Timing, out_of_quiet, timing, zone_named
from alliance.checkins.instruments import instrument
from alliance.checkins.review import CheckinState
from storage.calendar import sessions
from storage.calendar.attendance import is_missing, read_attendance
from storage.calendar.sessions import Session
from storage.checkins import checkins
from storage.consent import consents
from storage.database.tx import Tx
from storage.people import people
from storage.people.people import Person


def timing_of(
    session: Session, *, zone: str, next_session_at: datetime | None, reported: bool = False
) -> Timing:
    """Return when the check-in of a session is due, reminded and closed.

    Quiet hours hold back what the clock would send on its own. A session that a therapist
    reports as just over took place in them, so its question is not held back; the reminder is.

    Args:
        session: Which.
        zone: The patient's: theirs are the quiet hours.
        next_session_at: When the next one of the same patient or group begins.
        reported: Whether a therapist has said that it is over.
    """
    return timing(
        ended_at=session.ends_at,
        delay=session.delay,
        quiet=session.quiet,
        may_disturb=reported and session.delay <= AWAKE,
        zone=zone_named(zone),
        next_session_at=next_session_at,
        reminders=session.reminders,
        expiry=session.expiry,
    )


async def plan_checkins(
    tx: Tx, over: Sequence[Session], *, at: datetime, reported: bool = False
) -> int:
    """Plan the check-ins of sessions that are over; return how many are new.

    A group's member who was away is noted as such: for them there was no session.
    """
    attendance = await read_attendance(tx, over)
    planned = 0
    for session in over:
        next_session_at = await sessions.next_after(tx, session)
        for patient in attendance.of(session):
            missing = is_missing(session, patient)
            times = timing_of(
                session, zone=patient.zone, next_session_at=next_session_at, reported=reported
            )
            planned += None is not await checkins.add(
                tx,
                session=session,
                patient_id=patient.id,
                instrument_version=instrument(session.instrument).version,
                timing=times,
                state=CheckinState.NO_SESSION if missing else CheckinState.PLANNED,
                reason="away" if missing else "session over",
                at=at,
            )
    return planned


async def plan_checkin(
    tx: Tx, *, session: Session, at: datetime, reported: bool = False
) -> str | None:
    """Plan the check-in of one patient's session; None when it has one already."""
    patient = await people.by_id(tx, str(session.patient_id))
    return await checkins.add(
        tx,
        session=session,
        patient_id=patient.id,
        instrument_version=instrument(session.instrument).version,
        timing=timing_of(
            session,
            zone=patient.zone,
            next_session_at=await sessions.next_after(tx, session),
            reported=reported,
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
