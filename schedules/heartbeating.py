"""The daily heartbeat for coordinators who want one."""

from datetime import datetime, time

from storage.database.tx import Store, utc_time
from storage.messages import heartbeats
from storage.messages.post import post_heartbeat

BATCH_SIZE = 100


async def post_heartbeats(store: Store, now: datetime) -> int:
    """Post the heartbeats that are due; return how many.

    After an outage there is one, not one for each day.
    """
    async with store.read_transaction() as tx:
        if not await heartbeats.due(tx, now=now, limit=1):
            return 0
    posted = 0
    async with store.transaction() as tx:
        for row in await heartbeats.due(tx, now=now, limit=BATCH_SIZE):
            wall_time = time.fromisoformat(row["wall_time"])
            next_at = heartbeats.next_occurrence(wall_time, row["zone"], now)
            await heartbeats.set_next(tx, person_id=row["person_id"], at=next_at)
            if row["state"] == "ended":
                continue
            posted += await post_heartbeat(
                tx, coordinator_id=row["person_id"], due_at=utc_time(row["next_at"]), at=now
            )
    return posted
