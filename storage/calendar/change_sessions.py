"""Changes of single sessions, each with its line in the audit log; one function undoes any."""

from datetime import datetime

from alliance.calendar.timetable import SessionChange
from storage.audit.audit_log import AuditEntry, Facts
from storage.audit.change import Change
from storage.calendar import plans, session_changes
from storage.calendar.audit_facts import AS_PLANNED, CANCELLED, session_facts
from storage.calendar.plans import Plan
from storage.calendar.session_changes import ChangedSession
from storage.database.tx import Tx, utc_time


async def cancel_session(
    change: Change, plan: Plan, planned_for: datetime, *, source_sequence: int | None = None
) -> bool:
    """Cancel one session; False if its check-in may have reached somebody already."""
    before = await session_facts(change.tx, plan, planned_for)
    is_done = await session_changes.cancel(
        change.tx,
        plan_id=plan.id,
        planned_for=planned_for,
        at=change.at,
        source_sequence=source_sequence,
    )
    if is_done:
        await _record(change, "session.cancelled", plan, planned_for, before)
    return is_done


async def move_session(
    change: Change,
    plan: Plan,
    planned_for: datetime,
    *,
    starts_at: datetime,
    ends_at: datetime | None = None,
    source_sequence: int | None = None,
) -> bool:
    """Move one session; False if it has begun, or would have begun by now.

    Moved to its own time, it is held even on a holiday. Without ``ends_at`` it is as long as
    the others.
    """
    before = await session_facts(change.tx, plan, planned_for)
    is_new_from_file = source_sequence is not None and plan.created_at == change.at
    if is_new_from_file and planned_for <= change.at:
        # A new plan's session was moved out of the past: nobody can have been asked about it.
        moved = SessionChange(starts_at, ends_at)
        session = ChangedSession(plan.id, planned_for, moved, source_sequence)
        await session_changes.save(change.tx, session, at=change.at)
    elif not await session_changes.move(
        change.tx,
        plan_id=plan.id,
        planned_for=planned_for,
        starts_at=starts_at,
        ends_at=ends_at,
        at=change.at,
        source_sequence=source_sequence,
    ):
        return False
    await _record(change, "session.moved", plan, planned_for, before)
    return True


async def restore_session(change: Change, plan: Plan, planned_for: datetime) -> bool:
    """Put one session back to its planned time; False if it is there, or has begun."""
    before = await session_facts(change.tx, plan, planned_for)
    is_done = await session_changes.restore(
        change.tx, plan_id=plan.id, planned_for=planned_for, at=change.at
    )
    if is_done:
        await _record(change, "session.restored", plan, planned_for, before)
    return is_done


async def _record(
    change: Change, action: str, plan: Plan, planned_for: datetime, before: Facts
) -> None:
    after = await session_facts(change.tx, plan, planned_for)
    await change.record(action, plan.owner_id, before=before, after=after)


async def undo_session_change(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """Put a session back to where it was; False if it has begun or was changed again.

    One that was moved out of the past is cancelled: it cannot take place there any more.
    """
    before = entry.facts_before
    plan_id, planned_for = str(before["plan"]), utc_time(str(before["planned_for"]))
    plan = await plans.by_id(tx, plan_id)
    if plan is None or await session_facts(tx, plan, planned_for) != entry.facts_after:
        return False
    sequence = before.get("sequence")
    source_sequence = None if sequence is None else int(sequence)
    was_past = before["is"] == AS_PLANNED and planned_for <= entry.at
    if before["is"] == CANCELLED or was_past:
        return await session_changes.cancel(
            tx, plan_id=plan_id, planned_for=planned_for, at=at, source_sequence=source_sequence
        )
    if before["is"] == AS_PLANNED:
        return await session_changes.restore(tx, plan_id=plan_id, planned_for=planned_for, at=at)
    ends_at = before.get("ends_at")
    earlier_move = SessionChange(
        utc_time(str(before["starts_at"])), None if ends_at is None else utc_time(str(ends_at))
    )
    session = ChangedSession(plan_id, planned_for, earlier_move, source_sequence)
    return await session_changes.put_back(tx, session, at=at)
