"""Stores and transactions, the interface of every database: ``run``, ``one`` and ``all``.

SQL is written once for both SQLite and PostgreSQL: ``?`` for values, UTC times as text.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any, Protocol

from storage.database.encryption import Encryption

Value = str | int | float | None


class BadStatement(Exception):
    """The statement is wrong, or its table is missing; retrying does not help."""


class Row(Protocol):
    """One row; columns are read by name."""

    def __getitem__(self, column: str, /) -> Any:
        """Return the column's value."""


class Tx(Protocol):
    """One open transaction.

    Attributes:
        for_update: SQL suffix that locks the selected rows until commit (FOR UPDATE on
            PostgreSQL, empty on SQLite).
        skip_locked: SQL suffix that skips rows locked by others (FOR UPDATE SKIP LOCKED; empty
            on SQLite).
        advisory_lock: SQL expression that takes a transaction-scoped advisory lock on the bound
            integer.
        encryption: Encrypts and decrypts Telegram ids and what people typed.
    """

    for_update: str
    skip_locked: str
    advisory_lock: str
    encryption: Encryption

    async def run(self, sql: str, *values: Value) -> int:
        """Execute one INSERT, UPDATE or DELETE; return the number of rows changed."""

    async def one(self, sql: str, *values: Value) -> Row | None:
        """Return the first row, or None when there is none."""

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Return all rows."""


class Store(Protocol):
    """An open database."""

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """Write all or nothing; leaving the block without an error means it is on disk."""

    def read_transaction(self) -> AbstractAsyncContextManager[Tx]:
        """Read one consistent snapshot; writing is refused."""

    async def purge_deleted(self) -> None:
        """Remove what was deleted from the files, too, as far as the database allows."""

    async def rewrite(self) -> bool:
        """Rewrite the files without anything that was deleted; False to try again later."""

    async def close(self) -> None:
        """Close every connection."""


def utc_text(at: datetime) -> str:
    """Return an aware time as UTC text of fixed width: sorted as text, it is sorted by time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def utc_time(text: str) -> datetime:
    """Return the aware UTC time that ``utc_text`` wrote."""
    return datetime.fromisoformat(text)


def utc_text_or_none(at: datetime | None) -> str | None:
    """Return the time as text, or None for None."""
    return None if at is None else utc_text(at)


def utc_time_or_none(text: str | None) -> datetime | None:
    """Return the time, or None for None."""
    return None if text is None else utc_time(text)


MAX_IDS_PER_QUERY = 500
"""Databases limit the number of values in one statement."""


def id_batches(ids: Iterable[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the question marks for ``IN (...)`` and their ids, in batches."""
    unique = sorted(set(ids))
    for begin in range(0, len(unique), MAX_IDS_PER_QUERY):
        batch = unique[begin : begin + MAX_IDS_PER_QUERY]
        yield ", ".join("?" for _ in batch), batch
