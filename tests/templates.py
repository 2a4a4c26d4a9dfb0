"""Databases with the newest schema, migrated once per process: tests copy them."""

import asyncio
import atexit
import shutil
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from storage.database.encryption import Encryption, new_key, parse_keys
from storage.database.open_database import open_database
from storage.maintenance.migrate import migrate

KEYS = new_key().text()
"""The key of every database that the tests create, as in ``ATTUNE_KEYS``."""

ENCRYPTION = Encryption(parse_keys(KEYS))


def migrate_template(address: str) -> None:
    """Bring a new database to the newest schema. Not for use inside an event loop."""
    asyncio.run(_migrate(address))


async def _migrate(address: str) -> None:
    store = await open_database(address, encryption=ENCRYPTION)
    try:
        await migrate(store, now=datetime(2026, 1, 1, tzinfo=UTC))
    finally:
        await store.close()


@cache
def _sqlite_template() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="attune-template-")
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "attune.db"
    migrate_template(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as opened:  # move the log into the file, to copy it alone
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


async def copy_sqlite_template(path: Path) -> None:
    """Create a SQLite file that has the newest schema and no rows."""
    if not _sqlite_template.cache_info().currsize:
        await asyncio.to_thread(_sqlite_template)
    shutil.copyfile(_sqlite_template(), path)
