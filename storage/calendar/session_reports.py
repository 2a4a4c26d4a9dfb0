"""What therapists report of sessions, each report with its line in the audit log.

A report cannot be undone: it is corrected by another report.
"""

from datetime import datetime

from alliance.calendar.session_outcomes import SessionOutcome
from alliance.calendar.timetable import PlanSettings
from storage.audit.change import Change
from storage.calendar import plan_checkins, session_changes, session_outcomes, sessions
from storage.calendar.sessions import Session
from storage.checkins import checkins
from storage.people.people import Person


async def report_patient_session(
    change: Change, patient: Person, settings: PlanSettings, zone: str
) -> Session:
    """Record a patient's session that has just ended, and plan its check-in."""
    session = await add_ended_session(change, settings, zone, patient_id=patient.id)
    await plan_checkins.plan_checkins(change.tx, [session], at=change.at, reported=True)
    await _record(change, session, SessionOutcome.HELD)
    return session


async def report_group_session(
    change: Change, group_id: str, settings: PlanSettings, zone: str
) -> None:
    """Record a group's session that has just ended, and plan its members' check-ins."""
    session = await add_ended_session(change, settings, zone, group_id=group_id)
    await plan_checkins.plan_checkins(change.tx, [session], at=change.at, reported=True)
    facts = {"session": session.id, "state": SessionOutcome.HELD}
    await change.record("session.reported", group_id, after=facts)


async def add_ended_session(
    change: Change,
    settings: PlanSettings,
    zone: str,
    *,
    patient_id: str | None = None,
    group_id: str | None = None,
) -> Session:
    """Record a session that has just ended, and close check-ins about earlier ones.

    It is not in the audit log yet: a report of what became of it follows.
    """
    await checkins.close_earlier(change.tx, patient_id=patient_id, group_id=group_id, at=change.at)
    return await sessions.record_ended_session(
        change.tx,
        patient_id=patient_id,
        group_id=group_id,
        zone=zone,
        settings=settings,
        at=change.at,
    )


async def report_upcoming(change: Change, session: Session, outcome: SessionOutcome) -> bool:
    """Cancel a session that has not begun, or let it be held after all.

    Returns:
        False if it is too late, it belongs to no plan, or the outcome is another one.
    """
    plan_id, planned_for = session.plan_id, session.planned_for
    if plan_id is None or planned_for is None:
        return False
    if outcome is SessionOutcome.CANCELLED:
        is_done = await session_changes.cancel(
            change.tx, plan_id=plan_id, planned_for=planned_for, at=change.at
        )
    elif outcome is SessionOutcome.HELD:
        is_done = await session_changes.move(
            change.tx,
            plan_id=plan_id,
            planned_for=planned_for,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            at=change.at,
        )
    else:
        return False
    if is_done:
        await _record(change, session, outcome)
    return is_done


async def report_held(
    change: Change, session: Session, patient: Person, outcome: SessionOutcome, *, may_ask: bool
) -> datetime | None:
    """Record that a session was held, perhaps not to its end; see ``session_outcomes``."""
    asked_at = await session_outcomes.record_held(
        change.tx,
        session=session,
        patient=patient,
        ended_early=outcome is SessionOutcome.ENDED_EARLY,
        may_ask=may_ask,
        at=change.at,
    )
    await _record(change, session, outcome)
    return asked_at


async def report_not_held(change: Change, session: Session, outcome: SessionOutcome) -> bool:
    """Record that a session was not held; False if the patient has answered its check-in."""
    is_done = await session_outcomes.record_not_held(
        change.tx, session=session, outcome=outcome, at=change.at
    )
    if is_done:
        await _record(change, session, outcome)
    return is_done


async def _record(change: Change, session: Session, outcome: SessionOutcome) -> None:
    await change.record(
        "session.reported",
        session.patient_id,
        before={"session": session.id, "state": session.state},
        after={"session": session.id, "state": outcome},
    )
