"""Single sessions that differ from their plan's rule: moved or cancelled.

A session is identified by its plan and by ``planned_for``, the instant that the rule gives. It
stays the same however often the session is moved; iCalendar calls it RECURRENCE-ID. Both it and
the new beginning are computed from wall times, which are saved beside them; ``zone_rules``
computes them again when the rules of a time zone change.

Each change first marks its plan for replanning, as a scheduler tick first locks the plan: of
two concurrent transactions, neither then overwrites what the other decides about a session.

Nothing here writes to the audit log; ``change_sessions`` does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alliance.calendar.timetable import SessionChange
from alliance.calendar.timing import zone_named
from alliance.calendar.wall_times import rule_time_of, wall_time_of
from alliance.checkins.review import CheckinState
from storage.calendar import plans
from storage.checkins import checkins
from storage.database.tx import Row, Tx, id_batches, utc_text, utc_time, utc_time_or_none
from storage.messages import outbox


@dataclass(frozen=True, slots=True)
class ChangedSession:
    """One session that differs from its plan, and its sequence number in an imported file."""

    plan_id: str
    planned_for: datetime
    change: SessionChange
    source_sequence: int | None


def _changed_session(row: Row) -> ChangedSession:
    return ChangedSession(
        row["plan_id"],
        utc_time(row["planned_for"]),
        SessionChange(utc_time_or_none(row["starts_at"]), utc_time_or_none(row["ends_at"])),
        row["source_sequence"],
    )


async def of_plan(tx: Tx, plan_id: str) -> list[ChangedSession]:
    """Return the changed sessions of a plan, in the order of its rule."""
    rows = await tx.all("SELECT * FROM exceptions WHERE plan_id = ? ORDER BY planned_for", plan_id)
    return [_changed_session(row) for row in rows]


async def of_plans(
    tx: Tx, plan_ids: Sequence[str]
) -> Mapping[str, Mapping[datetime, SessionChange]]:
    """Return the changes of several plans, by plan and ``planned_for``."""
    by_plan: dict[str, dict[datetime, SessionChange]] = {}
    for marks, some in id_batches(plan_ids):
        for row in await tx.all(f"SELECT * FROM exceptions WHERE plan_id IN ({marks})", *some):
            one = _changed_session(row)
            by_plan.setdefault(one.plan_id, {})[one.planned_for] = one.change
    return by_plan


async def save(tx: Tx, session: ChangedSession, *, at: datetime) -> None:
    """Save how a session differs from its plan, in place of an earlier change."""
    plan = await plans.by_id(tx, session.plan_id)
    if plan is None:
        raise LookupError("there is no such plan")
    zone = zone_named(plan.timetable.zone)
    starts_at, ends_at = session.change.starts_at, session.change.ends_at
    await tx.run(
        "INSERT INTO exceptions (plan_id, planned_for, starts_at, ends_at, source_sequence, at,"
        " planned_local, starts_local) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (plan_id, planned_for) DO UPDATE SET"
        " starts_at = excluded.starts_at, ends_at = excluded.ends_at,"
        " source_sequence = excluded.source_sequence, at = excluded.at,"
        " planned_local = excluded.planned_local, starts_local = excluded.starts_local",
        session.plan_id,
        utc_text(session.planned_for),
        None if starts_at is None else utc_text(starts_at),
        None if ends_at is None else utc_text(ends_at),
        session.source_sequence,
        utc_text(at),
        rule_time_of(session.planned_for, plan.timetable.wall_time, zone),
        None if starts_at is None else wall_time_of(starts_at, zone),
    )


async def move(
    tx: Tx,
    *,
    plan_id: str,
    planned_for: datetime,
    starts_at: datetime,
    ends_at: datetime | None = None,
    at: datetime,
    source_sequence: int | None = None,
) -> bool:
    """Move a session; False if it has begun, or would have begun by now.

    Moved to its own time, it is held even on a holiday. Without ``ends_at`` it is as long as
    the others.
    """
    await plans.replan(tx, plan_id=plan_id, at=at)
    if starts_at <= at or not await _is_upcoming(tx, plan_id, planned_for, at):
        return False
    moved = SessionChange(starts_at, ends_at)
    await save(tx, ChangedSession(plan_id, planned_for, moved, source_sequence), at=at)
    await _clear_planned_session(tx, plan_id, planned_for)
    return True


async def put_back(tx: Tx, session: ChangedSession, *, at: datetime) -> bool:
    """Move a session back to where it was moved before; False if it would have begun by now.

    Unlike ``move`` it accepts a session that was moved out of the past and then cancelled: the
    caller knows that nobody has been asked about it since.
    """
    starts_at = session.change.starts_at
    if starts_at is None or starts_at <= at:
        return False
    await plans.replan(tx, plan_id=session.plan_id, at=at)
    await save(tx, session, at=at)
    await _clear_planned_session(tx, session.plan_id, session.planned_for)
    return True


async def restore(tx: Tx, *, plan_id: str, planned_for: datetime, at: datetime) -> bool:
    """Put a session back to its planned time; False if it is there, or has begun."""
    await plans.replan(tx, plan_id=plan_id, at=at)
    if planned_for <= at or not await _is_upcoming(tx, plan_id, planned_for, at):
        return False
    rows_deleted = await tx.run(
        "DELETE FROM exceptions WHERE plan_id = ? AND planned_for = ?",
        plan_id,
        utc_text(planned_for),
    )
    await _clear_planned_session(tx, plan_id, planned_for)
    return bool(rows_deleted)


async def _clear_planned_session(tx: Tx, plan_id: str, planned_for: datetime) -> None:
    """Cancel the row of a session at its old time; the next tick adds it at its new one.

    If that is farther ahead than sessions are planned, a later tick adds it in time.
    """
    await tx.run(
        "UPDATE sessions SET state = 'cancelled', reason = 'moved'"
        " WHERE plan_id = ? AND planned_for = ? AND state = 'planned'",
        plan_id,
        utc_text(planned_for),
    )


async def cancel(
    tx: Tx,
    *,
    plan_id: str,
    planned_for: datetime,
    at: datetime,
    source_sequence: int | None = None,
) -> bool:
    """Cancel one session; False if its check-in may have reached somebody already.

    This works even after the session, as long as nobody was asked: the check-in is then held
    back. It also works for one that has begun but is not in the table yet.
    """
    await plans.replan(tx, plan_id=plan_id, at=at)
    session = await _session_row(tx, plan_id, planned_for)
    if session is None and not await _is_upcoming(tx, plan_id, planned_for, at, or_unplanned=True):
        return False
    if session is not None and not await _cancel_with_checkins(tx, session, at):
        return False
    await save(tx, ChangedSession(plan_id, planned_for, SessionChange(), source_sequence), at=at)
    return True


async def _cancel_with_checkins(tx: Tx, session: Row, at: datetime) -> bool:
    """Cancel a session in the table and its check-ins; False if one may have been sent."""
    if session["state"] not in ("planned", "cancelled", "held"):
        return False
    # Lock these messages, so that the sender does not take any of them meanwhile.
    await tx.all(
        "SELECT id FROM outbox WHERE subject_id IN"
        f" (SELECT id FROM checkins WHERE session_id = ?){tx.for_update}",
        session["id"],
    )
    rows = await tx.all(
        "SELECT k.id, k.state, (SELECT COUNT(*) FROM outbox o WHERE o.subject_id = k.id"
        " AND o.state NOT IN ('new', 'cancelled')) AS on_the_way"
        " FROM checkins k WHERE k.session_id = ?",
        session["id"],
    )
    unasked = (CheckinState.PLANNED, CheckinState.DUE, CheckinState.CANCELLED)
    if any(row["state"] not in unasked or row["on_the_way"] for row in rows):
        return False
    for row in rows:
        await checkins.change_state(
            tx,
            checkin_id=row["id"],
            to=CheckinState.CANCELLED,
            reason="session cancelled",
            at=at,
            only_from=frozenset({CheckinState.PLANNED, CheckinState.DUE}),
        )
        await outbox.cancel_by_subject(tx, subject_id=row["id"], reason="session cancelled")
    await tx.run(
        "UPDATE sessions SET state = 'cancelled', reason = 'cancelled' WHERE id = ?", session["id"]
    )
    return True


async def _session_row(tx: Tx, plan_id: str, planned_for: datetime) -> Row | None:
    return await tx.one(
        "SELECT id, state, starts_at FROM sessions WHERE plan_id = ? AND planned_for = ?",
        plan_id,
        utc_text(planned_for),
    )


async def _is_upcoming(
    tx: Tx, plan_id: str, planned_for: datetime, at: datetime, *, or_unplanned: bool = False
) -> bool:
    """Say whether a running plan has such a session and it has not begun.

    With ``or_unplanned`` it may have begun, as long as it is not in the table yet.
    """
    plan = await plans.by_id(tx, plan_id)
    if plan is None or plan.ended_at is not None:
        return False
    row = await tx.one(
        "SELECT starts_at FROM exceptions WHERE plan_id = ? AND planned_for = ?",
        plan_id,
        utc_text(planned_for),
    )
    starts_at = utc_time_or_none(None if row is None else row["starts_at"]) or planned_for
    after = min(at, plan.planned_after) if or_unplanned else at
    return starts_at > after and (row is not None or plan.timetable.has_session(planned_for))
