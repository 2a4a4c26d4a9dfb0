"""Real databases for tests: a new SQLite file, or a new database on a real PostgreSQL server.

A test that requests the fixture ``engine``, directly or through another fixture, runs on the
databases that ``engines.engines_for`` returns.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from storage.database.open_database import file_of, open_database
from storage.database.tx import Store
from storage.maintenance.migrate import migrate
from tests import servers
from tests.templates import ENCRYPTION as ENCRYPTION
from tests.templates import KEYS as KEYS
from tests.templates import copy_sqlite_template

ENGINES = tuple(os.environ.get("TEST_DATABASE", "sqlite postgresql").split())
"""The databases that tests run on; set TEST_DATABASE to run on one only."""

on_both_engines = pytest.mark.usefixtures("engine")
"""For a test that opens its database without a fixture."""

_engine_stack: list[str] = []


@contextmanager
def use_engine(engine: str) -> Iterator[str]:
    """Open databases of this engine inside the block."""
    _engine_stack.append(engine)
    try:
        yield engine
    finally:
        _engine_stack.pop()


def current_engine() -> str:
    """Return the engine of the running test."""
    assert _engine_stack, "this test opens a database: it must request the fixture `engine`"
    return _engine_stack[-1]


@asynccontextmanager
async def open_fresh_store(folder: Path, *, at: datetime) -> AsyncIterator[Store]:
    """Open a new database with the newest schema."""
    async with fresh_database_address(folder) as address:
        store = await open_database(address, encryption=ENCRYPTION)
        try:
            await migrate(store, now=at)
            yield store
        finally:
            await store.close()


def query_rows(address: str, query: str) -> list[tuple[Any, ...]]:
    """Query a database directly, without any of our code."""
    path = file_of(address)
    if path is None:
        with psycopg.connect(address) as connection:
            return connection.execute(query.encode()).fetchall()
    with closing(sqlite3.connect(path)) as opened:
        return opened.execute(query).fetchall()


@asynccontextmanager
async def fresh_database_address(
    folder: Path, engine: str | None = None, *, is_empty: bool = False
) -> AsyncIterator[str]:
    """Yield the address of a new database, as in ``ATTUNE_DATABASE``.

    Args:
        folder: Where a SQLite file is created.
        engine: The engine to use instead of the test's.
        is_empty: Whether to leave out the newest schema; the database is a copy of a template
            otherwise.
    """
    if (engine or current_engine()) == "sqlite":
        path = folder / "attune.db"
        if not is_empty and not path.exists():
            await copy_sqlite_template(path)
        yield f"sqlite:///{path}"
        return
    name = await asyncio.to_thread(servers.create_database, is_empty=is_empty)
    try:
        yield servers.address_of(name)
    finally:
        await asyncio.to_thread(servers.drop_database, name)
