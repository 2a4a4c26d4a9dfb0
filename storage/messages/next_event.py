"""When the next thing happens, for a clock that can jump there."""

from datetime import datetime

from storage.database.tx import Tx, at_text, at_time

_MOMENTS = (
    "SELECT MIN(ends_at) AS at FROM sessions WHERE state = 'planned' AND ends_at > ?",
    "SELECT MIN(due_at) AS at FROM checkins WHERE state = 'planned' AND due_at > ?",
    "SELECT MIN(remind_at) AS at FROM checkins WHERE state IN ('sent', 'opened') AND remind_at > ?",
    "SELECT MIN(next_at) AS at FROM heartbeats WHERE next_at > ?",
    "SELECT MIN(next_look) AS at FROM digests WHERE next_look IS NOT NULL AND next_look > ?",
    "SELECT MIN(not_before) AS at FROM outbox"
    " WHERE state IN ('new', 'uncertain') AND kind NOT IN ('lock', 'hide') AND not_before > ?",
)


async def next_event(tx: Tx, *, now: datetime) -> datetime | None:
    """Return when something is next due that somebody would see; None when nothing is."""
    found = []
    for moment in _MOMENTS:
        row = await tx.one(moment, at_text(now))
        if row is not None and row["at"] is not None:
            found.append(at_time(row["at"]))
    return min(found, default=None)
