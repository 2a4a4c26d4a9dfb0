"""PostgreSQL: a pool of connections, for clinics that outgrow a SQLite file.

SQLite has a single writer. PostgreSQL has row locks instead; a statement that needs one adds
``Tx.for_update``.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from alliance.errors import StoreUnavailable
from storage.database.cancellation import raise_pending_cancellation
from storage.database.encryption import Encryption
from storage.database.tx import BadStatement, Row, Tx, Value

PostgresConnection = psycopg.AsyncConnection[DictRow]

CONNECTIONS = 8
OPENING_SECONDS = 5.0
LOCK_SECONDS = 5

_STATEMENT_ERRORS = (psycopg.IntegrityError, psycopg.ProgrammingError, psycopg.DataError)
"""Errors of a statement, not of the database: they are bugs and are not caught."""


class PostgresTx:
    """One transaction on one connection."""

    for_update = " FOR UPDATE"
    skip_locked = " FOR UPDATE SKIP LOCKED"
    advisory_lock = "pg_advisory_xact_lock(?)"

    def __init__(self, connection: PostgresConnection, encryption: Encryption) -> None:
        self.encryption = encryption
        self._connection = connection

    async def run(self, sql: str, *values: Value) -> int:
        """Execute one INSERT, UPDATE or DELETE; return the number of rows changed."""
        cursor = await self._execute(sql, values)
        return max(cursor.rowcount, 0)

    async def one(self, sql: str, *values: Value) -> Row | None:
        """Return the first row, or None when there is none."""
        cursor = await self._execute(sql, values)
        return await cursor.fetchone() if cursor.description else None

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Return all rows.

        Raises:
            StoreUnavailable: The server is down or full, or a row stays locked too long.
        """
        cursor = await self._execute(sql, values)
        return await cursor.fetchall() if cursor.description else []

    async def _execute(self, sql: str, values: tuple[Value, ...]) -> psycopg.AsyncCursor[DictRow]:
        try:
            return await self._connection.execute(psycopg_sql(sql), values)
        except psycopg.errors.UndefinedTable as failed:
            raise BadStatement("PostgreSQL has no such table.") from failed
        except _STATEMENT_ERRORS:
            raise
        except psycopg.Error as failed:
            raise _unavailable(failed) from failed


class PostgresStore:
    """An open PostgreSQL database.

    Transactions run concurrently; each statement sees what was committed before it.
    """

    def __init__(
        self, pool: AsyncConnectionPool[PostgresConnection], encryption: Encryption
    ) -> None:
        self._pool = pool
        self._encryption = encryption

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Write all or nothing; leaving the block without an error means it is on disk.

        Raises:
            StoreUnavailable: Nothing of this transaction was saved.
        """
        async with self._connect() as connection, connection.transaction():
            yield PostgresTx(connection, self._encryption)

    @asynccontextmanager
    async def read_transaction(self) -> AsyncIterator[Tx]:
        """Read one consistent snapshot; writing is refused."""
        async with self._connect() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield PostgresTx(connection, self._encryption)

    async def rewrite(self) -> bool:
        """Do nothing: the server itself deletes the files of a dropped table."""
        return True

    async def purge_deleted(self) -> None:
        """Free the space of deleted rows; the server overwrites it over time."""
        async with self._connect() as connection:
            await connection.execute("VACUUM")

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[PostgresConnection]:
        try:
            async with self._pool.connection() as connection:
                yield connection
        except _STATEMENT_ERRORS:
            raise
        except (psycopg.Error, PoolTimeout) as failed:
            raise _unavailable(failed) from failed
        raise_pending_cancellation()


async def open_postgres(
    address: str, *, encryption: Encryption, connections: int = CONNECTIONS
) -> PostgresStore:
    """Open a PostgreSQL database; the caller migrates it.

    Args:
        address: ``postgresql://…``, as libpq reads it.
        encryption: For personal data.
        connections: How many transactions may run at once.

    Raises:
        StoreUnavailable: The server does not answer, or refuses; the message says what to check.
    """
    pool: AsyncConnectionPool[PostgresConnection] = AsyncConnectionPool(
        address,
        connection_class=PostgresConnection,
        min_size=1,
        max_size=connections,
        open=False,
        timeout=OPENING_SECONDS,
        configure=_configure,
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
    return PostgresStore(pool, encryption)


async def _configure(connection: PostgresConnection) -> None:
    # An acknowledged answer survives a power failure, whatever the server's default.
    await connection.execute("SET synchronous_commit = on")
    await connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
    await connection.execute("SET timezone = 'UTC'")


@lru_cache(maxsize=1_000)
def psycopg_sql(sql: str) -> Any:
    """Return a statement with psycopg's placeholders."""
    return sql.replace("%", "%%").replace("?", "%s")


def _unavailable(failed: Exception) -> StoreUnavailable:
    return StoreUnavailable(f"The database cannot be used ({type(failed).__name__}).")
