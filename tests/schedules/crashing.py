"""A store on which the process dies in the middle of its work."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from storage.database.tx import Row, Store, Tx, Value


class Crash(Exception):
    """The process is gone."""


class CrashingTx:
    """A transaction in which the process dies at a certain statement."""

    def __init__(self, tx: Tx, left: list[int]) -> None:
        self._tx, self._left = tx, left
        self.holding, self.skipping, self.turn = tx.holding, tx.skipping, tx.turn
        self.sealing = tx.sealing

    async def run(self, sql: str, *values: Value) -> int:
        """Carry the statement out, or die."""
        self._left[0] -= 1
        if self._left[0] < 0:
            raise Crash
        return await self._tx.run(sql, *values)

    async def one(self, sql: str, *values: Value) -> Row | None:
        """Read."""
        return await self._tx.one(sql, *values)

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Read."""
        return await self._tx.all(sql, *values)


class CrashingStore:
    """A store on which the process dies after so many writing statements."""

    def __init__(self, store: Store, writes: int) -> None:
        self._store, self._left = store, [writes]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Write, until the end."""
        async with self._store.transaction() as tx:
            yield CrashingTx(tx, self._left)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """Read."""
        async with self._store.reading() as tx:
            yield tx

    async def settle(self) -> None:
        """Settle."""
        await self._store.settle()

    async def rewrite(self) -> bool:
        """Leave the files as they are."""
        return True

    async def close(self) -> None:
        """Let go."""
        await self._store.close()
