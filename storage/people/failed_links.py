"""Guesses: links that do not exist, and until when an account that tries them has to wait.

Kept, so that a restart forgives nothing; who tried cannot be read from it.
"""

from datetime import datetime

from alliance.people.failed_links import REMEMBERED, excess, is_crowd, waits_until
from storage.database.tx import Tx, at_text, at_time
from storage.messages import coordinator_notices
from storage.people.invitations import token_hash

PURPOSE = "guess"
"""What the blind index is for; an index for something else never equals it."""


async def waits(tx: Tx, *, telegram_id: int, at: datetime) -> datetime | None:
    """Return until when no link from an account is looked at; None when it need not wait."""
    until = waits_until(await _own(tx, telegram_id, at), await count(tx, at=at))
    return until if until is not None and until > at else None


async def note(tx: Tx, *, telegram_id: int, token: str, at: datetime) -> None:
    """Note a link that does not exist; the same one again from the same account is no other.

    Coordinators hear of it, once a day, from where an account has to wait.
    """
    await tx.run(
        "INSERT INTO guesses (blind, token_hash, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        tx.sealing.blind(str(telegram_id), purpose=PURPOSE),
        token_hash(token),
        at_text(at),
    )
    of_all = await count(tx, at=at)
    if is_crowd(of_all) or excess(len(await _own(tx, telegram_id, at)), of_all):
        await coordinator_notices.guessing(tx, at=at)


async def count(tx: Tx, *, at: datetime) -> int:
    """Return how many wrong links were tried of late, by all accounts."""
    row = await tx.one("SELECT COUNT(*) AS number FROM guesses WHERE at > ?", _since(at))
    return 0 if row is None else int(row["number"])


async def forget(tx: Tx, *, now: datetime) -> int:
    """Forget what counts no longer."""
    return await tx.run("DELETE FROM guesses WHERE at <= ?", _since(now))


async def _own(tx: Tx, telegram_id: int, at: datetime) -> list[datetime]:
    blinds = tx.sealing.blinds(str(telegram_id), purpose=PURPOSE)
    marks = ", ".join("?" for _ in blinds)
    rows = await tx.all(
        f"SELECT at FROM guesses WHERE blind IN ({marks}) AND at > ? ORDER BY at",
        *blinds,
        _since(at),
    )
    return [at_time(row["at"]) for row in rows]


def _since(at: datetime) -> str:
    return at_text(at - REMEMBERED)
