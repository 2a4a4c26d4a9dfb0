"""Backups: a consistent, encrypted, verified copy of a SQLite database that may be in use.

The file begins with a line that names the format and the key. Chunks of ciphertext follow, each
bound to that line, to its number and to whether it is the last. A chunk that was changed,
removed, duplicated or cut off cannot be decrypted.
"""

import contextlib
import os
import sqlite3
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag

from alliance.errors import BadBackup, BadKey
from storage.database.encryption import Encryption, Key
from storage.database.sqlite_file import file_uri

FORMAT = b"attune backup 1"
SUFFIX = ".backup"
_CHUNK_BYTES = 1 << 20
_PREFIX_BYTES = 4
_CHUNK_HEADER = struct.Struct(">I?")
_COUNTED_TABLES = (
    "people",
    "sessions",
    "checkins",
    "answers",
    "alerts",
    "consents",
    "outbox",
    "audit",
)


@dataclass(frozen=True, slots=True)
class Backup:
    """A verified backup.

    Attributes:
        path: The file.
        size: In bytes.
        key: Id of the key that decrypts it.
        rows: Table to number of rows.
    """

    path: Path
    size: int
    key: str
    rows: dict[str, int]


def back_up(database: Path, folder: Path, *, encryption: Encryption, at: datetime) -> Backup:
    """Copy a database that may be in use, encrypt the copy, and verify it by opening it.

    Blocks: call it from a thread. Neither readers nor the writer wait for it.

    Raises:
        BadBackup: The folder cannot be written, or the copy is damaged; no file is left.
    """
    path = folder / f"attune-{at:%Y%m%dT%H%M%SZ}{SUFFIX}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _temporary_file(folder) as copy, _temporary_file(folder) as unverified:
            _copy_database(database, copy)
            _encrypt(copy, unverified, encryption.newest)
            backup = verify(unverified, encryption=encryption)
            unverified.replace(path)
    except (OSError, sqlite3.Error) as failed:
        raise BadBackup(
            f"No backup was made in {folder} ({type(failed).__name__}: {failed});"
            " check the folder, its permissions and the disk space."
        ) from None
    return Backup(path, backup.size, backup.key, backup.rows)


def verify(path: Path, *, encryption: Encryption) -> Backup:
    """Decrypt a backup into its own folder, open it as a database, and count its rows.

    Raises:
        BadBackup: It is damaged.
        BadKey: Its key is missing.
    """
    with _temporary_file(path.parent) as copy:
        key = decrypt(path, copy, encryption=encryption)
        return Backup(path, path.stat().st_size, key.id, count_rows(copy))


def decrypt(path: Path, copy: Path, *, encryption: Encryption) -> Key:
    """Decrypt a backup to ``copy``; return the key that it was encrypted with.

    Raises:
        BadBackup: It is not a backup of Attune, or was changed, or is cut off.
        BadKey: Its key is missing.
    """
    with path.open("rb") as source, copy.open("wb") as target:
        head = source.readline(100)
        name, _, key_id = head.strip().rpartition(b" ")
        if name != FORMAT:
            raise BadBackup(f"{path.name} is not a backup of Attune.")
        key = next((key for key in encryption.keys if key.id.encode() == key_id), None)
        if key is None:
            raise BadKey(
                f"The key {key_id.decode('ascii', 'replace')} of {path.name} is missing:"
                " restore it in the key file or ATTUNE_KEYS."
            )
        for chunk in _decrypt_chunks(source, head, key, path.name):
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    return key


def old_backups(folder: Path, *, keep: int) -> list[Path]:
    """Return all but the newest ``keep`` backups of a folder, oldest first."""
    backups = sorted(folder.glob(f"attune-*{SUFFIX}"))
    return backups[: max(0, len(backups) - keep)]


def _copy_database(database: Path, copy: Path) -> None:
    """Copy in one step: a stepwise copy starts again at every write and may never end."""
    with (
        contextlib.closing(sqlite3.connect(file_uri(database, mode="ro"), uri=True)) as source,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target, pages=-1)
        target.execute("PRAGMA journal_mode = DELETE")


def _encrypt(copy: Path, path: Path, key: Key) -> None:
    head = FORMAT + b" " + key.id.encode() + b"\n"
    prefix = os.urandom(_PREFIX_BYTES)
    with copy.open("rb") as source, path.open("wb") as target:
        target.write(head + prefix)
        chunk, number, is_last = source.read(_CHUNK_BYTES), 0, False
        while not is_last:
            next_chunk = source.read(_CHUNK_BYTES)
            is_last = not next_chunk
            associated = _associated_data(head, number, is_last=is_last)
            encrypted = key.cipher.encrypt(_nonce(prefix, number), chunk, associated)
            target.write(_CHUNK_HEADER.pack(len(encrypted), is_last) + encrypted)
            chunk, number = next_chunk, number + 1
        target.flush()
        os.fsync(target.fileno())


def _decrypt_chunks(source: BinaryIO, head: bytes, key: Key, name: str) -> Iterator[bytes]:
    prefix, number, is_last = source.read(_PREFIX_BYTES), 0, False
    try:
        while not is_last:
            size, is_last = _CHUNK_HEADER.unpack(source.read(_CHUNK_HEADER.size))
            encrypted = _read_exactly(source, size)
            associated = _associated_data(head, number, is_last=is_last)
            yield key.cipher.decrypt(_nonce(prefix, number), encrypted, associated)
            number += 1
    except (InvalidTag, struct.error, ValueError):
        raise BadBackup(f"{name} is damaged or cut off; use another backup.") from None
    if source.read(1):
        raise BadBackup(f"{name} has extra data after its end; use another backup.")


def _read_exactly(source: BinaryIO, size: int) -> bytes:
    """Read ``size`` bytes; ValueError if there are fewer."""
    content = source.read(size)
    if len(content) != size:
        raise ValueError("the file ends early")
    return content


def _nonce(prefix: bytes, number: int) -> bytes:
    return prefix + struct.pack(">Q", number)


def _associated_data(head: bytes, number: int, *, is_last: bool) -> bytes:
    return head + struct.pack(">Q?", number, is_last)


def count_rows(copy: Path) -> dict[str, int]:
    """Open a copy as a database, check its integrity, and count its rows.

    Raises:
        BadBackup: It is not a database, or a damaged one.
    """
    try:
        with contextlib.closing(sqlite3.connect(file_uri(copy, mode="ro"), uri=True)) as connection:
            integrity = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
            if integrity != ["ok"] or broken:
                raise BadBackup("The copy is damaged; the database itself may be damaged, too.")
            return {
                table: int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])
                for table in _COUNTED_TABLES
                if connection.execute(
                    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
                ).fetchone()
            }
    except sqlite3.DatabaseError as damaged:
        raise BadBackup(f"The copy cannot be opened as a database: {damaged}.") from None


@contextlib.contextmanager
def _temporary_file(folder: Path) -> Iterator[Path]:
    """Create a file that only we can read; it is deleted afterwards, unless it was moved."""
    handle, name = tempfile.mkstemp(prefix=".attune-", dir=folder)
    os.close(handle)
    path = Path(name)
    with delete_on_exit(path):
        yield path


@contextlib.contextmanager
def delete_on_exit(path: Path) -> Iterator[None]:
    """Delete a database with all its files afterwards, unless it was moved."""
    try:
        yield
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
