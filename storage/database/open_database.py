"""Open a database by its address: a SQLite file, or a PostgreSQL server."""

import asyncio
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

from alliance.errors import BadKey, StoreUnavailable
from storage.database.encryption import Sealing
from storage.database.sqlite import open_store
from storage.database.tx import Store

if TYPE_CHECKING:
    from storage.database.worker_locks import Duty

logger = logging.getLogger(__name__)

WAITED_SECONDS = 10.0
"""With what a try takes some 15 seconds: then whoever watches the process starts it anew."""

BETWEEN_SECONDS = 1.0
SQLITE = "sqlite:///"
POSTGRESQL = ("postgresql://", "postgres://")


def file_of(address: str) -> Path | None:
    """Return the SQLite file of an address; None where it is a server."""
    return Path(address.removeprefix(SQLITE)) if address.startswith(SQLITE) else None


def duty_on(address: str) -> "Duty":
    """Return how a worker on that database knows of the others."""
    from storage.database.worker_locks import Alone, Shared

    return Alone() if file_of(address) is not None else Shared(address)


async def open_patiently(address: str, *, sealing: Sealing | None) -> Store:
    """Open a database for a bot; a server that starts later than we do is waited for.

    Raises:
        StoreUnavailable: It did not come; a file that cannot be opened is not waited for.
        BadKey: There is no key, or it cannot be read.
    """
    until = time.monotonic() + WAITED_SECONDS
    while True:
        try:
            return await open_database(address, sealing=sealing)
        except StoreUnavailable:
            if file_of(address) is not None or time.monotonic() > until:
                raise
            logger.warning("the database does not answer; trying again")
            await asyncio.sleep(BETWEEN_SECONDS)


async def open_database(
    address: str,
    *,
    sealing: Sealing | None = None,
    write: bool = True,
    checkpoint: bool = True,
) -> Store:
    """Open a database; the caller migrates it.

    Args:
        address: ``sqlite:///`` and a path, or ``postgresql://…``.
        sealing: Seals and opens what is personal; None takes the key file beside a SQLite file.
        write: Whether to write. A SQLite file that is only read must exist.
        checkpoint: For SQLite: whether this process is the one that may move the log into the
            file; a command beside a running bot may not.

    Raises:
        StoreUnavailable: It cannot be opened; the message says what to check.
        BadKey: There is no key, or it cannot be read.
    """
    path = file_of(address)
    if path is None:
        if sealing is None:
            raise BadKey(
                "A PostgreSQL database needs a key: set ATTUNE_KEYS or ATTUNE_KEY_FILE;"
                " `attune keys new` makes one."
            )
        # Loading its driver takes longer than most commands on a file.
        from storage.database.postgres import open_postgres

        return await open_postgres(address, sealing=sealing)
    if not write and not path.exists():
        raise StoreUnavailable(
            f"There is no database {path}; `attune run` makes one. "
            "ATTUNE_DATABASE says where it is."
        )
    return await open_store(path, sealing=sealing, write=write, checkpoint=checkpoint)
