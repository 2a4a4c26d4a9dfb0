"""Who is on duty: each worker shows that it lives, and one of them keeps the clock.

On PostgreSQL that is said by locks on a connection of the worker's own. They end with the
process, however it ends, so that nobody's clock is compared with anybody's.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import psycopg

from storage.database.cancellation import heed_cancel

logger = logging.getLogger(__name__)

LEADING, PRESENT, TICKING = 1_096_045_641, 1_096_045_642, 1_096_045_643
"""First halves of our locks' numbers; the second is 0, or a worker's own number."""

PATIENCE = 5.0
KEEPALIVE: dict[str, Any] = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "connect_timeout": 5,
}
"""A server that has vanished without a word is missed within ten seconds."""


class Duty(Protocol):
    """One worker among others.

    Attributes:
        worker: Its number, another one after each start.
    """

    worker: int

    async def leads(self) -> bool:
        """Say whether this worker keeps the clock; it takes that over where nobody does."""

    def ticking(self) -> Any:
        """Give True in a block in which no other worker ticks; False where another one does."""

    async def gone(self, workers: Iterable[int]) -> frozenset[int]:
        """Return which of those workers are no more."""

    async def close(self) -> None:
        """Go off duty."""


class Alone:
    """The only worker there can be, as on SQLite."""

    def __init__(self) -> None:
        self.worker = new_number()

    async def leads(self) -> bool:
        """Say yes."""
        return True

    @asynccontextmanager
    async def ticking(self) -> AsyncIterator[bool]:
        """Give True: nobody else does."""
        yield True

    async def gone(self, workers: Iterable[int]) -> frozenset[int]:
        """Return all the others."""
        return frozenset(workers) - {self.worker}

    async def close(self) -> None:
        """Go: there is nothing to give back."""


class Shared:
    """One of several workers on a PostgreSQL server.

    Args:
        address: The database's.
    """

    def __init__(self, address: str) -> None:
        self.worker = new_number()
        self._address = address
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._leads = False
        self._in_use = asyncio.Lock()

    async def leads(self) -> bool:
        """Say whether this worker keeps the clock; it takes that over where nobody does."""
        try:
            if self._leads and self._connection is not None:
                await self._asked("SELECT 1")  # a connection that broke has let go of its locks
            if not self._leads:
                rows = await self._asked("SELECT pg_try_advisory_lock(%s, 0)", LEADING)
                self._leads = bool(rows[0][0])
                if self._leads:
                    logger.info("this worker keeps the clock")
        except (psycopg.Error, TimeoutError):
            logger.warning("the connection that says who keeps the clock is lost")
        return self._leads

    @asynccontextmanager
    async def ticking(self) -> AsyncIterator[bool]:
        """Give True in a block in which no other worker ticks; False where another one does."""
        try:
            rows = await self._asked("SELECT pg_try_advisory_lock(%s, 0)", TICKING)
        except (psycopg.Error, TimeoutError):
            rows = [(False,)]
        try:
            yield bool(rows[0][0])
        finally:
            if rows[0][0] and self._connection is not None:
                try:
                    await self._asked("SELECT pg_advisory_unlock(%s, 0)", TICKING)
                except (psycopg.Error, TimeoutError):
                    logger.warning("the lock of a tick went with its connection")

    async def gone(self, workers: Iterable[int]) -> frozenset[int]:
        """Return which of those workers are no more; nobody is where it cannot be asked."""
        asked = frozenset(workers) - {self.worker}
        if not asked:
            return asked
        try:
            rows = await self._asked(
                "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid = %s"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                PRESENT,
            )
        except (psycopg.Error, TimeoutError):
            return frozenset()
        return asked - {row[0] for row in rows}

    async def close(self) -> None:
        """Go off duty: another worker keeps the clock from now on."""
        async with self._in_use:
            await self._drop()

    async def _asked(self, statement: str, *values: int) -> list[tuple[Any, ...]]:
        async with self._in_use:
            try:
                async with asyncio.timeout(PATIENCE):
                    connection = self._connection or await self._connected()
                    cursor = await connection.execute(statement.encode(), values)
                    rows = await cursor.fetchall()
            except BaseException:
                await self._drop()
                raise
        heed_cancel()
        return rows

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        """Connect, and show that this worker lives."""
        connection = await psycopg.AsyncConnection.connect(
            self._address, autocommit=True, **KEEPALIVE
        )
        self._connection = connection
        await connection.execute("SELECT pg_advisory_lock(%s, %s)", (PRESENT, self.worker))
        return connection

    async def _drop(self) -> None:
        self._leads = False
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def new_number() -> int:
    """Return a number that no other worker has."""
    return secrets.randbelow(2**31 - 1) + 1
