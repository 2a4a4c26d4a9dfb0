"""What a therapist says became of a session: it took place, ended early, or it did not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alliance.calendar.session_outcomes import Outcome
from alliance.checkins.review import ANSWERABLE, CheckinState
from storage.alerts import derive_episodes
from storage.calendar import plan_checkins, sessions
from storage.calendar.sessions import Session, session_of
from storage.caseload import courses
from storage.checkins import checkins
from storage.database.tx import Row, Tx, at_text, at_time
from storage.messages import outbox
from storage.people.people import Person

AROUND = timedelta(hours=36)
"""Wider than any zone's today."""

UNFINISHED = ANSWERABLE | {CheckinState.PLANNED}

_REASONS = {Outcome.NO_SHOW: "did not come", Outcome.CANCELLED: "session cancelled"}
"""Why a check-in is taken back; kept with it, so that only this is undone by a correction."""


async def around(tx: Tx, *, patient_id: str, at: datetime) -> Sequence[Session]:
    """Return a patient's own sessions from yesterday to tomorrow."""
    rows = await tx.all(
        "SELECT * FROM sessions WHERE patient_id = ? AND starts_at > ? AND starts_at < ?"
        " ORDER BY starts_at",
        patient_id,
        at_text(at - AROUND),
        at_text(at + AROUND),
    )
    return [session_of(row) for row in rows if row["reason"] != "moved"]


async def took_place(
    tx: Tx, *, session: Session, patient: Person, early: bool, may_ask: bool, at: datetime
) -> datetime | None:
    """Keep that a session took place; its check-in follows, also one that was taken back before.

    Args:
        tx: An open transaction.
        session: Which; it has begun.
        patient: Whose.
        early: Whether it was broken off.
        may_ask: Whether the patient may be asked now.
        at: When it is said, aware.

    Returns:
        When the patient is asked, or was; None where they are not.
    """
    ended_at = min(session.ends_at, at)
    await tx.run(
        "UPDATE sessions SET state = 'held', reason = NULL, ended_early = ?, ends_at = ?"
        " WHERE id = ?",
        int(early),
        at_text(ended_at),
        session.id,
    )
    if not may_ask:
        return None
    held = replace(session, state="held", reason=None, ends_at=ended_at)
    checkin = await _checkin(tx, held)
    if checkin is None:
        await plan_checkins.plan_checkin(tx, session=held, at=at, reported=True)
    elif checkin["state"] == CheckinState.CANCELLED and await _was_taken_back(tx, checkin["id"]):
        await _ask_after_all(tx, checkin["id"], replace(held, ends_at=at), patient, at)
    checkin = await _checkin(tx, held)
    return None if checkin is None else at_time(checkin["due_at"])


async def _was_taken_back(tx: Tx, checkin_id: str) -> bool:
    row = await tx.one(
        "SELECT reason FROM checkin_events WHERE checkin_id = ? ORDER BY at DESC, id DESC LIMIT 1",
        checkin_id,
    )
    return row is not None and row["reason"] in _REASONS.values()


async def _ask_after_all(
    tx: Tx, checkin_id: str, session: Session, patient: Person, at: datetime
) -> None:
    """Ask now what was taken back, with the time to answer that any question has."""
    timing = plan_checkins.timing_of(
        replace(session, delay=timedelta()),
        zone=patient.zone,
        next_session_at=await sessions.next_after(tx, session),
        reported=True,
    )
    await tx.run(
        "UPDATE checkins SET due_at = ?, closes_at = ?, remind_at = ?, reminders_left = ?"
        " WHERE id = ?",
        at_text(timing.due_at),
        at_text(timing.closes_at),
        None if timing.remind_at is None else at_text(timing.remind_at),
        timing.reminders,
        checkin_id,
    )
    await checkins.move(
        tx,
        checkin_id=checkin_id,
        to=CheckinState.DUE,
        reason="took place after all",
        at=at,
        only_from=frozenset({CheckinState.CANCELLED}),
    )
    await outbox.post(
        tx,
        key=f"prompt:{checkin_id}:{at_text(at)}",
        kind="prompt",
        person_id=patient.id,
        subject_id=checkin_id,
        at=at,
        not_before=timing.due_at,
    )


async def did_not_take_place(tx: Tx, *, session: Session, outcome: Outcome, at: datetime) -> bool:
    """Keep that nobody came, or that it was called off; False when the patient has answered.

    A question that has left is taken back from the chat. The session is no part of the course.
    """
    checkin = await _checkin(tx, session)
    if checkin is not None and checkin["state"] == CheckinState.COMPLETED:
        return False
    await tx.run(
        "UPDATE sessions SET state = ?, reason = ?, ended_early = 0 WHERE id = ?",
        outcome,
        "cancelled" if outcome is Outcome.CANCELLED else None,
        session.id,
    )
    if checkin is not None:
        await _take_back(tx, checkin, _REASONS[outcome], at)
        await derive_episodes.derive(tx, await courses.course_around(tx, checkin["id"]))
    return True


async def _take_back(tx: Tx, checkin: Row, reason: str, at: datetime) -> None:
    taken = await checkins.move(
        tx,
        checkin_id=checkin["id"],
        to=CheckinState.CANCELLED,
        reason=reason,
        at=at,
        only_from=UNFINISHED,
    )
    if not taken:
        return
    await outbox.cancel_about(tx, subject_id=checkin["id"], reason=reason)
    if checkin["message_id"] is not None:
        await outbox.post(
            tx,
            key=f"close:{checkin['id']}:{at_text(at)}",
            kind="close",
            person_id=checkin["patient_id"],
            subject_id=checkin["id"],
            at=at,
        )


async def _checkin(tx: Tx, session: Session) -> Row | None:
    return await tx.one(
        "SELECT id, patient_id, state, due_at, message_id FROM checkins"
        " WHERE session_id = ? AND patient_id = ?",
        session.id,
        session.patient_id,
    )
