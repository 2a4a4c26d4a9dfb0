"""The three verbs every room speaks to the database: run, one, all.

SQL is written once, for SQLite and PostgreSQL alike: ``?`` for values, UTC times as text.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any, Protocol

from storage.database.encryption import Sealing

Value = str | int | float | None


class BadStatement(Exception):
    """The statement is a fault of ours, or its table is missing; waiting does not help."""


class Row(Protocol):
    """One row; columns are read by name."""

    def __getitem__(self, column: str, /) -> Any:
        """Return the column's value."""


class Tx(Protocol):
    """One open transaction.

    Attributes:
        holding: Ends a SELECT whose rows nobody else may change before this transaction is over;
            it waits for whoever has one in hand. Empty where there is one writer.
        skipping: Ends a SELECT likewise, but leaves out rows that others have in hand.
        turn: An expression with one ``?``, a number: it has a value once no other transaction
            has the turn of that number, and then it is ours until this transaction is over.
        sealing: Seals who somebody is and what they typed, and opens it again.
    """

    holding: str
    skipping: str
    turn: str
    sealing: Sealing

    async def run(self, sql: str, *values: Value) -> int:
        """Carry out one INSERT, UPDATE or DELETE; return how many rows it touched."""

    async def one(self, sql: str, *values: Value) -> Row | None:
        """Return the first row, or None when there is none."""

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Return all rows."""


class Store(Protocol):
    """A database that is open."""

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """Write all or nothing; leaving the block without an error means it is on disk."""

    def reading(self) -> AbstractAsyncContextManager[Tx]:
        """Read one consistent picture; writing is refused."""

    async def settle(self) -> None:
        """Let what was deleted also leave the files, as far as the database lets us."""

    async def rewrite(self) -> bool:
        """Let nothing that was deleted stay in the files; False when it could not be done yet."""

    async def close(self) -> None:
        """Let go of every connection."""


def at_text(at: datetime) -> str:
    """Return an aware time as UTC text of fixed width, so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def at_time(text: str) -> datetime:
    """Return the aware UTC time that ``at_text`` wrote."""
    return datetime.fromisoformat(text)


def at_time_or_none(text: str | None) -> datetime | None:
    """Return the time, or None where there is none."""
    return None if text is None else at_time(text)


IN_ONE_QUERY = 500
"""Databases bound the number of values in one statement."""


def in_parts(ids: Iterable[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the question marks for ``IN (...)`` and their ids, a part of them at a time."""
    every = sorted(set(ids))
    for begin in range(0, len(every), IN_ONE_QUERY):
        some = every[begin : begin + IN_ONE_QUERY]
        yield ", ".join("?" for _ in some), some
