"""What came in: updates whose effect is kept, updates set aside, and signs of life."""

from datetime import datetime, timedelta

from storage.database.tx import Tx, at_text, at_time

REMEMBERED = timedelta(days=2)
"""Telegram repeats an update for at most a day."""

CALENDAR_KEY = "calendar_key"
"""The fact with the secret, sealed, that makes keys of identities in calendars."""


async def hear(tx: Tx, *, update_id: int, chat: int, at: datetime) -> bool:
    """Note an update in the transaction that carries its effect; False when it is a repetition.

    It waits for another worker that has an update of the same chat in hand.
    """
    return bool(
        await tx.run(
            f"INSERT INTO heard (update_id, at) SELECT ?, ? WHERE {tx.turn} IS NOT NULL"
            " ON CONFLICT DO NOTHING",
            update_id,
            at_text(at),
            chat,
        )
    )


async def set_aside(tx: Tx, *, update_id: int, reason: str, at: datetime) -> None:
    """Note an update that nothing could be made of: its id and the class of the error."""
    await tx.run(
        "INSERT INTO set_aside (update_id, reason, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        update_id,
        reason,
        at_text(at),
    )


async def has_old(tx: Tx, *, now: datetime) -> bool:
    """Say whether there is something to forget."""
    oldest = await tx.one("SELECT 1 AS yes FROM heard WHERE at < ? LIMIT 1", _remembered(now))
    return oldest is not None


async def forget(tx: Tx, *, now: datetime) -> int:
    """Forget updates that Telegram can no longer repeat."""
    return await tx.run("DELETE FROM heard WHERE at < ?", _remembered(now))


async def beat(tx: Tx, *, name: str, at: datetime) -> None:
    """Note that something works at this moment."""
    await tx.run(
        "INSERT INTO pulses (name, at) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET at = excluded.at",
        name,
        at_text(at),
    )


async def beat_again(tx: Tx, *, name: str, at: datetime) -> datetime | None:
    """Note that something works, and return when it was last seen to; of many, one at a time."""
    row = await tx.one(f"SELECT at FROM pulses WHERE name = ?{tx.holding}", name)
    await beat(tx, name=name, at=at)
    return None if row is None else at_time(row["at"])


async def last_beat(tx: Tx, name: str) -> datetime | None:
    """Return when something was last seen to work."""
    row = await tx.one("SELECT at FROM pulses WHERE name = ?", name)
    return None if row is None else at_time(row["at"])


def _remembered(now: datetime) -> str:
    return at_text(now - REMEMBERED)


async def learn(tx: Tx, *, name: str, value: str) -> None:
    """Keep a small fact for another command, e.g. the bot's name."""
    await tx.run(
        "INSERT INTO facts (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name,
        value,
    )


async def unlearn(tx: Tx, *, name: str) -> None:
    """Forget a fact that is no longer one."""
    await tx.run("DELETE FROM facts WHERE name = ?", name)


async def recall(tx: Tx, name: str) -> str | None:
    """Return a fact that was learnt."""
    row = await tx.one("SELECT value FROM facts WHERE name = ?", name)
    return None if row is None else str(row["value"])


async def recall_all(tx: Tx, prefix: str) -> dict[str, str]:
    """Return every fact whose name begins so."""
    rows = await tx.all("SELECT name, value FROM facts")
    return {row["name"]: row["value"] for row in rows if row["name"].startswith(prefix)}
