"""Plans the check-ins that follow a session, for the scheduler and for /session."""

from collections.abc import Sequence
from datetime import datetime

from alliance.calendar.timing import (
    AWAKE_AFTER_SESSION,
    QuietHours,
    Timing,
    checkin_timing,
    skip_quiet_hours,
    zone_named,
)
from alliance.checkins.instruments import instrument
from alliance.checkins.review import CheckinState
from alliance.people.roles_and_states import PersonState
from storage.calendar import sessions
from storage.calendar.attendance import is_missing, read_attendance
from storage.calendar.sessions import Session
from storage.checkins import checkins
from storage.consent import consents
from storage.database.tx import Tx
from storage.people.people import Person


def timing_of(
    session: Session, *, zone: str, next_session_at: datetime | None, reported: bool = False
) -> Timing:
    """Return when the check-in of a session is due, reminded of and closed.

    Quiet hours hold back what the scheduler sends on its own. If a therapist reports during
    quiet hours that a session has just ended, the patient is awake: the question is sent, and
    only its reminder is held back.

    Args:
        session: The session.
        zone: The patient's time zone, in which quiet hours are meant.
        next_session_at: When the next session of the same patient or group begins.
        reported: Whether a therapist has reported that it is over.
    """
    return checkin_timing(
        ended_at=session.ends_at,
        delay=session.delay,
        quiet=session.quiet,
        may_disturb=reported and session.delay <= AWAKE_AFTER_SESSION,
        zone=zone_named(zone),
        next_session_at=next_session_at,
        reminders=session.reminders,
        expiry=session.expiry,
    )


async def plan_checkins(
    tx: Tx, ended_sessions: Sequence[Session], *, at: datetime, reported: bool = False
) -> list[str]:
    """Plan the check-ins of sessions that are over; return the ids of the new ones.

    A group member who was away gets one with the state "no session", which is never sent.
    """
    attendance = await read_attendance(tx, ended_sessions)
    planned = []
    for session in ended_sessions:
        next_session_at = await sessions.next_start_after(tx, session)
        for patient in attendance.of(session):
            is_absent = is_missing(session, patient)
            timing = timing_of(
                session, zone=patient.zone, next_session_at=next_session_at, reported=reported
            )
            checkin_id = await checkins.add(
                tx,
                session=session,
                patient_id=patient.id,
                instrument_version=instrument(session.instrument).version,
                timing=timing,
                state=CheckinState.NO_SESSION if is_absent else CheckinState.PLANNED,
                reason="away" if is_absent else "session over",
                at=at,
            )
            planned += [] if checkin_id is None else [checkin_id]
    return planned


async def why_not_asked(tx: Tx, patient: Person) -> str | None:
    """Return why a patient is not asked now; None if they are."""
    if patient.state != PersonState.ACTIVE:
        return patient.state
    return None if await consents.has_agreed(tx, patient.id) else "no consent"


def after_quiet_hours(at: datetime, quiet: QuietHours, person: Person) -> datetime:
    """Return ``at``, or the end of the person's quiet hours if it falls within them."""
    return skip_quiet_hours(at, quiet, zone_named(person.zone))
