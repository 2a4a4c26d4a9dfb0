"""Records what became of a session that has begun: held, ended early, or not held.

Nothing here writes to the audit log; ``session_reports`` does.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alliance.calendar.session_outcomes import SessionOutcome
from alliance.checkins.review import UNFINISHED, CheckinState
from storage.alerts import derive_episodes
from storage.calendar import plan_checkins, sessions
from storage.calendar.sessions import Session, session_of
from storage.caseload import courses
from storage.checkins import checkins
from storage.database.tx import Row, Tx, utc_text, utc_text_or_none, utc_time
from storage.messages import outbox
from storage.messages.post import post_prompt, post_refresh
from storage.people.people import Person

NEARBY = timedelta(hours=36)
"""Enough to cover "today" in every time zone."""

_REASONS = {SessionOutcome.NO_SHOW: "did not come", SessionOutcome.CANCELLED: "session cancelled"}
"""Why a check-in is withdrawn; a correction reinstates only those with one of these reasons."""


async def sessions_around(tx: Tx, *, patient_id: str, at: datetime) -> Sequence[Session]:
    """Return a patient's own sessions from yesterday to tomorrow."""
    rows = await tx.all(
        "SELECT * FROM sessions WHERE patient_id = ? AND starts_at > ? AND starts_at < ?"
        " ORDER BY starts_at",
        patient_id,
        utc_text(at - NEARBY),
        utc_text(at + NEARBY),
    )
    return [session_of(row) for row in rows if row["reason"] != "moved"]


async def record_held(
    tx: Tx, *, session: Session, patient: Person, ended_early: bool, may_ask: bool, at: datetime
) -> datetime | None:
    """Record that a session was held, and plan its check-in or reinstate a withdrawn one.

    Args:
        tx: An open transaction.
        session: The session; it has begun.
        patient: Its patient.
        ended_early: Whether it was broken off.
        may_ask: Whether the patient may be asked now.
        at: Now, aware.

    Returns:
        When the patient is or was asked; None if they are not.
    """
    ended_at = min(session.ends_at, at)
    await tx.run(
        "UPDATE sessions SET state = 'held', reason = NULL, ended_early = ?, ends_at = ?"
        " WHERE id = ?",
        int(ended_early),
        utc_text(ended_at),
        session.id,
    )
    if not may_ask:
        return None
    held = replace(session, state="held", reason=None, ends_at=ended_at)
    checkin = await _checkin(tx, held)
    if checkin is None:
        await plan_checkins.plan_checkins(tx, [held], at=at, reported=True)
    elif checkin["state"] == CheckinState.CANCELLED and await _was_withdrawn(tx, checkin["id"]):
        await _reinstate_checkin(tx, checkin["id"], replace(held, ends_at=at), patient, at)
    checkin = await _checkin(tx, held)
    return None if checkin is None else utc_time(checkin["due_at"])


async def _was_withdrawn(tx: Tx, checkin_id: str) -> bool:
    row = await tx.one(
        "SELECT reason FROM checkin_events WHERE checkin_id = ? ORDER BY at DESC, id DESC LIMIT 1",
        checkin_id,
    )
    return row is not None and row["reason"] in _REASONS.values()


async def _reinstate_checkin(
    tx: Tx, checkin_id: str, session: Session, patient: Person, at: datetime
) -> None:
    """Ask a withdrawn question now, with the full time to answer."""
    timing = plan_checkins.timing_of(
        replace(session, delay=timedelta()),
        zone=patient.zone,
        next_session_at=await sessions.next_start_after(tx, session),
        reported=True,
    )
    await tx.run(
        "UPDATE checkins SET due_at = ?, closes_at = ?, remind_at = ?, reminders_left = ?,"
        " awake_until = ? WHERE id = ?",
        utc_text(timing.due_at),
        utc_text(timing.closes_at),
        utc_text_or_none(timing.remind_at),
        timing.reminders,
        utc_text_or_none(timing.awake_until),
        checkin_id,
    )
    await checkins.change_state(
        tx,
        checkin_id=checkin_id,
        to=CheckinState.DUE,
        reason="took place after all",
        at=at,
        only_from=frozenset({CheckinState.CANCELLED}),
    )
    await post_prompt(
        tx,
        checkin_id=checkin_id,
        patient_id=patient.id,
        at=at,
        not_before=timing.due_at,
        is_reopened=True,
    )


async def record_not_held(
    tx: Tx, *, session: Session, outcome: SessionOutcome, at: datetime
) -> bool:
    """Record that a session was not held; False if the patient has answered its check-in.

    A question that was sent disappears from the chat. The session is not part of the course.
    """
    checkin = await _checkin(tx, session)
    if checkin is not None and checkin["state"] == CheckinState.COMPLETED:
        return False
    await tx.run(
        "UPDATE sessions SET state = ?, reason = ?, ended_early = 0 WHERE id = ?",
        outcome,
        "cancelled" if outcome is SessionOutcome.CANCELLED else None,
        session.id,
    )
    if checkin is not None:
        await _withdraw_checkin(tx, checkin, _REASONS[outcome], at)
        await derive_episodes.derive(tx, await courses.course_of_checkin(tx, checkin["id"]))
    return True


async def _withdraw_checkin(tx: Tx, checkin: Row, reason: str, at: datetime) -> None:
    is_withdrawn = await checkins.change_state(
        tx,
        checkin_id=checkin["id"],
        to=CheckinState.CANCELLED,
        reason=reason,
        at=at,
        only_from=UNFINISHED,
    )
    if not is_withdrawn:
        return
    await outbox.cancel_by_subject(tx, subject_id=checkin["id"], reason=reason)
    if checkin["message_id"] is not None:
        await post_refresh(
            tx,
            checkin_id=checkin["id"],
            patient_id=checkin["patient_id"],
            cause="close",
            at=at,
        )


async def _checkin(tx: Tx, session: Session) -> Row | None:
    return await tx.one(
        "SELECT id, patient_id, state, due_at, message_id FROM checkins"
        " WHERE session_id = ? AND patient_id = ?",
        session.id,
        session.patient_id,
    )
