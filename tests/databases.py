"""Real databases to test against: a fresh SQLite file, or a fresh database of a real PostgreSQL.

A test that asks for the fixture ``engine``, itself or through another fixture, runs once on each.
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
from tests.servers import KEYS as KEYS
from tests.servers import SEALING as SEALING

ENGINES = tuple(os.environ.get("TEST_DATABASE", "sqlite postgresql").split())
"""What the tests run on; the setting narrows it to one while somebody looks for a fault."""

on_both = pytest.mark.usefixtures("engine")
"""For a test that opens its database without a fixture."""

_chosen: list[str] = []


@contextmanager
def running_on(engine: str) -> Iterator[str]:
    """Let what is opened within be databases of one engine."""
    _chosen.append(engine)
    try:
        yield engine
    finally:
        _chosen.pop()


def chosen() -> str:
    """Return the engine of the test that runs."""
    assert _chosen, "this test opens a database: it must ask for the fixture `engine`"
    return _chosen[-1]


@asynccontextmanager
async def a_store(folder: Path, *, at: datetime) -> AsyncIterator[Store]:
    """Give a fresh database with the newest schema, open."""
    async with an_address(folder) as address:
        store = await open_database(address, sealing=SEALING)
        try:
            await migrate(store, now=at)
            yield store
        finally:
            await store.close()


def rows_of(address: str, query: str) -> list[tuple[Any, ...]]:
    """Look straight into a database, past all code of ours."""
    path = file_of(address)
    if path is None:
        with psycopg.connect(address) as connection:
            return connection.execute(query.encode()).fetchall()
    with closing(sqlite3.connect(path)) as opened:
        return opened.execute(query).fetchall()


@asynccontextmanager
async def an_address(
    folder: Path, engine: str | None = None, *, is_empty: bool = False
) -> AsyncIterator[str]:
    """Give the address of a database of its own, as ``ATTUNE_DATABASE`` has it.

    Args:
        folder: Where a file would be.
        engine: Which one it must be, whatever the test runs on.
        is_empty: Whether a database of a server is to have no schema yet; a file never has one.
    """
    if (engine or chosen()) == "sqlite":
        yield f"sqlite:///{folder / 'attune.db'}"
        return
    name = await asyncio.to_thread(servers.made, is_empty=is_empty)
    try:
        yield servers.address_of(name)
    finally:
        await asyncio.to_thread(servers.drop, name)
