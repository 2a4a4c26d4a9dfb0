"""Open check-ins: a session is over, its delay runs, its question leaves."""

from datetime import datetime

from alliance.asking import WhyNot, why_not_asked
from alliance.cadence import may_leave, zone_named
from alliance.review import CheckinState
from storage import attendance, checkin_times, checkins, follow_up, outbox, sessions
from storage.tx import Row, Store, Tx, at_time

AT_ONCE = 100


async def follow_sessions(store: Store, now: datetime) -> int:
    """Give every session that is over its check-ins; return how many sessions were taken."""
    taken = 0
    while True:
        async with store.transaction() as tx:
            over = await sessions.ended(tx, now=now, limit=AT_ONCE)
            for session in over:
                await sessions.set_state(tx, session_id=session.id, state="held")
            await follow_up.plan_checkins(tx, over, at=now)
        taken += len(over)
        if len(over) < AT_ONCE:
            return taken


async def open_due(store: Store, now: datetime) -> int:
    """Post the question of every check-in that is due; return how many were taken.

    One whose time went by while we were away is noted as missed. One whose patient cannot
    be asked (not enrolled, not agreed, paused) is cancelled with that reason.
    """
    taken = 0
    while True:
        async with store.transaction() as tx:
            due = await checkin_times.due(tx, now=now, limit=AT_ONCE)
            willing = await attendance.willing(tx, [row["patient_id"] for row in due])
            for row in due:
                why_not = why_not_asked(
                    due_at=at_time(row["due_at"]),
                    closes_at=at_time(row["closes_at"]),
                    willing=willing[row["patient_id"]],
                    now=now,
                )
                await _open(tx, row, why_not, now)
        taken += len(due)
        if len(due) < AT_ONCE:
            return taken


async def _open(tx: Tx, row: Row, why_not: WhyNot | None, now: datetime) -> None:
    """Post one question, or note why it is not posted; in quiet hours it waits for their end."""
    to = CheckinState.MISSED if why_not is WhyNot.WE_WERE_AWAY else CheckinState.CANCELLED
    if why_not is None:
        leaves_at = may_leave(
            due_at=at_time(row["due_at"]),
            now=now,
            quiet=checkin_times.quiet_of(row),
            zone=zone_named(row["zone"]),
        )
        if leaves_at > now:
            await checkin_times.put_off(
                tx, checkin_id=row["id"], until=leaves_at, reason="quiet hours", at=now
            )
            return
        to = CheckinState.DUE
        await outbox.post(
            tx,
            key=f"prompt:{row['id']}",
            kind="prompt",
            person_id=row["patient_id"],
            subject_id=row["id"],
            at=now,
        )
    await checkins.move(
        tx,
        checkin_id=row["id"],
        to=to,
        reason=why_not or "delay over",
        at=now,
        only_from=frozenset({CheckinState.PLANNED}),
    )
