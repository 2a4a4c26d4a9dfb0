"""Transactions on SQLite: writing runs directly, reading in a thread.

A statement takes some ten microseconds, a switch to a connection's thread and back ten times
that. So the statements of a writing transaction, which must be short anyway because all others
wait for it, run directly. BEGIN and COMMIT, which may wait for the disk or for another process,
and reading, which may take long, run in aiosqlite's threads.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import aiosqlite

from alliance.errors import StoreDamaged, StoreUnavailable
from storage.database.encryption import Encryption
from storage.database.tx import BadStatement, Row, Value

STATEMENTS_PER_YIELD = 64


@dataclass(frozen=True, slots=True)
class SqliteConnection:
    """One connection with two handles; they are never used at the same time.

    Attributes:
        direct: For quick statements: they run at once.
        threaded: For statements that may take long: they run in a thread.
    """

    direct: sqlite3.Connection
    threaded: aiosqlite.Connection

    def execute_direct(self, sql: str, *values: Value) -> sqlite3.Cursor:
        """Execute a quick statement.

        Raises:
            StoreUnavailable: The disk is full or read-only, or the file is damaged.
            BadStatement: The statement is wrong.
        """
        try:
            return self.direct.execute(sql, values)
        except sqlite3.DatabaseError as failed:
            raise translate_error(failed) from failed

    async def execute_in_thread(self, sql: str, *values: Value) -> Sequence[Row]:
        """Execute in the thread a statement that may take long; return all rows.

        Raises:
            StoreUnavailable: The disk is full or read-only, or the file is locked or damaged.
            BadStatement: The statement is wrong.
        """
        try:
            return list(await self.threaded.execute_fetchall(sql, values))
        except sqlite3.DatabaseError as failed:
            raise translate_error(failed) from failed


class WritingTx:
    """The transaction that is writing at this moment."""

    for_update = skip_locked = ""
    advisory_lock = "?"

    def __init__(self, connection: SqliteConnection, encryption: Encryption) -> None:
        self.encryption = encryption
        self._connection = connection
        self._statements = 0
        self._is_over = False

    async def run(self, sql: str, *values: Value) -> int:
        """Execute one INSERT, UPDATE or DELETE; return the number of rows changed."""
        return (await self._execute(sql, values)).rowcount

    async def one(self, sql: str, *values: Value) -> Row | None:
        """Return the first row, or None when there is none."""
        rows = await self.all(sql, *values)
        return rows[0] if rows else None

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Return all rows.

        Raises:
            StoreUnavailable: The disk is full or read-only, or the file is damaged.
        """
        cursor = await self._execute(sql, values)
        try:
            return cursor.fetchall()
        except sqlite3.DatabaseError as failed:
            raise translate_error(failed) from failed

    def end(self) -> None:
        """Refuse further statements: they would become part of the next transaction."""
        self._is_over = True

    async def _execute(self, sql: str, values: tuple[Value, ...]) -> sqlite3.Cursor:
        self._statements += 1
        if self._statements % STATEMENTS_PER_YIELD == 0:
            await asyncio.sleep(0)  # let other tasks run during a long import
        if self._is_over:
            raise RuntimeError("this transaction has ended")
        if not self._connection.direct.in_transaction:
            # A full disk made SQLite roll everything back; what follows must not be saved alone.
            raise StoreUnavailable("The database rolled the transaction back.")
        return self._connection.execute_direct(sql, *values)


class ReadingTx:
    """A transaction on a connection that cannot write."""

    for_update = skip_locked = ""
    advisory_lock = "?"

    def __init__(self, connection: SqliteConnection, encryption: Encryption) -> None:
        self.encryption = encryption
        self._connection = connection

    async def run(self, sql: str, *values: Value) -> int:
        """Refuse: a reading transaction changes nothing."""
        await self._connection.execute_in_thread(sql, *values)
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
        return await self._connection.execute_in_thread(sql, *values)


def translate_error(failed: sqlite3.DatabaseError) -> Exception:
    """Return our error for one of SQLite's; violated constraints stay as they are."""
    if isinstance(failed, sqlite3.IntegrityError | sqlite3.ProgrammingError):
        return failed
    if failed.sqlite_errorcode == sqlite3.SQLITE_ERROR:
        return BadStatement(f"SQLite cannot execute this: {failed}")
    if failed.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreDamaged(f"The database is damaged: {failed}; restore a backup.")
    return StoreUnavailable(f"The database cannot be used: {failed}")
