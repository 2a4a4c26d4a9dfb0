"""Telegram updates: which were processed, and which were set aside because they made no sense."""

from datetime import datetime, timedelta

from storage.database.tx import Tx, utc_text

UPDATE_RETENTION = timedelta(days=2)
"""Telegram repeats an update for at most a day."""


async def record_update(tx: Tx, *, update_id: int, chat: int, at: datetime) -> bool:
    """Record an update in the transaction that saves its effect; False for a repeated one.

    Waits while another worker processes an update of the same chat.
    """
    return bool(
        await tx.run(
            "INSERT INTO processed_updates (update_id, at)"
            f" SELECT ?, ? WHERE {tx.advisory_lock} IS NOT NULL ON CONFLICT DO NOTHING",
            update_id,
            utc_text(at),
            chat,
        )
    )


async def set_aside(tx: Tx, *, update_id: int, reason: str, at: datetime) -> None:
    """Record an update that could not be processed: its id and the class of the error."""
    await tx.run(
        "INSERT INTO set_aside (update_id, reason, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        update_id,
        reason,
        utc_text(at),
    )


async def has_old_updates(tx: Tx, *, now: datetime) -> bool:
    """Say whether there is anything to forget."""
    oldest = await tx.one(
        "SELECT 1 AS yes FROM processed_updates WHERE at < ? LIMIT 1", _retention_limit(now)
    )
    return oldest is not None


async def forget_updates(tx: Tx, *, now: datetime) -> int:
    """Delete the updates that Telegram can no longer repeat; return how many."""
    return await tx.run("DELETE FROM processed_updates WHERE at < ?", _retention_limit(now))


def _retention_limit(now: datetime) -> str:
    return utc_text(now - UPDATE_RETENTION)
