"""Accounts: which Telegram account belongs to whom; encrypted, and found by a blind index."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from storage.database.encryption import CellAddress
from storage.database.tx import Tx, utc_text

PURPOSE = "account"
"""Keeps this blind index apart from those of other tables."""


class Address(NamedTuple):
    """Where messages to a person go: their account, and a topic of the chat with it, if any."""

    account_id: int
    topic_id: int | None


def _cell(person_id: str) -> CellAddress:
    return CellAddress("accounts", "sealed", person_id)


async def owner(tx: Tx, telegram_id: int) -> str | None:
    """Return the id of the person with that account, if any.

    A key rotation in another process adds its new key to the key file before it encrypts
    anything with it. So if the keys have changed during the search, we search again.
    """
    tried: Sequence[str] = ()
    while tried != (indexes := tx.encryption.blind_indexes(str(telegram_id), purpose=PURPOSE)):
        marks = ", ".join("?" for _ in indexes)
        row = await tx.one(f"SELECT person_id FROM accounts WHERE blind IN ({marks})", *indexes)
        if row is not None:
            return str(row["person_id"])
        tried = indexes
    return None


async def of_person(tx: Tx, person_id: str) -> int | None:
    """Return a person's account; None before they have joined."""
    address = await address_of(tx, person_id)
    return None if address is None else address.account_id


async def address_of(tx: Tx, person_id: str) -> Address | None:
    """Return where messages to a person go; None before they have joined."""
    row = await tx.one("SELECT sealed, topic_id FROM accounts WHERE person_id = ?", person_id)
    if row is None:
        return None
    account_id = int(tx.encryption.decrypt(row["sealed"], _cell(person_id)))
    return Address(account_id, row["topic_id"])


async def record_topic(tx: Tx, *, telegram_id: int, topic_id: int) -> None:
    """Record in which topic of the chat the owner of an account has written, if it has one."""
    person_id = await owner(tx, telegram_id)
    if person_id is not None:
        await tx.run("UPDATE accounts SET topic_id = ? WHERE person_id = ?", topic_id, person_id)


async def bind(tx: Tx, *, person_id: str, telegram_id: int, at: datetime) -> None:
    """Give a person a Telegram account; it replaces an earlier one."""
    await tx.run("DELETE FROM accounts WHERE person_id = ?", person_id)
    await _add(tx, person_id=person_id, telegram_id=telegram_id, since=utc_text(at))


async def forget(tx: Tx, *, person_id: str) -> None:
    """Delete a person's account."""
    await tx.run("DELETE FROM accounts WHERE person_id = ?", person_id)


async def _add(tx: Tx, *, person_id: str, telegram_id: int, since: str) -> None:
    text = str(telegram_id)
    await tx.run(
        "INSERT INTO accounts (person_id, sealed, blind, since) VALUES (?, ?, ?, ?)",
        person_id,
        tx.encryption.encrypt(text, _cell(person_id)),
        tx.encryption.blind_index(text, purpose=PURPOSE),
        since,
    )


async def update_blind_index(tx: Tx, *, person_id: str, telegram_id: str) -> None:
    """Renew the blind index of an account after its key has changed."""
    await tx.run(
        "UPDATE accounts SET blind = ? WHERE person_id = ?",
        tx.encryption.blind_index(telegram_id, purpose=PURPOSE),
        person_id,
    )


async def migrate_chats(tx: Tx) -> None:
    """Encrypt the accounts that an earlier version stored in plain text, and delete those."""
    for row in await tx.all("SELECT person_id, telegram_id, since FROM chats"):
        await _add(
            tx,
            person_id=row["person_id"],
            telegram_id=row["telegram_id"],
            since=row["since"],
        )
    await tx.run("DELETE FROM chats")
