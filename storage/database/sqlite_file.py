"""Checks of the SQLite file: one bot at a time, still in place, and no second key."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from alliance.errors import BadKey, StoreUnavailable
from storage.database.sqlite_tx import SqliteConnection, translate_error


def file_uri(path: Path, *, mode: str) -> str:
    """Return the address by which SQLite opens a file, whatever its path contains."""
    return f"file:/{quote(path.absolute().as_posix().lstrip('/'))}?mode={mode}"


@contextmanager
def hold_bot_lock(path: Path) -> Iterator[None]:
    """Hold the lock of the only bot on a file until the block is left.

    Two bots would both checkpoint, which can damage the file. The lock ends with the process.

    Raises:
        StoreUnavailable: Another bot is running, or the folder cannot be used.
    """
    lock_file = path.with_name(f"{path.name}.lock")
    try:
        connection = sqlite3.connect(lock_file, timeout=0, isolation_level=None)
    except sqlite3.OperationalError as failed:
        raise open_error(path, failed) from None
    with closing(connection):
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as failed:
            if failed.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise open_error(path, failed) from None
            raise StoreUnavailable(
                f"Another bot is running on {path}: stop it first, or leave it running."
            ) from None
        yield


def open_error(path: Path, failed: Exception) -> StoreUnavailable:
    """Return the error for a file that cannot be opened; it says what to check."""
    return StoreUnavailable(
        f"The database {path} cannot be opened ({failed}); "
        "check ATTUNE_DATABASE, the folder and its permissions."
    )


def check_not_encrypted(path: Path, *, key_file: Path) -> None:
    """Refuse to create a key for a database that is encrypted already.

    Raises:
        BadKey: Its key file is missing.
        StoreDamaged: It is not a database.
    """
    if not path.exists():
        return
    with closing(sqlite3.connect(file_uri(path, mode="ro"), uri=True)) as connection:
        try:
            query = "SELECT 1 FROM sqlite_master WHERE name = 'accounts'"
            is_encrypted = connection.execute(query).fetchone() is not None
        except sqlite3.DatabaseError as failed:
            raise translate_error(failed) from failed
    if is_encrypted:
        raise BadKey(f"The key file {key_file} is missing: put it back, or set ATTUNE_KEYS.")


def file_presence_check(writer: SqliteConnection) -> Callable[[], bool]:
    """Return a check that the open file is still in its place.

    If it is moved or deleted while the bot runs, SQLite keeps writing to it, and everything
    saved from then on would be lost.
    """
    path = Path(writer.direct.execute("PRAGMA database_list").fetchone()["file"])
    opened = path.stat()

    def is_there() -> bool:
        try:
            status = path.stat()
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == (opened.st_dev, opened.st_ino)

    return is_there
