"""Bring an unfinished check-in up once more: reminders, and what "Later" asked for."""

from datetime import datetime

from alliance.calendar.timing import may_leave, next_reminder, zone_named
from storage.calendar import attendance
from storage.checkins import checkins, due
from storage.database.tx import Row, Store, Tx, at_time
from storage.messages import outbox

AT_ONCE = 100


async def remind(store: Store, now: datetime) -> int:
    """Bring up what is to be brought up by now; return how many letters were posted.

    Nobody is reminded in quiet hours, after the close, or while they pause.
    """
    posted = 0
    while True:
        async with store.transaction() as tx:
            waiting = await due.to_remind(tx, now=now, limit=AT_ONCE)
            willing = await attendance.willing(tx, [row["patient_id"] for row in waiting])
            for row in waiting:
                may_ask = willing[row["patient_id"]].why_not(now) is None
                posted += await _remind(tx, row, now, may_ask=may_ask)
        if len(waiting) < AT_ONCE:
            return posted


async def _remind(tx: Tx, row: Row, now: datetime, *, may_ask: bool) -> bool:
    """Post one reminder and set the next; in quiet hours it waits for their end.

    Unless the patient has put it off to that very hour: nothing else is due in quiet hours.
    """
    quiet, zone = due.quiet_of(row), zone_named(row["zone"])
    closes_at, left = at_time(row["closes_at"]), max(0, row["reminders_left"] - 1)
    wakes_at = may_leave(due_at=at_time(row["remind_at"]), now=now, quiet=quiet, zone=zone)
    if wakes_at > now and may_ask:
        put_off = wakes_at if wakes_at < closes_at else None
        await checkins.set_reminder(tx, checkin_id=row["id"], at=put_off)
        return False
    following = next_reminder(now, quiet=quiet, zone=zone, closes_at=closes_at) if left else None
    await checkins.set_reminder(tx, checkin_id=row["id"], at=following, left=left)
    return may_ask and await outbox.post(
        tx,
        key=f"reminder:{row['id']}:{row['remind_at']}",
        kind="reminder",
        person_id=row["patient_id"],
        subject_id=row["id"],
        at=now,
    )
