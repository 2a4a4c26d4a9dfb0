"""The SQLite file itself: one bot at a time, still in its place, and never a key too many."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from alliance.errors import BadKey, StoreUnavailable
from storage.database.sqlite_tx import Connection, told


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Be the one bot on a file until the block is left.

    Two would each believe themselves to be the one that checkpoints, and can damage the file.
    A process that dies lets go by dying.

    Raises:
        StoreUnavailable: Another one is running, or the folder cannot be used.
    """
    beside = path.with_name(f"{path.name}.lock")
    try:
        holder = sqlite3.connect(beside, timeout=0, isolation_level=None)
    except sqlite3.OperationalError as failed:
        raise unusable(path, failed) from None
    with closing(holder):
        try:
            holder.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as failed:
            if failed.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise unusable(path, failed) from None
            raise StoreUnavailable(
                f"Another bot is running on {path}: stop it first, or leave it running."
            ) from None
        yield


def unusable(path: Path, failed: Exception) -> StoreUnavailable:
    """Return what somebody is told whose file cannot be opened, and what to check."""
    return StoreUnavailable(
        f"The database {path} cannot be opened ({failed}); "
        "check ATTUNE_DATABASE, the folder and its permissions."
    )


def check_unsealed(path: Path, *, key_file: Path) -> None:
    """Refuse to make a key for a database that is sealed with another one.

    Raises:
        BadKey: Its key is gone.
        StoreDamaged: It is no database any more.
    """
    if not path.exists():
        return
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as opened:
        try:
            sealed = opened.execute("SELECT 1 FROM sqlite_master WHERE name = 'accounts'")
            is_sealed = sealed.fetchone() is not None
        except sqlite3.DatabaseError as failed:
            raise told(failed) from failed
    if is_sealed:
        raise BadKey(f"The key file {key_file} is missing: put it back, or set ATTUNE_KEYS.")


def is_in_place(writer: Connection) -> Callable[[], bool]:
    """Return what says whether the file that is open is still where it was opened.

    Somebody may move or delete it under a running bot, and SQLite goes on to write into
    nowhere: everything that is said to be kept then would be gone with the process.
    """
    path = Path(writer.direct.execute("PRAGMA database_list").fetchone()["file"])
    opened = path.stat()

    def is_there() -> bool:
        try:
            found = path.stat()
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == (opened.st_dev, opened.st_ino)

    return is_there
