"""A store that simulates a crash in the middle of a transaction."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from storage.database.tx import Row, Store, Tx, Value


class SimulatedCrash(Exception):
    """The process has died."""


class CrashingTx:
    """A transaction in which the process dies at a given statement."""

    def __init__(self, tx: Tx, left: list[int]) -> None:
        self._tx, self._left = tx, left
        self.for_update, self.skip_locked, self.advisory_lock = (
            tx.for_update,
            tx.skip_locked,
            tx.advisory_lock,
        )
        self.encryption = tx.encryption

    async def run(self, sql: str, *values: Value) -> int:
        """Execute the statement, or crash."""
        self._left[0] -= 1
        if self._left[0] < 0:
            raise SimulatedCrash
        return await self._tx.run(sql, *values)

    async def one(self, sql: str, *values: Value) -> Row | None:
        """Read."""
        return await self._tx.one(sql, *values)

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Read."""
        return await self._tx.all(sql, *values)


class CrashingStore:
    """A store on which the process dies after a number of writing statements."""

    def __init__(self, store: Store, writes: int) -> None:
        self._store, self._left = store, [writes]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Open a transaction that may crash."""
        async with self._store.transaction() as tx:
            yield CrashingTx(tx, self._left)

    @asynccontextmanager
    async def read_transaction(self) -> AsyncIterator[Tx]:
        """Open a transaction that only reads."""
        async with self._store.read_transaction() as tx:
            yield tx

    async def purge_deleted(self) -> None:
        """Purge as the real store does."""
        await self._store.purge_deleted()

    async def rewrite(self) -> bool:
        """Leave the files as they are."""
        return True

    async def close(self) -> None:
        """Close the real store."""
        await self._store.close()
