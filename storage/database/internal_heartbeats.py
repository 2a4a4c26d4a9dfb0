"""When each part of the program last worked, e.g. the scheduler and the poller."""

from datetime import datetime

from storage.database.tx import Tx, utc_text, utc_time


async def record_heartbeat(tx: Tx, *, name: str, at: datetime) -> None:
    """Record that a part of the program works at this moment."""
    await tx.run(
        "INSERT INTO internal_heartbeats (name, at) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET at = excluded.at",
        name,
        utc_text(at),
    )


async def replace_heartbeat(tx: Tx, *, name: str, at: datetime) -> datetime | None:
    """Record a heartbeat and return the one before; several workers do so one after the other."""
    row = await tx.one(f"SELECT at FROM internal_heartbeats WHERE name = ?{tx.for_update}", name)
    await record_heartbeat(tx, name=name, at=at)
    return None if row is None else utc_time(row["at"])


async def last_heartbeat(tx: Tx, name: str) -> datetime | None:
    """Return when a part of the program last recorded a heartbeat."""
    row = await tx.one("SELECT at FROM internal_heartbeats WHERE name = ?", name)
    return None if row is None else utc_time(row["at"])
