"""Remind patients of unfinished check-ins, also when they have tapped "Later"."""

from datetime import datetime

from alliance.calendar.timing import QuietHours, next_reminder, send_time, zone_named
from storage.calendar import attendance
from storage.calendar.quiet_hours import quiet_hours_of
from storage.checkins import checkins, due
from storage.database.tx import Row, Store, Tx, utc_time, utc_time_or_none
from storage.messages.post import post_reminder

BATCH_SIZE = 100


async def remind(store: Store, now: datetime, site_quiet: QuietHours) -> int:
    """Post the reminders that are due; return how many.

    Nobody is reminded in quiet hours, after the close, or during a pause.
    """
    posted = 0
    while True:
        async with store.transaction() as tx:
            waiting = await due.to_remind(tx, now=now, limit=BATCH_SIZE)
            statuses = await attendance.statuses_of(tx, [row["patient_id"] for row in waiting])
            for row in waiting:
                may_ask = statuses[row["patient_id"]].why_not(now) is None
                posted += await _remind(tx, row, now, site_quiet, may_ask=may_ask)
        if len(waiting) < BATCH_SIZE:
            return posted


async def _remind(
    tx: Tx, row: Row, now: datetime, site_quiet: QuietHours, *, may_ask: bool
) -> bool:
    """Post one reminder and set the next one; in quiet hours it waits until they end.

    One that the patient has asked for is posted even then, while they are assumed to be awake.
    """
    quiet, zone = quiet_hours_of(row, site_quiet), zone_named(row["zone"])
    closes_at, left = utc_time(row["closes_at"]), max(0, row["reminders_left"] - 1)
    awake_until = utc_time_or_none(row["awake_until"])
    send_at = send_time(now=now, awake_until=awake_until, quiet=quiet, zone=zone)
    if send_at > now and may_ask:
        postponed_to = send_at if send_at < closes_at else None
        await checkins.set_reminder(tx, checkin_id=row["id"], at=postponed_to)
        return False
    following = next_reminder(now, quiet=quiet, zone=zone, closes_at=closes_at) if left else None
    await checkins.set_reminder(tx, checkin_id=row["id"], at=following, left=left)
    return may_ask and await post_reminder(
        tx,
        checkin_id=row["id"],
        patient_id=row["patient_id"],
        due_at=utc_time(row["remind_at"]),
        at=now,
    )
