"""SQLite behind the three verbs: one writer, shared commits, readers that cannot write."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiosqlite

from alliance.errors import BadKey, StoreUnavailable
from storage.database.encryption import Sealing, make_key_file
from storage.database.sqlite_file import check_unsealed, is_in_place, unusable
from storage.database.sqlite_tx import Connection, ReadingTx
from storage.database.sqlite_writer import Writer
from storage.database.tx import Tx

READERS = 2
BUSY_MS = 5_000
TURN_SECONDS = 0.02
CACHED_STATEMENTS = 512
ROWS_AT_ONCE = 64


class SqliteStore:
    """A SQLite file that is open: one connection writes, the others read."""

    def __init__(
        self, writer: Connection | None, readers: Sequence[Connection], sealing: Sealing
    ) -> None:
        self._writer = None if writer is None else Writer(writer, sealing, is_in_place(writer))
        self._sealing = sealing
        self._connections = [*readers] if writer is None else [writer, *readers]
        self._readers: asyncio.Queue[Connection] = asyncio.Queue()
        for reader in readers:
            self._readers.put_nowait(reader)

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """Write all or nothing; leaving the block without an error means it is on disk.

        Raises:
            StoreUnavailable: Nothing of this transaction was kept.
        """
        if self._writer is None:
            raise StoreUnavailable("This database was opened for reading only.")
        return self._writer.transaction()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """Read one consistent picture; writing is refused."""
        reader = await self._readers.get()
        try:
            reader.at_once("BEGIN")  # it takes no lock: the picture is fixed at the first look
            try:
                yield ReadingTx(reader, self._sealing)
            finally:
                await _finish(reader.patiently("COMMIT"))
        finally:
            self._readers.put_nowait(reader)

    async def settle(self) -> None:
        """Let nothing that was deleted stand in the file or its log any longer."""
        if self._writer is not None:
            await self._writer.settle()

    async def rewrite(self) -> bool:
        """Write the file anew, so that no free page of it keeps what was deleted.

        Nothing else may write meanwhile, and this process must be the one that checkpoints.

        Returns:
            False when somebody still reads the file as it was; then call it again later.
        """
        writer = self._connections[0]
        await writer.patiently("VACUUM")
        row = (await writer.patiently("PRAGMA wal_checkpoint(TRUNCATE)"))[0]
        return not row["busy"]

    async def close(self) -> None:
        """Let go of every connection, once the transaction under way has ended."""
        if self._writer is not None:
            await self._writer.rest()
        for connection in self._connections:
            await connection.threaded.close()


def key_file_of(path: Path) -> Path:
    """Return where the keys of a SQLite file stand if the settings name no other."""
    return path.with_name(f"{path.name}.key")


async def _finish(work: Coroutine[Any, Any, object]) -> None:
    """Carry the work to its end even when the waiting task is cancelled meanwhile.

    A statement may still run on the thread; the next reader must not find it there.
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
    path: Path, *, sealing: Sealing | None = None, write: bool = True, checkpoint: bool = True
) -> SqliteStore:
    """Open a SQLite file; the caller migrates it.

    Args:
        path: The file; made when it is missing and ``write`` is set.
        sealing: Seals and opens what is personal; None takes the key file beside the database,
            which is made when it is missing and ``write`` is set.
        write: Whether to open the one writing connection.
        checkpoint: Whether that connection may move the log into the file. Exactly one
            process may: SQLite before 3.51.3 can damage a file when two do at once.

    Raises:
        StoreUnavailable: The file cannot be opened; the message says what to check.
        BadKey: The key file beside it is gone.
    """
    opened: list[Connection] = []
    if write and sealing is None and not key_file_of(path).exists():
        check_unsealed(path, key_file=key_file_of(path))
    try:
        writer = None
        if write and sealing is None and not key_file_of(path).exists():
            make_key_file(key_file_of(path))  # before the database: who finds that finds both
        if write:
            writer = await _connect(f"file:{quote(str(path))}?mode=rwc", opened)
            await _prepare_writer(writer, checkpoint=checkpoint)
        readers = [
            await _connect(f"file:{quote(str(path))}?mode=ro", opened) for _ in range(READERS)
        ]
        for reader in readers:
            await reader.patiently("PRAGMA query_only = ON")
        if sealing is None:
            sealing = Sealing.from_file(key_file_of(path))
    except (sqlite3.Error, StoreUnavailable, BadKey) as failed:
        for connection in opened:
            await connection.threaded.close()
        raise unusable(path, failed) from failed
    return SqliteStore(writer, readers, sealing)


async def _connect(uri: str, opened: list[Connection]) -> Connection:
    # Used from two threads, though never at once; SQLite itself is built to allow that.
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
    connection = Connection(direct, threaded)
    opened.append(connection)
    await connection.patiently(f"PRAGMA busy_timeout = {BUSY_MS}")
    return connection


async def _prepare_writer(writer: Connection, *, checkpoint: bool) -> None:
    await _log_ahead(writer)
    # An answer that was acknowledged survives a power cut.
    await writer.patiently("PRAGMA synchronous = FULL")
    await writer.patiently("PRAGMA foreign_keys = ON")
    # What is deleted is overwritten, so that a stolen file does not hold it either.
    await writer.patiently("PRAGMA secure_delete = ON")
    if not checkpoint:
        await writer.patiently("PRAGMA wal_autocheckpoint = 0")


async def _log_ahead(writer: Connection) -> None:
    """Let readers go on while one writes, and a commit be one flush of the log.

    Of two processes that turn a fresh file at the same moment SQLite refuses one at once, however
    long it may wait otherwise.
    """
    loop = asyncio.get_running_loop()
    patience = loop.time() + BUSY_MS / 1_000
    while True:
        try:
            await writer.threaded.execute_fetchall("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as failed:
            if failed.sqlite_errorcode != sqlite3.SQLITE_BUSY or loop.time() > patience:
                raise
        else:
            return
        await asyncio.sleep(TURN_SECONDS)
