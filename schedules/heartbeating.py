"""A daily sign of life for coordinators who want one."""

from datetime import datetime, time

from storage.database.tx import Store, at_text
from storage.messages import heartbeats, outbox

AT_ONCE = 100


async def beat(store: Store, now: datetime) -> int:
    """Post the signs of life that are due; return how many.

    After a time away there is one, not one for each day: the newest says how things stand.
    """
    async with store.reading() as tx:
        if not await heartbeats.due(tx, now=now, limit=1):
            return 0
    posted = 0
    async with store.transaction() as tx:
        for row in await heartbeats.due(tx, now=now, limit=AT_ONCE):
            wall_time = time.fromisoformat(row["wall_time"])
            coming = heartbeats.following(wall_time, row["zone"], now)
            await heartbeats.set_next(tx, person_id=row["person_id"], at=coming)
            if row["state"] == "ended":
                continue
            posted += await outbox.post(
                tx,
                key=f"heartbeat:{row['person_id']}:{row['next_at']}",
                kind="heartbeat",
                person_id=row["person_id"],
                subject_id=at_text(now),
                at=now,
            )
    return posted
