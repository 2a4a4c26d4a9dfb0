"""SQLite: one writer with shared commits, and readers that cannot write."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiosqlite

from alliance.errors import BadKey, StoreUnavailable
from storage.database.encryption import Encryption, make_key_file
from storage.database.sqlite_file import (
    check_not_encrypted,
    file_presence_check,
    file_uri,
    open_error,
)
from storage.database.sqlite_tx import ReadingTx, SqliteConnection
from storage.database.sqlite_writer import SqliteWriter
from storage.database.tx import Tx

READERS = 2
BUSY_MS = 5_000
RETRY_SECONDS = 0.02
CACHED_STATEMENTS = 512
ROWS_AT_ONCE = 64


class SqliteStore:
    """An open SQLite file: one connection writes, the others read."""

    def __init__(
        self,
        writer: SqliteConnection | None,
        readers: Sequence[SqliteConnection],
        encryption: Encryption,
    ) -> None:
        self._writer = (
            None
            if writer is None
            else SqliteWriter(writer, encryption, file_presence_check(writer))
        )
        self._encryption = encryption
        self._connections = [*readers] if writer is None else [writer, *readers]
        self._readers: asyncio.Queue[SqliteConnection] = asyncio.Queue()
        for reader in readers:
            self._readers.put_nowait(reader)

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """Write all or nothing; leaving the block without an error means it is on disk.

        Raises:
            StoreUnavailable: Nothing of this transaction was saved.
        """
        if self._writer is None:
            raise StoreUnavailable("This database was opened for reading only.")
        return self._writer.transaction()

    @asynccontextmanager
    async def read_transaction(self) -> AsyncIterator[Tx]:
        """Read one consistent snapshot; writing is refused."""
        reader = await self._readers.get()
        try:
            reader.execute_direct("BEGIN")  # takes no lock: the first query fixes the snapshot
            try:
                yield ReadingTx(reader, self._encryption)
            finally:
                await _finish_despite_cancel(reader.execute_in_thread("COMMIT"))
        finally:
            self._readers.put_nowait(reader)

    async def purge_deleted(self) -> None:
        """Remove what was deleted from the file and its log."""
        if self._writer is not None:
            await self._writer.purge_deleted()

    async def rewrite(self) -> bool:
        """Rewrite the file, so that none of its free pages contain what was deleted.

        Nothing else may write meanwhile, and this process must be the one that checkpoints.

        Returns:
            False while somebody still reads the old file; try again later.
        """
        writer = self._connections[0]
        await writer.execute_in_thread("VACUUM")
        row = (await writer.execute_in_thread("PRAGMA wal_checkpoint(TRUNCATE)"))[0]
        return not row["busy"]

    async def close(self) -> None:
        """Close every connection after the current transaction has ended."""
        if self._writer is not None:
            await self._writer.wait_until_idle()
        for connection in self._connections:
            await connection.threaded.close()


def key_file_of(path: Path) -> Path:
    """Return the default key file of a SQLite file."""
    return path.with_name(f"{path.name}.key")


async def _finish_despite_cancel(work: Coroutine[Any, Any, object]) -> None:
    """Finish the work even when the waiting task is cancelled meanwhile.

    A statement may still be running in the thread; the next reader must not meet it.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.shield(asyncio.wait([task]))
        raise


async def open_store(
    path: Path, *, encryption: Encryption | None = None, write: bool = True, checkpoint: bool = True
) -> SqliteStore:
    """Open a SQLite file; the caller migrates it.

    Args:
        path: The file; created if it is missing and ``write`` is set.
        encryption: For personal data; None uses the key file next to the database, which is
            created if it is missing and ``write`` is set.
        write: Whether to open the writing connection.
        checkpoint: Whether that connection may move the log into the file. Only one process may:
            SQLite before 3.51.3 can damage a file when two do so at once.

    Raises:
        StoreUnavailable: The file cannot be opened; the message says what to check.
        BadKey: Its key file is missing.
    """
    opened: list[SqliteConnection] = []
    if write and encryption is None and not key_file_of(path).exists():
        check_not_encrypted(path, key_file=key_file_of(path))
    try:
        writer = None
        if write and encryption is None and not key_file_of(path).exists():
            make_key_file(
                key_file_of(path)
            )  # before the database, so that neither exists without it
        if write:
            writer = await _connect(file_uri(path, mode="rwc"), opened)
            await _prepare_writer(writer, checkpoint=checkpoint)
        readers = [await _connect(file_uri(path, mode="ro"), opened) for _ in range(READERS)]
        for reader in readers:
            await reader.execute_in_thread("PRAGMA query_only = ON")
        if encryption is None:
            encryption = Encryption.from_file(key_file_of(path))
    except (sqlite3.Error, StoreUnavailable, BadKey) as failed:
        for connection in opened:
            await connection.threaded.close()
        raise open_error(path, failed) from failed
    return SqliteStore(writer, readers, encryption)


async def _connect(uri: str, opened: list[SqliteConnection]) -> SqliteConnection:
    # Used by two threads, though never at once; SQLite is built to allow that.
    direct = await asyncio.to_thread(
        sqlite3.connect,
        uri,
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=CACHED_STATEMENTS,
    )
    direct.row_factory = sqlite3.Row
    threaded = await aiosqlite.Connection(lambda: direct, ROWS_AT_ONCE)
    connection = SqliteConnection(direct, threaded)
    opened.append(connection)
    await connection.execute_in_thread(f"PRAGMA busy_timeout = {BUSY_MS}")
    return connection


async def _prepare_writer(writer: SqliteConnection, *, checkpoint: bool) -> None:
    await _enable_wal(writer)
    # An acknowledged answer survives a power failure.
    await writer.execute_in_thread("PRAGMA synchronous = FULL")
    await writer.execute_in_thread("PRAGMA foreign_keys = ON")
    # Deleted data is overwritten, so that a stolen file does not contain it.
    await writer.execute_in_thread("PRAGMA secure_delete = ON")
    if not checkpoint:
        await writer.execute_in_thread("PRAGMA wal_autocheckpoint = 0")


async def _enable_wal(writer: SqliteConnection) -> None:
    """Switch to write-ahead logging: readers need not wait, and a commit flushes only the log.

    When two processes switch a new file at the same moment, SQLite refuses one of them at once,
    whatever its busy timeout. So it tries again.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + BUSY_MS / 1_000
    while True:
        try:
            await writer.threaded.execute_fetchall("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as failed:
            if failed.sqlite_errorcode != sqlite3.SQLITE_BUSY or loop.time() > deadline:
                raise
        else:
            return
        await asyncio.sleep(RETRY_SECONDS)
