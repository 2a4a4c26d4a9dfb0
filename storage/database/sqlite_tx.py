"""The three verbs on SQLite: at once where one writes, on a thread where one only reads.

A statement costs some ten microseconds, a hop to a connection's thread and back ten times that.
So inside a writing transaction, which must be short anyway because all others wait for it, a
statement runs where it is called. What may wait for the disk or for another process, BEGIN and
COMMIT, and reading, which may take as long as it likes, run on aiosqlite's threads.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import aiosqlite

from alliance.errors import StoreDamaged, StoreUnavailable
from storage.database.encryption import Sealing
from storage.database.tx import BadStatement, Row, Value

STATEMENTS_IN_A_BREATH = 64


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection with its two handles; they are never used at the same time.

    Attributes:
        direct: For what is quick: it runs at once.
        threaded: For what may take long: it runs on a thread of its own.
    """

    direct: sqlite3.Connection
    threaded: aiosqlite.Connection

    def at_once(self, sql: str, *values: Value) -> sqlite3.Cursor:
        """Carry out what is quick.

        Raises:
            StoreUnavailable: The disk is full or read-only, or the file is damaged.
            BadStatement: No database could carry this out.
        """
        try:
            return self.direct.execute(sql, values)
        except sqlite3.DatabaseError as failed:
            raise told(failed) from failed

    async def patiently(self, sql: str, *values: Value) -> Sequence[Row]:
        """Carry out on the thread what may take long; return all rows.

        Raises:
            StoreUnavailable: The disk is full or read-only, or the file is locked or damaged.
            BadStatement: No database could carry this out.
        """
        try:
            return list(await self.threaded.execute_fetchall(sql, values))
        except sqlite3.DatabaseError as failed:
            raise told(failed) from failed


class WritingTx:
    """The verbs of the one transaction that writes at this moment."""

    holding = skipping = ""
    turn = "?"

    def __init__(self, connection: Connection, sealing: Sealing) -> None:
        self.sealing = sealing
        self._connection = connection
        self._statements = 0
        self._is_over = False

    async def run(self, sql: str, *values: Value) -> int:
        """Carry out one INSERT, UPDATE or DELETE; return how many rows it touched."""
        return (await self._carried_out(sql, values)).rowcount

    async def one(self, sql: str, *values: Value) -> Row | None:
        """Return the first row, or None when there is none."""
        rows = await self.all(sql, *values)
        return rows[0] if rows else None

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Return all rows.

        Raises:
            StoreUnavailable: The disk is full or read-only, or the file is damaged.
        """
        cursor = await self._carried_out(sql, values)
        try:
            return cursor.fetchall()
        except sqlite3.DatabaseError as failed:
            raise told(failed) from failed

    def end(self) -> None:
        """Take nothing more: it would become part of somebody else's transaction."""
        self._is_over = True

    async def _carried_out(self, sql: str, values: tuple[Value, ...]) -> sqlite3.Cursor:
        self._statements += 1
        if self._statements % STATEMENTS_IN_A_BREATH == 0:
            await asyncio.sleep(0)  # a long import lets the others breathe
        if self._is_over:
            raise RuntimeError("this transaction has ended")
        if not self._connection.direct.in_transaction:
            # A full disk has made SQLite take everything back; what comes after must not
            # be kept on its own.
            raise StoreUnavailable("The database took the transaction back.")
        return self._connection.at_once(sql, *values)


class ReadingTx:
    """The verbs on a connection that cannot write."""

    holding = skipping = ""
    turn = "?"

    def __init__(self, connection: Connection, sealing: Sealing) -> None:
        self.sealing = sealing
        self._connection = connection

    async def run(self, sql: str, *values: Value) -> int:
        """Refuse: a reading transaction changes nothing."""
        await self._connection.patiently(sql, *values)
        raise BadStatement("a reading transaction changes nothing")

    async def one(self, sql: str, *values: Value) -> Row | None:
        """Return the first row, or None when there is none."""
        rows = await self.all(sql, *values)
        return rows[0] if rows else None

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Return all rows.

        Raises:
            StoreUnavailable: The file is damaged, or the statement writes.
        """
        return await self._connection.patiently(sql, *values)


def told(failed: sqlite3.DatabaseError) -> Exception:
    """Return an error of SQLite's as what it means to us; a broken rule stays what it is."""
    if isinstance(failed, sqlite3.IntegrityError | sqlite3.ProgrammingError):
        return failed
    if failed.sqlite_errorcode == sqlite3.SQLITE_ERROR:
        return BadStatement(f"SQLite cannot carry this out: {failed}")
    if failed.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreDamaged(f"The database is damaged: {failed}; restore a backup.")
    return StoreUnavailable(f"The database cannot be used: {failed}")
