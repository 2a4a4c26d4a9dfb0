"""SQLite behind the three verbs: one writer, shared commits, readers that cannot write."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import aiosqlite

from alliance.errors import StoreUnavailable
from storage.tx import Row, Tx, Value

T = TypeVar("T")

READERS = 2
MOST_IN_ONE_COMMIT = 64
BUSY_MS = 5_000


class SqliteTx:
    """The verbs on one connection; the store decides when they become durable."""

    holding = ""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def run(self, sql: str, *values: Value) -> int:
        """Carry out one INSERT, UPDATE or DELETE; return how many rows it touched."""
        # RETURNING counts the rows in the same hop to the connection's thread that
        # does the work; asking the cursor afterwards would cost a second one.
        return len(await self.all(f"{sql} RETURNING 1", *values))

    async def one(self, sql: str, *values: Value) -> Row | None:
        """Return the first row, or None when there is none."""
        rows = await self.all(sql, *values)
        return rows[0] if rows else None

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Return all rows.

        Raises:
            StoreUnavailable: The disk is full or read-only, or the file is locked or damaged.
        """
        try:
            return list(await self._connection.execute_fetchall(sql, values))
        except (sqlite3.OperationalError, sqlite3.DatabaseError) as failed:
            if isinstance(failed, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise
            raise StoreUnavailable(f"The database cannot be used: {failed}") from failed


@dataclass
class _Batch:
    """Transactions that wait for the same commit."""

    size: int = 0
    on_disk: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class SqliteStore:
    """A SQLite file that is open.

    Transactions run one after the other, each in its own savepoint. While one commit is
    being flushed, the next ones gather; they share the following commit, and none of them
    is told "done" before it. A failing transaction takes only itself back.
    """

    def __init__(
        self, writer: aiosqlite.Connection | None, readers: Sequence[aiosqlite.Connection]
    ) -> None:
        self._writer = writer
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._batch: _Batch | None = None
        self._connections = [*readers] if writer is None else [writer, *readers]
        self._readers: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()
        for reader in readers:
            self._readers.put_nowait(reader)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Write all or nothing; leaving the block without an error means it is on disk.

        Raises:
            StoreUnavailable: Nothing of this transaction was kept.
        """
        batch = await self._enter()
        try:
            yield SqliteTx(self._writing)
        except BaseException:
            await _finish(self._leave(batch, keep=False))
            raise
        await _finish(self._leave(batch, keep=True))
        await asyncio.shield(batch.on_disk)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """Read one consistent picture; writing is refused."""
        reader = await self._readers.get()
        try:
            tx = SqliteTx(reader)
            try:
                await _finish(tx.all("BEGIN"))
                yield tx
            finally:
                if reader.in_transaction:
                    await _finish(tx.all("COMMIT"))
        finally:
            self._readers.put_nowait(reader)

    async def close(self) -> None:
        """Let go of every connection, once the transaction under way has ended."""
        async with self._turn:
            for connection in self._connections:
                await connection.close()

    @property
    def _writing(self) -> aiosqlite.Connection:
        if self._writer is None:
            raise StoreUnavailable("This database was opened for reading only.")
        return self._writer

    async def _enter(self) -> _Batch:
        """Wait for the turn, then begin a batch or join the open one."""
        writer = SqliteTx(self._writing)
        self._waiting += 1
        try:
            await self._turn.acquire()
        except BaseException:
            self._waiting -= 1
            await _finish(self._commit_if_abandoned())
            raise
        self._waiting -= 1
        begun = asyncio.ensure_future(self._begin(writer))
        try:
            return await _finish(begun)
        except BaseException:
            if begun.cancelled() or begun.exception() is not None:
                self._turn.release()
            else:  # cancelled while beginning: the savepoint is open and must be closed
                await _finish(self._leave(begun.result(), keep=False))
            raise

    async def _begin(self, writer: SqliteTx) -> _Batch:
        if self._batch is None:
            await writer.all("BEGIN IMMEDIATE")
            self._batch = _Batch()
        try:
            await writer.all("SAVEPOINT unit")
        except StoreUnavailable as failed:
            await self._give_up(self._batch, failed)
            raise
        self._batch.size += 1
        return self._batch

    async def _leave(self, batch: _Batch, *, keep: bool) -> None:
        """Close this transaction's savepoint; commit when nobody waits to share."""
        try:
            writer = SqliteTx(self._writing)
            if not self._writing.in_transaction:
                # A full or failing disk makes SQLite take the whole batch back by itself.
                self._fail(batch, StoreUnavailable("The database took the transaction back."))
                return
            if not keep:
                await writer.all("ROLLBACK TO unit")
            await writer.all("RELEASE unit")
            if self._waiting == 0 or batch.size >= MOST_IN_ONE_COMMIT:
                await self._commit(batch)
        except StoreUnavailable as failed:
            await self._give_up(batch, failed)
        finally:
            self._turn.release()

    async def _commit(self, batch: _Batch) -> None:
        await SqliteTx(self._writing).all("COMMIT")
        self._batch = None
        batch.on_disk.set_result(None)

    async def _commit_if_abandoned(self) -> None:
        """Commit for a batch whose last waiting member went away before its turn."""
        if self._waiting == 0 and self._batch is not None and not self._turn.locked():
            async with self._turn:
                if self._batch is not None:
                    try:
                        await self._commit(self._batch)
                    except StoreUnavailable as failed:
                        await self._give_up(self._batch, failed)

    async def _give_up(self, batch: _Batch, failed: StoreUnavailable) -> None:
        if self._writing.in_transaction:
            await self._writing.rollback()
        self._fail(batch, failed)

    def _fail(self, batch: _Batch, failed: StoreUnavailable) -> None:
        self._batch = None
        if not batch.on_disk.done():
            batch.on_disk.set_exception(failed)
            batch.on_disk.exception()  # those whose body failed do not ask for it


async def _finish(work: Coroutine[Any, Any, T] | asyncio.Task[T]) -> T:
    """Carry the work to its end even when the waiting task is cancelled meanwhile.

    Half a BEGIN or COMMIT would leave the connection in a state nobody expects.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.shield(asyncio.wait([task]))
        raise


async def open_store(path: Path, *, write: bool = True, checkpoint: bool = True) -> SqliteStore:
    """Open a SQLite file; the caller migrates it.

    Args:
        path: The file; made when it is missing and ``write`` is set.
        write: Whether to open the one writing connection.
        checkpoint: Whether that connection may move the log into the file. Exactly one
            process may: SQLite before 3.51.3 can damage a file when two do at once.

    Raises:
        StoreUnavailable: The file cannot be opened; the message says what to check.
    """
    opened: list[aiosqlite.Connection] = []
    try:
        writer = None
        if write:
            writer = await _connect(f"file:{quote(str(path))}?mode=rwc", opened)
            await _prepare_writer(writer, checkpoint=checkpoint)
        readers = [
            await _connect(f"file:{quote(str(path))}?mode=ro", opened) for _ in range(READERS)
        ]
        for reader in readers:
            await reader.execute_fetchall("PRAGMA query_only = ON")
    except sqlite3.Error as failed:
        for connection in opened:
            await connection.close()
        raise StoreUnavailable(
            f"The database {path} cannot be opened ({failed}); "
            "check ATTUNE_DATABASE, the folder and its permissions."
        ) from failed
    return SqliteStore(writer, readers)


async def _connect(uri: str, opened: list[aiosqlite.Connection]) -> aiosqlite.Connection:
    connection = aiosqlite.connect(uri, uri=True, isolation_level=None)
    thread = connection._thread
    try:
        await connection
    except sqlite3.Error:
        # Its thread still wants to report to the loop; that must not be closed before.
        await asyncio.to_thread(thread.join)
        raise
    opened.append(connection)
    connection.row_factory = sqlite3.Row
    await connection.execute_fetchall(f"PRAGMA busy_timeout = {BUSY_MS}")
    return connection


async def _prepare_writer(writer: aiosqlite.Connection, *, checkpoint: bool) -> None:
    # Readers go on while one writes, and a commit is one flush of the log.
    await writer.execute_fetchall("PRAGMA journal_mode = WAL")
    # An answer that was acknowledged survives a power cut.
    await writer.execute_fetchall("PRAGMA synchronous = FULL")
    await writer.execute_fetchall("PRAGMA foreign_keys = ON")
    if not checkpoint:
        await writer.execute_fetchall("PRAGMA wal_autocheckpoint = 0")
