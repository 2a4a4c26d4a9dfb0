"""Open a database by its address: a SQLite file, or a PostgreSQL server."""

from pathlib import Path

from alliance.errors import StoreUnavailable
from storage.postgres import open_postgres
from storage.sqlite import open_store
from storage.tx import Store

SQLITE = "sqlite:///"
POSTGRESQL = ("postgresql://", "postgres://")


def file_of(address: str) -> Path | None:
    """Return the SQLite file of an address; None where it is a server."""
    return Path(address.removeprefix(SQLITE)) if address.startswith(SQLITE) else None


async def open_database(address: str, *, write: bool = True, checkpoint: bool = True) -> Store:
    """Open a database; the caller migrates it.

    Args:
        address: ``sqlite:///`` and a path, or ``postgresql://…``.
        write: Whether to write. A SQLite file that is only read must exist.
        checkpoint: For SQLite: whether this process is the one that may move the log into the
            file; a command beside a running bot may not.

    Raises:
        StoreUnavailable: It cannot be opened; the message says what to check.
    """
    path = file_of(address)
    if path is None:
        return await open_postgres(address)
    if not write and not path.exists():
        raise StoreUnavailable(
            f"There is no database {path}; `attune run` makes one. "
            "ATTUNE_DATABASE says where it is."
        )
    return await open_store(path, write=write, checkpoint=checkpoint)
