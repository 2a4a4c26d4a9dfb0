"""Bring an unfinished check-in up once more: the reminder, and what "Later" asked for."""

from datetime import datetime

from storage import checkins, outbox
from storage.tx import Store

AT_ONCE = 100


async def remind(store: Store, now: datetime) -> int:
    """Post what is to be brought up again by now; return how many letters were posted."""
    posted = 0
    while True:
        async with store.transaction() as tx:
            waiting = await checkins.to_remind(tx, now=now, limit=AT_ONCE)
            for row in waiting:
                posted += await outbox.post(
                    tx,
                    key=f"reminder:{row['id']}:{row['remind_at']}",
                    kind="reminder",
                    person_id=row["patient_id"],
                    subject_id=row["id"],
                    at=now,
                )
                await checkins.set_reminder(tx, checkin_id=row["id"], at=None)
        if len(waiting) < AT_ONCE:
            return posted
