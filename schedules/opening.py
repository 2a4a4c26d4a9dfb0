"""Open check-ins: a session is over, its delay runs, its question leaves."""

from datetime import datetime

from alliance.calendar.ask_or_not import WhyNot, Willing, outcome
from alliance.calendar.timing import zone_named
from alliance.checkins.review import CheckinState
from storage.calendar import attendance, plan_checkins, sessions
from storage.checkins import checkins
from storage.checkins import due as checkins_due
from storage.database.tx import Row, Store, Tx, at_time
from storage.messages import outbox

AT_ONCE = 100


async def follow_sessions(store: Store, now: datetime) -> int:
    """Give every session that is over its check-ins; return how many sessions were taken."""
    taken = 0
    while True:
        async with store.transaction() as tx:
            over = await sessions.ended(tx, now=now, limit=AT_ONCE)
            for session in over:
                await sessions.set_state(tx, session_id=session.id, state="held")
            await plan_checkins.plan_checkins(tx, over, at=now)
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
            due = await checkins_due.due(tx, now=now, limit=AT_ONCE)
            willing = await attendance.willing(tx, [row["patient_id"] for row in due])
            for row in due:
                await _open(tx, row, willing[row["patient_id"]], now)
        taken += len(due)
        if len(due) < AT_ONCE:
            return taken


async def _open(tx: Tx, row: Row, willing: Willing, now: datetime) -> None:
    """Post one question, or note why it is not posted; in quiet hours it waits for their end."""
    found = outcome(
        due_at=at_time(row["due_at"]),
        closes_at=at_time(row["closes_at"]),
        willing=willing,
        quiet=checkins_due.quiet_of(row),
        zone=zone_named(row["zone"]),
        now=now,
    )
    if found.why_not is None and found.leaves_at > now:
        await checkins_due.put_off(
            tx, checkin_id=row["id"], until=found.leaves_at, reason="quiet hours", at=now
        )
        return
    if found.why_not is None:
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
        to=_state(found.why_not),
        reason=found.why_not or "delay over",
        at=now,
        only_from=frozenset({CheckinState.PLANNED}),
    )


def _state(why_not: WhyNot | None) -> CheckinState:
    if why_not is None:
        return CheckinState.DUE
    return CheckinState.MISSED if why_not is WhyNot.WE_WERE_AWAY else CheckinState.CANCELLED
