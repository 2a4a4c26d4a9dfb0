"""Deletion by age: check-ins with everything in them, and messages that are done with."""

from collections.abc import Sequence
from datetime import datetime

from storage.checkins.checkins import UNFINISHED_SQL
from storage.database.tx import Tx, utc_text
from storage.privacy.rows_to_erase import ROWS_OF_CHECKIN, bind_values


async def checkins_before(tx: Tx, *, before: datetime, limit: int) -> Sequence[str]:
    """Return the ids of check-ins that were closed before then, the oldest first."""
    rows = await tx.all(
        "SELECT id FROM checkins WHERE closes_at < ?"
        f" AND state NOT IN ({UNFINISHED_SQL}) ORDER BY closes_at, id LIMIT ?",
        utc_text(before),
        limit,
    )
    return [row["id"] for row in rows]


async def forget_checkin(tx: Tx, checkin_id: str) -> None:
    """Delete a check-in with its answers and alerts; its session stays.

    Deletion goes from the oldest on, so a course just begins later. A gap in the middle would
    look like unanswered check-ins.
    """
    for table, condition in ROWS_OF_CHECKIN.items():
        await tx.run(f"DELETE FROM {table} WHERE {condition}", *bind_values(condition, checkin_id))


async def forget_messages(tx: Tx, *, before: datetime, limit: int) -> int:
    """Delete some messages that were queued before then and are done with; return how many."""
    return await tx.run(
        "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE created_at < ?"
        " AND state IN ('sent', 'failed', 'cancelled') ORDER BY created_at LIMIT ?)",
        utc_text(before),
        limit,
    )
