"""Accounts: which Telegram account is whose; sealed, and found by a blind index."""

from collections.abc import Sequence
from datetime import datetime

from storage.database.encryption import Place
from storage.database.tx import Tx, at_text

PURPOSE = "account"
"""What the blind index is for; an index for something else never equals it."""


def place(person_id: str) -> Place:
    """Return where the account of a person is sealed."""
    return Place("accounts", "sealed", person_id)


async def owner(tx: Tx, telegram_id: int) -> str | None:
    """Return the id of the person who writes from an account, if we know them.

    A rotation beside us puts its new key into the file before it seals anything with it. So
    whoever is not found under keys that have changed meanwhile is looked for again.
    """
    tried: Sequence[str] = ()
    while tried != (blinds := tx.sealing.blinds(str(telegram_id), purpose=PURPOSE)):
        marks = ", ".join("?" for _ in blinds)
        row = await tx.one(f"SELECT person_id FROM accounts WHERE blind IN ({marks})", *blinds)
        if row is not None:
            return str(row["person_id"])
        tried = blinds
    return None


async def of_person(tx: Tx, person_id: str) -> int | None:
    """Return the account of a person, or None before they have come."""
    row = await tx.one("SELECT sealed FROM accounts WHERE person_id = ?", person_id)
    return None if row is None else int(tx.sealing.opened(row["sealed"], place(person_id)))


async def bind(tx: Tx, *, person_id: str, telegram_id: int, at: datetime) -> None:
    """Tie a person to a Telegram account, in place of an earlier one of theirs."""
    await tx.run("DELETE FROM accounts WHERE person_id = ?", person_id)
    await _add(tx, person_id=person_id, telegram_id=telegram_id, since=at_text(at))


async def forget(tx: Tx, *, person_id: str) -> None:
    """Forget which Telegram account is somebody's."""
    await tx.run("DELETE FROM accounts WHERE person_id = ?", person_id)


async def _add(tx: Tx, *, person_id: str, telegram_id: int, since: str) -> None:
    text = str(telegram_id)
    await tx.run(
        "INSERT INTO accounts (person_id, sealed, blind, since) VALUES (?, ?, ?, ?)",
        person_id,
        tx.sealing.seal(text, place(person_id)),
        tx.sealing.blind(text, purpose=PURPOSE),
        since,
    )


async def index(tx: Tx, *, person_id: str, telegram_id: str) -> None:
    """Renew the blind index of an account that was sealed anew."""
    await tx.run(
        "UPDATE accounts SET blind = ? WHERE person_id = ?",
        tx.sealing.blind(telegram_id, purpose=PURPOSE),
        person_id,
    )


async def take_over_chats(tx: Tx) -> None:
    """Seal the accounts that an earlier version kept readable, and take them away there."""
    for row in await tx.all("SELECT person_id, telegram_id, since FROM chats"):
        await _add(
            tx,
            person_id=row["person_id"],
            telegram_id=row["telegram_id"],
            since=row["since"],
        )
    await tx.run("DELETE FROM chats")
