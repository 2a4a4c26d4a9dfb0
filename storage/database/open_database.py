"""Open a database by its address: a SQLite file or a PostgreSQL server."""

import asyncio
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

from alliance.errors import BadKey, StoreUnavailable
from storage.database.encryption import Encryption
from storage.database.sqlite import open_store
from storage.database.tx import Store

if TYPE_CHECKING:
    from storage.database.worker_locks import WorkerLocks

logger = logging.getLogger(__name__)

MAX_WAIT_SECONDS = 10.0
"""With the last attempt some 15 seconds; then the process supervisor restarts us."""

RETRY_SECONDS = 1.0
SQLITE = "sqlite:///"
POSTGRESQL = ("postgresql://", "postgres://")


def file_of(address: str) -> Path | None:
    """Return the SQLite file of an address; None for a server.

    More slashes than an absolute path needs do not matter.
    """
    if not address.startswith(SQLITE):
        return None
    path = address.removeprefix(SQLITE)
    return Path("/" + path.lstrip("/") if path.startswith("/") else path)


def worker_locks_for(address: str) -> "WorkerLocks":
    """Return the locks by which a worker on that database knows of the others."""
    from storage.database.worker_locks import PostgresWorkers, SingleWorker

    return SingleWorker() if file_of(address) is not None else PostgresWorkers(address)


async def open_with_retries(address: str, *, encryption: Encryption | None) -> Store:
    """Open a database for a bot; wait for a server that starts after the bot.

    Raises:
        StoreUnavailable: The server did not start in time, or the file cannot be opened.
        BadKey: There is no key, or it cannot be read.
    """
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while True:
        try:
            return await open_database(address, encryption=encryption)
        except StoreUnavailable:
            if file_of(address) is not None or time.monotonic() > deadline:
                raise
            logger.warning("the database does not answer; trying again")
            await asyncio.sleep(RETRY_SECONDS)


async def open_database(
    address: str,
    *,
    encryption: Encryption | None = None,
    write: bool = True,
    checkpoint: bool = True,
) -> Store:
    """Open a database; the caller migrates it.

    Args:
        address: ``sqlite:///`` and a path, or ``postgresql://…``.
        encryption: For personal data; None uses the key file next to a SQLite file.
        write: Whether to write. A SQLite file that is only read must exist.
        checkpoint: For SQLite: whether this process may move the log into the file. A command
            must not while a bot may be running.

    Raises:
        StoreUnavailable: It cannot be opened; the message says what to check.
        BadKey: There is no key, or it cannot be read.
    """
    path = file_of(address)
    if path is None:
        if encryption is None:
            raise BadKey(
                "A PostgreSQL database needs a key: set ATTUNE_KEYS or ATTUNE_KEY_FILE;"
                " `attune keys new` creates one."
            )
        # Importing the driver takes longer than most commands on a SQLite file.
        from storage.database.postgres import open_postgres

        return await open_postgres(address, encryption=encryption)
    if not write and not path.exists():
        raise StoreUnavailable(
            f"There is no database {path}; `attune run` creates one. "
            "ATTUNE_DATABASE says where it is."
        )
    return await open_store(path, encryption=encryption, write=write, checkpoint=checkpoint)
