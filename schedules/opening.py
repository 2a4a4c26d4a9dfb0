"""Open check-ins: once a session is over and the delay has passed, the question is sent."""

from datetime import datetime

from alliance.calendar.ask_or_not import PatientStatus, WhyNot, decide_question
from alliance.calendar.timing import QuietHours, zone_named
from alliance.checkins.review import CheckinState
from storage.calendar import attendance, plan_checkins, sessions
from storage.calendar.quiet_hours import quiet_hours_of
from storage.checkins import checkins
from storage.checkins import due as checkins_due
from storage.database.tx import Row, Store, Tx, utc_time, utc_time_or_none
from storage.messages.post import post_prompt

BATCH_SIZE = 100


async def create_checkins(store: Store, now: datetime) -> int:
    """Create the check-ins of every session that is over; return how many sessions there were."""
    taken = 0
    while True:
        async with store.transaction() as tx:
            over = await sessions.over_without_checkin(tx, now=now, limit=BATCH_SIZE)
            for session in over:
                await sessions.mark_held(tx, session.id)
            await plan_checkins.plan_checkins(tx, over, at=now)
        taken += len(over)
        if len(over) < BATCH_SIZE:
            return taken


async def open_due_checkins(store: Store, now: datetime, site_quiet: QuietHours) -> int:
    """Post the question of every check-in that is due; return how many check-ins there were.

    One that has expired during an outage is recorded as missed. One whose patient cannot be
    asked (not enrolled, not agreed, paused) is cancelled with that reason.
    """
    taken = 0
    while True:
        async with store.transaction() as tx:
            due = await checkins_due.to_ask(tx, now=now, limit=BATCH_SIZE)
            statuses = await attendance.statuses_of(tx, [row["patient_id"] for row in due])
            for row in due:
                await _open(tx, row, statuses[row["patient_id"]], now, site_quiet)
        taken += len(due)
        if len(due) < BATCH_SIZE:
            return taken


async def _open(
    tx: Tx, row: Row, status: PatientStatus, now: datetime, site_quiet: QuietHours
) -> None:
    """Post one question, postpone it to the end of the quiet hours, or record why not."""
    decision = decide_question(
        due_at=utc_time(row["due_at"]),
        closes_at=utc_time(row["closes_at"]),
        status=status,
        quiet=quiet_hours_of(row, site_quiet),
        zone=zone_named(row["zone"]),
        now=now,
        awake_until=utc_time_or_none(row["awake_until"]),
    )
    if decision.why_not is None and decision.send_at > now:
        await checkins_due.postpone(
            tx, checkin_id=row["id"], until=decision.send_at, reason="quiet hours", at=now
        )
        return
    if decision.why_not is None:
        await post_prompt(tx, checkin_id=row["id"], patient_id=row["patient_id"], at=now)
    await checkins.change_state(
        tx,
        checkin_id=row["id"],
        to=_state(decision.why_not),
        reason=decision.why_not or "delay over",
        at=now,
        only_from=frozenset({CheckinState.PLANNED}),
    )


def _state(why_not: WhyNot | None) -> CheckinState:
    if why_not is None:
        return CheckinState.DUE
    return CheckinState.MISSED if why_not is WhyNot.NOT_SENT_IN_TIME else CheckinState.CANCELLED
