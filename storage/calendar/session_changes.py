"""Single sessions of a plan that are not where its rule has them: moved, or cancelled.

A session is named by its plan and by ``planned_for``, the instant that the rule gives. That
name stays, however often the session is moved; a calendar calls it RECURRENCE-ID.

Each change marks its plan first, as a tick takes hold of the plan first: where transactions run
side by side, neither then undoes what the other has just decided about a session.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alliance.calendar.timetable import Changed
from alliance.checkins.review import CheckinState
from storage.calendar import plans
from storage.checkins import checkins
from storage.database.tx import Row, Tx, at_text, at_time, at_time_or_none, in_parts
from storage.messages import outbox


@dataclass(frozen=True, slots=True)
class ChangedSession:
    """One session that differs from its plan, and a file's number of that change."""

    plan_id: str
    planned_for: datetime
    changed: Changed
    source_sequence: int | None


def _changed(row: Row) -> ChangedSession:
    return ChangedSession(
        row["plan_id"],
        at_time(row["planned_for"]),
        Changed(at_time_or_none(row["starts_at"]), at_time_or_none(row["ends_at"])),
        row["source_sequence"],
    )


async def of_plan(tx: Tx, plan_id: str) -> list[ChangedSession]:
    """Return what differs from a plan, in the order of the rule."""
    rows = await tx.all("SELECT * FROM exceptions WHERE plan_id = ? ORDER BY planned_for", plan_id)
    return [_changed(row) for row in rows]


async def of_plans(tx: Tx, plan_ids: Sequence[str]) -> Mapping[str, Mapping[datetime, Changed]]:
    """Return what differs, by plan and by the rule's instant."""
    found: dict[str, dict[datetime, Changed]] = {}
    for marks, some in in_parts(plan_ids):
        for row in await tx.all(f"SELECT * FROM exceptions WHERE plan_id IN ({marks})", *some):
            one = _changed(row)
            found.setdefault(one.plan_id, {})[one.planned_for] = one.changed
    return found


async def keep(tx: Tx, one: ChangedSession, *, at: datetime) -> None:
    """Keep how a session differs, in place of what was kept before."""
    begin, end = one.changed.starts_at, one.changed.ends_at
    await tx.run(
        "INSERT INTO exceptions (plan_id, planned_for, starts_at, ends_at, source_sequence, at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (plan_id, planned_for) DO UPDATE SET"
        " starts_at = excluded.starts_at, ends_at = excluded.ends_at,"
        " source_sequence = excluded.source_sequence, at = excluded.at",
        one.plan_id,
        at_text(one.planned_for),
        None if begin is None else at_text(begin),
        None if end is None else at_text(end),
        one.source_sequence,
        at_text(at),
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
    """Put a session at another time; False when it has begun, or would have by now.

    One that is moved to its own time is held even on a holiday. Without ``ends_at`` it is as
    long as the others.
    """
    await plans.plan_anew(tx, plan_id=plan_id, at=at)
    if starts_at <= at or not await _is_ahead(tx, plan_id, planned_for, at):
        return False
    changed = Changed(starts_at, ends_at)
    await keep(tx, ChangedSession(plan_id, planned_for, changed, source_sequence), at=at)
    await _leave_place(tx, plan_id, planned_for)
    return True


async def put_back(tx: Tx, one: ChangedSession, *, at: datetime) -> bool:
    """Put a session back to where it was moved before; False when it would have begun by now.

    Unlike ``move`` it also finds one that was moved out of the past and then cancelled: the
    caller knows that nobody was asked about it since.
    """
    begin = one.changed.starts_at
    if begin is None or begin <= at:
        return False
    await plans.plan_anew(tx, plan_id=one.plan_id, at=at)
    await keep(tx, one, at=at)
    await _leave_place(tx, one.plan_id, one.planned_for)
    return True


async def restore(tx: Tx, *, plan_id: str, planned_for: datetime, at: datetime) -> bool:
    """Put a session back to where the rule has it; False when it is there, or has begun."""
    await plans.plan_anew(tx, plan_id=plan_id, at=at)
    if planned_for <= at or not await _is_ahead(tx, plan_id, planned_for, at):
        return False
    gone = await tx.run(
        "DELETE FROM exceptions WHERE plan_id = ? AND planned_for = ?",
        plan_id,
        at_text(planned_for),
    )
    await _leave_place(tx, plan_id, planned_for)
    return bool(gone)


async def _leave_place(tx: Tx, plan_id: str, planned_for: datetime) -> None:
    """Clear the place where a session stood; the next tick puts it where it belongs now.

    That may be farther ahead than sessions are planned: then it is put there in time.
    """
    await tx.run(
        "UPDATE sessions SET state = 'cancelled', reason = 'moved'"
        " WHERE plan_id = ? AND planned_for = ? AND state = 'planned'",
        plan_id,
        at_text(planned_for),
    )


async def cancel(
    tx: Tx,
    *,
    plan_id: str,
    planned_for: datetime,
    at: datetime,
    source_sequence: int | None = None,
) -> bool:
    """Cancel one session; False when its check-in may have reached somebody already.

    Afterwards, too, as long as nobody was asked: the question is then held back. So can one
    be cancelled that has begun, but that the clock has not come to put into the table.
    """
    await plans.plan_anew(tx, plan_id=plan_id, at=at)
    session = await _row(tx, plan_id, planned_for)
    if session is None and not await _is_ahead(tx, plan_id, planned_for, at, unplanned=True):
        return False
    if session is not None and not await _withdrawn(tx, session, at):
        return False
    await keep(tx, ChangedSession(plan_id, planned_for, Changed(), source_sequence), at=at)
    return True


async def _withdrawn(tx: Tx, session: Row, at: datetime) -> bool:
    """Take a session and its check-ins back; False when one of them has left."""
    if session["state"] not in ("planned", "cancelled", "held"):
        return False
    # Where transactions run side by side, the courier takes none of these letters meanwhile.
    await tx.all(
        "SELECT id FROM outbox WHERE subject_id IN"
        f" (SELECT id FROM checkins WHERE session_id = ?){tx.holding}",
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
        await checkins.move(
            tx,
            checkin_id=row["id"],
            to=CheckinState.CANCELLED,
            reason="session cancelled",
            at=at,
            only_from=frozenset({CheckinState.PLANNED, CheckinState.DUE}),
        )
        await outbox.cancel_about(tx, subject_id=row["id"], reason="session cancelled")
    await tx.run(
        "UPDATE sessions SET state = 'cancelled', reason = 'cancelled' WHERE id = ?", session["id"]
    )
    return True


async def _row(tx: Tx, plan_id: str, planned_for: datetime) -> Row | None:
    return await tx.one(
        "SELECT id, state, starts_at FROM sessions WHERE plan_id = ? AND planned_for = ?",
        plan_id,
        at_text(planned_for),
    )


async def _is_ahead(
    tx: Tx, plan_id: str, planned_for: datetime, at: datetime, *, unplanned: bool = False
) -> bool:
    """Say whether a running plan has such a session and it has not begun.

    With ``unplanned`` it may have begun, as long as it is still to be put into the table.
    """
    plan = await plans.by_id(tx, plan_id)
    if plan is None or plan.ended_at is not None:
        return False
    row = await tx.one(
        "SELECT starts_at FROM exceptions WHERE plan_id = ? AND planned_for = ?",
        plan_id,
        at_text(planned_for),
    )
    begin = at_time_or_none(None if row is None else row["starts_at"]) or planned_for
    after = min(at, plan.planned_after) if unplanned else at
    return begin > after and (row is not None or plan.timetable.has_session(planned_for))
