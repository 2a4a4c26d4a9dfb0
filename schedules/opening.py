"""Open check-ins: a session is over, its delay runs, its question leaves."""

from datetime import datetime

from alliance.review import CheckinState
from storage import checkins, follow_up, outbox, people, sessions
from storage.tx import Store

AT_ONCE = 100


async def follow_sessions(store: Store, now: datetime) -> int:
    """Give every session that is over its check-in; return how many sessions were taken."""
    taken = 0
    while True:
        async with store.transaction() as tx:
            over = await sessions.ended(tx, now=now, limit=AT_ONCE)
            for session in over:
                await sessions.set_state(tx, session_id=session.id, state="held")
                await follow_up.plan_checkin(tx, session=session, at=now)
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
            due = await checkins.due(tx, now=now, limit=AT_ONCE)
            for row in due:
                patient = await people.by_id(tx, row["patient_id"])
                reason = await follow_up.why_not_asked(tx, patient)
                if row["is_over"]:
                    to, why = CheckinState.MISSED, "we were away"
                elif reason is not None:
                    to, why = CheckinState.CANCELLED, reason
                else:
                    to, why = CheckinState.DUE, "delay over"
                    await outbox.post(
                        tx,
                        key=f"prompt:{row['id']}",
                        kind="prompt",
                        person_id=patient.id,
                        subject_id=row["id"],
                        at=now,
                    )
                await checkins.move(
                    tx,
                    checkin_id=row["id"],
                    to=to,
                    reason=why,
                    at=now,
                    only_from=frozenset({CheckinState.PLANNED}),
                )
        taken += len(due)
        if len(due) < AT_ONCE:
            return taken
