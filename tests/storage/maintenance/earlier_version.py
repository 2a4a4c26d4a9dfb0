"""The database in ``data``, which an earlier version wrote, on either kind of database."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storage.database.encryption import Encryption
from storage.database.open_database import open_database
from storage.database.tx import Store
from storage.maintenance.migrate import migrate
from storage.maintenance.tables import sort_by_reference
from tests.databases import fresh_database_address

VERSION = 19
FILE = Path(__file__).parent / "data" / "attune-19.sqlite"
KEY_FILE = FILE.with_name("attune-19.sqlite.key")
STOPPED_AT = datetime(2026, 4, 14, 15, 15, 1, 463306, tzinfo=UTC)
"""When its bot was stopped."""


def encryption() -> Encryption:
    """Return its keys."""
    return Encryption.from_file(KEY_FILE)


def rows_of(table: str) -> list[dict[str, Any]]:
    """Return all rows of one of its tables, as they were."""
    with closing(sqlite3.connect(FILE)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]


def rows_by_table() -> dict[str, list[dict[str, Any]]]:
    """Return all its rows, by table; each table comes after those that it refers to."""
    with closing(sqlite3.connect(FILE)) as connection:
        names = [
            str(name)
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        references = {
            name: {str(row[2]) for row in connection.execute(f"PRAGMA foreign_key_list({name})")}
            for name in names
        }
    return {name: rows_of(name) for name in sort_by_reference(references)}


@asynccontextmanager
async def open_unmigrated(folder: Path, engine: str) -> AsyncIterator[Store]:
    """Open a copy of it, not yet migrated."""
    async with fresh_database_address(folder, engine, is_empty=True) as address:
        if engine == "sqlite":
            shutil.copy(FILE, folder / "attune.db")
        store = await open_database(address, encryption=encryption())
        try:
            if engine == "postgresql":
                await _copy_rows(store)
            yield store
        finally:
            await store.close()


async def _copy_rows(store: Store) -> None:
    """Put its rows into an empty database of the same schema."""
    await migrate(store, now=STOPPED_AT, upto=VERSION)
    rows_of_table = rows_by_table()
    async with store.transaction() as tx:
        for table in reversed(rows_of_table):
            await tx.run(f"DELETE FROM {table}")
        for table, rows in rows_of_table.items():
            for row in rows:
                marks = ", ".join("?" for _ in row)
                await tx.run(
                    f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values()
                )
