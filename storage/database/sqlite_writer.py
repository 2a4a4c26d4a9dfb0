"""SQLite's one writer: transactions take turns, and those that wait together share a commit."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from alliance.errors import StoreUnavailable
from storage.database.encryption import Sealing
from storage.database.sqlite_tx import Connection, WritingTx
from storage.database.tx import Tx

logger = logging.getLogger(__name__)

MOST_IN_ONE_COMMIT = 128
"""A poll brings up to a hundred updates, and the clock and the courier write beside them."""


@dataclass(eq=False, slots=True)
class _Batch:
    """Transactions that share one commit."""

    size: int = 0
    on_disk: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Writer:
    """Gives the writing connection to one transaction after the other.

    Each runs in its own savepoint, so a failing one takes only itself back. The commit comes
    when nobody waits any more. While it is being flushed the next ones gather; they share the
    following one, and nobody is told "done" before theirs.

    BEGIN and COMMIT belong to no transaction but are tasks of the writer itself, and nothing
    else in here waits. So whoever is cancelled, at whatever moment, leaves no half of them.
    """

    def __init__(
        self, connection: Connection, sealing: Sealing, is_there: Callable[[], bool]
    ) -> None:
        self._connection = connection
        self._sealing = sealing
        self._is_there = is_there
        self._waiting: deque[asyncio.Future[_Batch]] = deque()
        self._batch: _Batch | None = None
        self._work: asyncio.Task[None] | None = None
        self._settled: asyncio.Future[None] | None = None
        self._is_free = asyncio.Event()
        self._is_free.set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Write all or nothing; leaving the block without an error means it is on disk.

        Raises:
            StoreUnavailable: Nothing of this transaction was kept.
        """
        batch = await self._turn()
        tx = WritingTx(self._connection, self._sealing)
        try:
            yield tx
        except BaseException:
            tx.end()
            self._leave(batch, keep=False)
            raise
        tx.end()
        self._leave(batch, keep=True)
        await asyncio.shield(batch.on_disk)

    async def settle(self) -> None:
        """Move the log into the file and empty it; what was deleted is then in neither."""
        settled = self._settled = self._settled or asyncio.get_running_loop().create_future()
        async with self.transaction():
            pass  # its commit is followed by the settling
        await asyncio.shield(settled)

    async def rest(self) -> None:
        """Wait until no transaction is under way."""
        while not self._is_free.is_set():
            await self._is_free.wait()

    async def _turn(self) -> _Batch:
        turn: asyncio.Future[_Batch] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        if self._is_free.is_set():
            self._is_free.clear()
            self._go_on()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                # The turn and the cancel came in the same moment.
                self._leave(turn.result(), keep=False)
            raise

    def _leave(self, batch: _Batch, *, keep: bool) -> None:
        """Close the savepoint of the transaction whose turn it was, and go on."""
        if not self._connection.direct.in_transaction:
            # A full or failing disk makes SQLite take the whole batch back by itself.
            self._give_up(batch, StoreUnavailable("The database took the transaction back."))
        else:
            try:
                if not keep:
                    self._connection.at_once("ROLLBACK TO unit")
                self._connection.at_once("RELEASE unit")
            except Exception as failed:  # noqa: BLE001 - it goes to all who share the commit
                self._give_up(batch, failed)
        self._go_on()

    def _go_on(self) -> None:
        """Give the turn to whoever waits next; commit when nobody does, or enough share it."""
        while self._waiting and self._waiting[0].cancelled():
            self._waiting.popleft()
        if self._batch is None:
            if self._waiting:
                self._work = asyncio.create_task(self._begin())
            else:
                self._is_free.set()
        elif not self._waiting or self._batch.size >= MOST_IN_ONE_COMMIT:
            self._work = asyncio.create_task(self._commit(self._batch))
        else:
            self._give_turn(self._batch)

    def _give_turn(self, batch: _Batch) -> None:
        turn = self._waiting.popleft()
        try:
            self._connection.at_once("SAVEPOINT unit")
        except Exception as failed:  # noqa: BLE001 - it goes to all who share the commit
            turn.set_exception(failed)
            self._give_up(batch, failed)
            self._go_on()
        else:
            batch.size += 1
            turn.set_result(batch)

    async def _begin(self) -> None:
        try:
            if not self._is_there():
                raise StoreUnavailable("The database file was moved or deleted; put it back.")  # noqa: TRY301
            await self._connection.patiently("BEGIN IMMEDIATE")
        except Exception as failed:  # noqa: BLE001 - it goes to whoever has waited longest
            turn = self._waiting.popleft()
            if not turn.cancelled():
                turn.set_exception(failed)
        else:
            self._batch = _Batch()
        self._go_on()

    async def _commit(self, batch: _Batch) -> None:
        try:
            await self._connection.patiently("COMMIT")
        except Exception as failed:  # noqa: BLE001 - it goes to all who share the commit
            self._give_up(batch, failed)
        else:
            self._batch = None
            batch.on_disk.set_result(None)
            await self._empty_log()
        self._go_on()

    async def _empty_log(self) -> None:
        """Checkpoint where that is wished; no transaction has a turn meanwhile."""
        settled, self._settled = self._settled, None
        if settled is None:
            return
        try:
            await self._connection.patiently("PRAGMA wal_checkpoint(TRUNCATE)")
        except StoreUnavailable as failed:
            settled.set_exception(failed)
        else:
            settled.set_result(None)

    def _give_up(self, batch: _Batch, failed: Exception) -> None:
        """Take the whole batch back, and tell all who are in it."""
        self._batch = None
        batch.on_disk.set_exception(failed)
        batch.on_disk.exception()  # those whose body failed do not ask for it
        if self._connection.direct.in_transaction:
            try:
                self._connection.at_once("ROLLBACK")
            except StoreUnavailable:
                logger.exception("a batch could not be taken back")
