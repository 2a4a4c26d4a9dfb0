"""PostgreSQL behind the same three verbs: a pool of connections, for clinics that outgrow a file.

What SQLite gives by having one writer, PostgreSQL gives by its row locks; where a statement must
say so, ``Tx.holding`` has the words.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from alliance.errors import StoreUnavailable
from storage.database.cancellation import heed_cancel
from storage.database.encryption import Sealing
from storage.database.tx import BadStatement, Row, Tx, Value

Connection = psycopg.AsyncConnection[DictRow]

CONNECTIONS = 8
OPENING_SECONDS = 5.0
LOCK_SECONDS = 5

_OURS = (psycopg.IntegrityError, psycopg.ProgrammingError, psycopg.DataError)
"""Faults of a statement, not of the database: they crash loudly."""


class PostgresTx:
    """The verbs on one connection, within one transaction."""

    holding = " FOR UPDATE"
    skipping = " FOR UPDATE SKIP LOCKED"
    turn = "pg_advisory_xact_lock(?)"

    def __init__(self, connection: Connection, sealing: Sealing) -> None:
        self.sealing = sealing
        self._connection = connection

    async def run(self, sql: str, *values: Value) -> int:
        """Carry out one INSERT, UPDATE or DELETE; return how many rows it touched."""
        cursor = await self._carried_out(sql, values)
        return max(cursor.rowcount, 0)

    async def one(self, sql: str, *values: Value) -> Row | None:
        """Return the first row, or None when there is none."""
        cursor = await self._carried_out(sql, values)
        return await cursor.fetchone() if cursor.description else None

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Return all rows.

        Raises:
            StoreUnavailable: The server is gone, full, or another transaction holds a row too long.
        """
        cursor = await self._carried_out(sql, values)
        return await cursor.fetchall() if cursor.description else []

    async def _carried_out(
        self, sql: str, values: tuple[Value, ...]
    ) -> psycopg.AsyncCursor[DictRow]:
        try:
            return await self._connection.execute(spoken(sql), values)
        except psycopg.errors.UndefinedTable as failed:
            raise BadStatement("PostgreSQL knows no such table.") from failed
        except _OURS:
            raise
        except psycopg.Error as failed:
            raise _unavailable(failed) from failed


class PostgresStore:
    """A PostgreSQL database that is open.

    Transactions run side by side; each sees what was committed before its statement.
    """

    def __init__(self, pool: AsyncConnectionPool[Connection], sealing: Sealing) -> None:
        self._pool = pool
        self._sealing = sealing

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Write all or nothing; leaving the block without an error means it is on disk.

        Raises:
            StoreUnavailable: Nothing of this transaction was kept.
        """
        async with self._connected() as connection, connection.transaction():
            yield PostgresTx(connection, self._sealing)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """Read one consistent picture; writing is refused."""
        async with self._connected() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield PostgresTx(connection, self._sealing)

    async def rewrite(self) -> bool:
        """Do nothing: the server itself removes the files of a table that was dropped."""
        return True

    async def settle(self) -> None:
        """Free the room of what was deleted; the server overwrites it by and by."""
        async with self._connected() as connection:
            await connection.execute("VACUUM")

    async def close(self) -> None:
        """Let go of every connection."""
        await self._pool.close()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Connection]:
        try:
            async with self._pool.connection() as connection:
                yield connection
        except _OURS:
            raise
        except (psycopg.Error, PoolTimeout) as failed:
            raise _unavailable(failed) from failed
        heed_cancel()


async def open_postgres(
    address: str, *, sealing: Sealing, connections: int = CONNECTIONS
) -> PostgresStore:
    """Open a PostgreSQL database; the caller migrates it.

    Args:
        address: ``postgresql://…``, as libpq reads it.
        sealing: Seals and opens what is personal.
        connections: How many transactions may run at once.

    Raises:
        StoreUnavailable: The server does not answer, or refuses; the message says what to check.
    """
    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
        address,
        connection_class=Connection,
        min_size=1,
        max_size=connections,
        open=False,
        timeout=OPENING_SECONDS,
        configure=_configured,
        kwargs={"row_factory": dict_row, "autocommit": True},
    )
    try:
        await pool.open(wait=True, timeout=OPENING_SECONDS)
    except PoolTimeout as failed:
        await pool.close()
        raise StoreUnavailable(
            "The PostgreSQL server does not answer or refuses us; check ATTUNE_DATABASE,"
            " that the server runs, and that the user may log in and create tables."
        ) from failed
    return PostgresStore(pool, sealing)


async def _configured(connection: Connection) -> None:
    # An answer that was acknowledged survives a power cut, whatever the server's default.
    await connection.execute("SET synchronous_commit = on")
    await connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
    await connection.execute("SET timezone = 'UTC'")


@lru_cache(maxsize=1_000)
def spoken(sql: str) -> Any:
    """Return a statement of ours with the placeholders that psycopg reads."""
    return sql.replace("%", "%%").replace("?", "%s")


def _unavailable(failed: Exception) -> StoreUnavailable:
    return StoreUnavailable(f"The database cannot be used ({type(failed).__name__}).")
