"""Attempts to use links that do not exist, and how long an account then has to wait.

They are stored, so that a restart does not reset them; the accounts are only blind indexes.
"""

from datetime import datetime

from alliance.people.failed_links import (
    REMEMBER_FOR,
    exceeds_total_limit,
    next_try_at,
    penalised_tries,
)
from storage.database.tokens import token_hash
from storage.database.tx import Tx, utc_text, utc_time
from storage.messages import coordinator_notices

PURPOSE = "guess"
"""Keeps this blind index apart from those of other tables."""


async def blocked_until(tx: Tx, *, telegram_id: int, at: datetime) -> datetime | None:
    """Return until when an account must wait with its next link; None when it need not."""
    until = next_try_at(await _attempts_of_account(tx, telegram_id, at), await count(tx, at=at))
    return until if until is not None and until > at else None


async def record(tx: Tx, *, telegram_id: int, token: str, at: datetime) -> None:
    """Record a link that does not exist; the same link again from one account counts once.

    As soon as an account has to wait, the coordinators are notified, once a day.
    """
    await tx.run(
        "INSERT INTO failed_links (blind, token_hash, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        tx.encryption.blind_index(str(telegram_id), purpose=PURPOSE),
        token_hash(token),
        utc_text(at),
    )
    total = await count(tx, at=at)
    if exceeds_total_limit(total) or penalised_tries(
        len(await _attempts_of_account(tx, telegram_id, at)), total
    ):
        await coordinator_notices.notify_failed_links(tx, at=at)


async def count(tx: Tx, *, at: datetime) -> int:
    """Return how many wrong links were tried lately, by all accounts together."""
    row = await tx.one("SELECT COUNT(*) AS number FROM failed_links WHERE at > ?", _since(at))
    return 0 if row is None else int(row["number"])


async def forget(tx: Tx, *, now: datetime) -> int:
    """Delete attempts that no longer count; return how many."""
    return await tx.run("DELETE FROM failed_links WHERE at <= ?", _since(now))


async def _attempts_of_account(tx: Tx, telegram_id: int, at: datetime) -> list[datetime]:
    indexes = tx.encryption.blind_indexes(str(telegram_id), purpose=PURPOSE)
    marks = ", ".join("?" for _ in indexes)
    rows = await tx.all(
        f"SELECT at FROM failed_links WHERE blind IN ({marks}) AND at > ? ORDER BY at",
        *indexes,
        _since(at),
    )
    return [utc_time(row["at"]) for row in rows]


def _since(at: datetime) -> str:
    return utc_text(at - REMEMBER_FOR)
