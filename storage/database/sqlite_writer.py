"""The SQLite writer: transactions take turns, and waiting ones share a commit."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from alliance.errors import StoreUnavailable
from storage.database.encryption import Encryption
from storage.database.sqlite_tx import SqliteConnection, WritingTx
from storage.database.tx import Tx

logger = logging.getLogger(__name__)

MAX_TRANSACTIONS_PER_COMMIT = 128
"""A poll brings up to a hundred updates; the scheduler and the sender write as well."""


@dataclass(eq=False, slots=True)
class _Batch:
    """Transactions that share one commit."""

    size: int = 0
    on_disk: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class SqliteWriter:
    """Gives the writing connection to one transaction after another.

    Each runs in its own savepoint, so a failing one rolls back only itself. They are committed
    when no more are waiting. While that commit is flushed, the next transactions gather and share
    the next commit. A transaction is done only after its own commit.

    BEGIN and COMMIT belong to no transaction; they are tasks of the writer, and nothing else here
    waits. So a task can be cancelled at any moment without leaving one of them half done.
    """

    def __init__(
        self, connection: SqliteConnection, encryption: Encryption, is_there: Callable[[], bool]
    ) -> None:
        self._connection = connection
        self._encryption = encryption
        self._is_there = is_there
        self._waiting: deque[asyncio.Future[_Batch]] = deque()
        self._batch: _Batch | None = None
        self._work: asyncio.Task[None] | None = None
        self._purged: asyncio.Future[None] | None = None
        self._is_free = asyncio.Event()
        self._is_free.set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Write all or nothing; leaving the block without an error means it is on disk.

        Raises:
            StoreUnavailable: Nothing of this transaction was saved.
        """
        batch = await self._wait_for_turn()
        tx = WritingTx(self._connection, self._encryption)
        try:
            yield tx
        except BaseException:
            tx.end()
            self._end_transaction(batch, keep=False)
            raise
        tx.end()
        self._end_transaction(batch, keep=True)
        await asyncio.shield(batch.on_disk)

    async def purge_deleted(self) -> None:
        """Move the log into the file and truncate it; what was deleted is then in neither."""
        purged = self._purged = self._purged or asyncio.get_running_loop().create_future()
        async with self.transaction():
            pass  # the log is truncated after its commit
        await asyncio.shield(purged)

    async def wait_until_idle(self) -> None:
        """Wait until no transaction is running."""
        while not self._is_free.is_set():
            await self._is_free.wait()

    async def _wait_for_turn(self) -> _Batch:
        turn: asyncio.Future[_Batch] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        if self._is_free.is_set():
            self._is_free.clear()
            self._advance()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                # The turn and the cancellation came at the same moment.
                self._end_transaction(turn.result(), keep=False)
            raise

    def _end_transaction(self, batch: _Batch, *, keep: bool) -> None:
        """Close the savepoint of the current transaction, and go on."""
        if not self._connection.direct.in_transaction:
            # A full or failing disk makes SQLite roll the whole batch back by itself.
            self._fail_batch(batch, StoreUnavailable("The database rolled the transaction back."))
        else:
            try:
                if not keep:
                    self._connection.execute_direct("ROLLBACK TO unit")
                self._connection.execute_direct("RELEASE unit")
            except Exception as failed:  # noqa: BLE001 - whatever the driver raises
                self._fail_batch(batch, failed)
        self._advance()

    def _advance(self) -> None:
        """Give the turn to the next transaction; commit if none is waiting, or enough are in."""
        while self._waiting and self._waiting[0].cancelled():
            self._waiting.popleft()
        if self._batch is None:
            if self._waiting:
                self._work = asyncio.create_task(self._begin())
            else:
                self._is_free.set()
        elif not self._waiting or self._batch.size >= MAX_TRANSACTIONS_PER_COMMIT:
            self._work = asyncio.create_task(self._commit(self._batch))
        else:
            self._start_next(self._batch)

    def _start_next(self, batch: _Batch) -> None:
        turn = self._waiting.popleft()
        try:
            self._connection.execute_direct("SAVEPOINT unit")
        except Exception as failed:  # noqa: BLE001 - whatever the driver raises
            turn.set_exception(failed)
            self._fail_batch(batch, failed)
            self._advance()
        else:
            batch.size += 1
            turn.set_result(batch)

    async def _begin(self) -> None:
        try:
            if not self._is_there():
                raise StoreUnavailable("The database file was moved or deleted; put it back.")  # noqa: TRY301
            await self._connection.execute_in_thread("BEGIN IMMEDIATE")
        except Exception as failed:  # noqa: BLE001 - whatever the driver raises
            turn = self._waiting.popleft()
            if not turn.cancelled():
                turn.set_exception(failed)
        else:
            self._batch = _Batch()
        self._advance()

    async def _commit(self, batch: _Batch) -> None:
        try:
            await self._connection.execute_in_thread("COMMIT")
        except Exception as failed:  # noqa: BLE001 - whatever the driver raises
            self._fail_batch(batch, failed)
        else:
            self._batch = None
            batch.on_disk.set_result(None)
            await self._empty_log()
        self._advance()

    async def _empty_log(self) -> None:
        """Truncate the log if that was requested; no transaction runs meanwhile."""
        purged, self._purged = self._purged, None
        if purged is None:
            return
        try:
            await self._connection.execute_in_thread("PRAGMA wal_checkpoint(TRUNCATE)")
        except StoreUnavailable as failed:
            purged.set_exception(failed)
        else:
            purged.set_result(None)

    def _fail_batch(self, batch: _Batch, failed: Exception) -> None:
        """Roll the whole batch back; all of its transactions fail."""
        self._batch = None
        batch.on_disk.set_exception(failed)
        batch.on_disk.exception()  # transactions that failed themselves do not retrieve it
        if self._connection.direct.in_transaction:
            try:
                self._connection.execute_direct("ROLLBACK")
            except StoreUnavailable:
                logger.exception("a batch could not be rolled back")
