"""What is forgotten by age alone: check-ins with all that is in them, and messages done with."""

from collections.abc import Sequence
from datetime import datetime

from storage.database.tx import Tx, at_text
from storage.privacy.row_owners import ROWS_OF_CHECKIN, values


async def checkins_before(tx: Tx, *, before: datetime, limit: int) -> Sequence[str]:
    """Return check-ins that were over before then, the oldest first."""
    rows = await tx.all(
        "SELECT id FROM checkins WHERE closes_at < ?"
        " AND state NOT IN ('planned', 'due', 'sent', 'opened') ORDER BY closes_at, id LIMIT ?",
        at_text(before),
        limit,
    )
    return [row["id"] for row in rows]


async def forget_checkin(tx: Tx, checkin_id: str) -> None:
    """Forget a check-in, its answers, and alerts that rest on it; its session stays.

    A course then begins later; a gap in the middle of one would read as silence.
    """
    for table, condition in ROWS_OF_CHECKIN.items():
        await tx.run(f"DELETE FROM {table} WHERE {condition}", *values(condition, checkin_id))


async def forget_letters(tx: Tx, *, before: datetime, limit: int) -> int:
    """Forget some messages that were posted before then and are done with; return how many."""
    return await tx.run(
        "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE created_at < ?"
        " AND state IN ('sent', 'failed', 'cancelled') ORDER BY created_at LIMIT ?)",
        at_text(before),
        limit,
    )
