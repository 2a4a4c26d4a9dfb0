"""Worker liveness and leader election: each worker holds a lock; the leader runs the scheduler.

On PostgreSQL these are advisory locks on a connection of the worker's own. They end with the
process, however it ends, so no clocks need to be compared.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import psycopg

from storage.database.cancellation import raise_pending_cancellation

logger = logging.getLogger(__name__)

LEADER_LOCK, PRESENCE_LOCK, TICK_LOCK = 1_096_045_641, 1_096_045_642, 1_096_045_643
"""First keys of our advisory locks; the second key is 0 or the worker's number."""

QUERY_TIMEOUT = 5.0
KEEPALIVE: dict[str, Any] = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "connect_timeout": 5,
}
"""A server that has disappeared is noticed within ten seconds."""


class WorkerLocks(Protocol):
    """One worker among others.

    Attributes:
        worker: Its number; a new one at each start.
    """

    worker: int

    async def is_leader(self) -> bool:
        """Say whether this worker is the leader; it becomes the leader if there is none."""

    def tick_lock(self) -> Any:
        """Yield True while no other worker runs a tick; False if another one does."""

    async def dead_workers(self, workers: Iterable[int]) -> frozenset[int]:
        """Return which of those workers no longer run."""

    async def close(self) -> None:
        """Release every lock."""


class SingleWorker:
    """The only worker, as on SQLite."""

    def __init__(self) -> None:
        self.worker = new_worker_number()

    async def is_leader(self) -> bool:
        """Say yes: there is no other worker."""
        return True

    @asynccontextmanager
    async def tick_lock(self) -> AsyncIterator[bool]:
        """Yield True: there is no other worker."""
        yield True

    async def dead_workers(self, workers: Iterable[int]) -> frozenset[int]:
        """Return all other workers: only one can run."""
        return frozenset(workers) - {self.worker}

    async def close(self) -> None:
        """Do nothing: there are no locks."""


class PostgresWorkers:
    """One of several workers on a PostgreSQL server.

    Args:
        address: The database's.
    """

    def __init__(self, address: str) -> None:
        self.worker = new_worker_number()
        self._address = address
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._is_leader = False
        self._in_use = asyncio.Lock()

    async def is_leader(self) -> bool:
        """Say whether this worker is the leader; it becomes the leader if there is none."""
        try:
            if self._is_leader and self._connection is not None:
                await self._query("SELECT 1")  # a broken connection has lost its locks
            if not self._is_leader:
                rows = await self._query("SELECT pg_try_advisory_lock(%s, 0)", LEADER_LOCK)
                self._is_leader = bool(rows[0][0])
                if self._is_leader:
                    logger.info("this worker is the leader: it runs the scheduler")
        except (psycopg.Error, TimeoutError):
            logger.warning("the connection with the leader lock is lost")
        return self._is_leader

    @asynccontextmanager
    async def tick_lock(self) -> AsyncIterator[bool]:
        """Yield True while no other worker runs a tick; False if another one does."""
        try:
            rows = await self._query("SELECT pg_try_advisory_lock(%s, 0)", TICK_LOCK)
        except (psycopg.Error, TimeoutError):
            rows = [(False,)]
        try:
            yield bool(rows[0][0])
        finally:
            if rows[0][0] and self._connection is not None:
                try:
                    await self._query("SELECT pg_advisory_unlock(%s, 0)", TICK_LOCK)
                except (psycopg.Error, TimeoutError):
                    logger.warning("the tick lock was lost with its connection")

    async def dead_workers(self, workers: Iterable[int]) -> frozenset[int]:
        """Return which of those workers no longer run; none if the server does not answer."""
        others = frozenset(workers) - {self.worker}
        if not others:
            return others
        try:
            rows = await self._query(
                "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid = %s"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                PRESENCE_LOCK,
            )
        except (psycopg.Error, TimeoutError):
            return frozenset()
        return others - {row[0] for row in rows}

    async def close(self) -> None:
        """Release every lock; another worker can become the leader."""
        async with self._in_use:
            await self._disconnect()

    async def _query(self, statement: str, *values: int) -> list[tuple[Any, ...]]:
        async with self._in_use:
            try:
                async with asyncio.timeout(QUERY_TIMEOUT):
                    connection = self._connection or await self._connect()
                    cursor = await connection.execute(statement.encode(), values)
                    rows = await cursor.fetchall()
            except BaseException:
                await self._disconnect()
                raise
        raise_pending_cancellation()
        return rows

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        """Connect and take the lock that shows that this worker runs."""
        connection = await psycopg.AsyncConnection.connect(
            self._address, autocommit=True, **KEEPALIVE
        )
        self._connection = connection
        await connection.execute("SELECT pg_advisory_lock(%s, %s)", (PRESENCE_LOCK, self.worker))
        return connection

    async def _disconnect(self) -> None:
        self._is_leader = False
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def new_worker_number() -> int:
    """Return a random number, different from any other worker's."""
    return secrets.randbelow(2**31 - 1) + 1
