"""When the next thing happens, for tests and demos whose clock can jump there."""

from datetime import datetime

from storage.database.tx import Tx, utc_text, utc_time

_QUERIES = (
    "SELECT MIN(ends_at) AS at FROM sessions WHERE state = 'planned' AND ends_at > ?",
    "SELECT MIN(due_at) AS at FROM checkins WHERE state = 'planned' AND due_at > ?",
    "SELECT MIN(remind_at) AS at FROM checkins WHERE state IN ('sent', 'opened') AND remind_at > ?",
    "SELECT MIN(next_at) AS at FROM heartbeats WHERE next_at > ?",
    "SELECT MIN(next_look) AS at FROM digests WHERE next_look IS NOT NULL AND next_look > ?",
    "SELECT MIN(not_before) AS at FROM outbox"
    " WHERE state IN ('new', 'uncertain') AND kind NOT IN ('lock', 'hide') AND not_before > ?",
)


async def next_event(tx: Tx, *, now: datetime) -> datetime | None:
    """Return when something that somebody would see is next due, or None."""
    times = []
    for query in _QUERIES:
        row = await tx.one(query, utc_text(now))
        if row is not None and row["at"] is not None:
            times.append(utc_time(row["at"]))
    return min(times, default=None)
