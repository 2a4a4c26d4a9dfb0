"""Backups: one consistent, encrypted, verified copy of the database while it is in use.

The file begins with a line that names the format and the key; then come pieces of ciphertext,
each bound to that line, to its place and to whether it is the last. A piece that is changed,
missing, doubled or cut off does not open.
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
from storage.database.encryption import Key, Sealing

FORMAT = b"attune backup 1"
ENDING = ".backup"
_PIECE = 1 << 20
_PREFIX_BYTES = 4
_SIZE = struct.Struct(">I?")
_COUNTED = ("people", "sessions", "checkins", "answers", "alerts", "consents", "outbox", "audit")


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was opened and found whole.

    Attributes:
        path: The file.
        size: Its bytes.
        key: Name of the key that opens it.
        rows: Table to number of rows in it.
    """

    path: Path
    size: int
    key: str
    rows: dict[str, int]


def back_up(database: Path, folder: Path, *, sealing: Sealing, at: datetime) -> Backup:
    """Copy a database that may be in use, encrypt the copy, and prove it by opening it.

    Blocks: call it from a thread. Neither readers nor the writer wait for it.

    Raises:
        BadBackup: The folder cannot be written, or the copy is not whole; no file is left.
    """
    path = folder / f"attune-{at:%Y%m%dT%H%M%SZ}{ENDING}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _scratch(folder) as copy, _scratch(folder) as unproven:
            _copied(database, copy)
            _encrypted(copy, unproven, sealing.newest)
            backup = verify(unproven, sealing=sealing)
            unproven.replace(path)
    except (OSError, sqlite3.Error) as failed:
        raise BadBackup(
            f"No backup was made in {folder} ({type(failed).__name__}: {failed});"
            " check the folder, its permissions and the space on the disk."
        ) from None
    return Backup(path, backup.size, backup.key, backup.rows)


def verify(path: Path, *, sealing: Sealing) -> Backup:
    """Decrypt a backup beside itself, open it as a database, and count what it holds.

    Raises:
        BadBackup: It is not whole.
        BadKey: Its key is not here.
    """
    with _scratch(path.parent) as copy:
        key = decrypted(path, copy, sealing=sealing)
        return Backup(path, path.stat().st_size, key.id, count(copy))


def decrypted(path: Path, copy: Path, *, sealing: Sealing) -> Key:
    """Write the database of a backup to ``copy``; return the key that opened it.

    Raises:
        BadBackup: It is no backup of ours, or was changed, or is cut off.
        BadKey: Its key is not here.
    """
    with path.open("rb") as source, copy.open("wb") as target:
        head = source.readline(100)
        name, _, key_id = head.strip().rpartition(b" ")
        if name != FORMAT:
            raise BadBackup(f"{path.name} is no backup of Attune.")
        key = next((one for one in sealing.keys if one.id.encode() == key_id), None)
        if key is None:
            raise BadKey(
                f"The key {key_id.decode('ascii', 'replace')} of {path.name} is missing:"
                " restore it in the key file or ATTUNE_KEYS."
            )
        for piece in _opened_pieces(source, head, key, path.name):
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    return key


def old_backups(folder: Path, *, keep: int) -> list[Path]:
    """Return all but the newest ``keep`` backups of a folder, oldest first."""
    found = sorted(folder.glob(f"attune-*{ENDING}"))
    return found[: max(0, len(found) - keep)]


def _copied(database: Path, copy: Path) -> None:
    """Copy in one step: a stepwise copy begins anew at every write and may never end."""
    with (
        contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target, pages=-1)
        target.execute("PRAGMA journal_mode = DELETE")


def _encrypted(copy: Path, path: Path, key: Key) -> None:
    head = FORMAT + b" " + key.id.encode() + b"\n"
    prefix = os.urandom(_PREFIX_BYTES)
    with copy.open("rb") as source, path.open("wb") as target:
        target.write(head + prefix)
        piece, number = source.read(_PIECE), 0
        while True:
            following = source.read(_PIECE)
            bound = _bound(head, number, last=not following)
            sealed = key.cipher.encrypt(_nonce(prefix, number), piece, bound)
            target.write(_SIZE.pack(len(sealed), not following) + sealed)
            if not following:
                break
            piece, number = following, number + 1
        target.flush()
        os.fsync(target.fileno())


def _opened_pieces(source: BinaryIO, head: bytes, key: Key, name: str) -> Iterator[bytes]:
    prefix, number, last = source.read(_PREFIX_BYTES), 0, False
    try:
        while not last:
            size, last = _SIZE.unpack(source.read(_SIZE.size))
            sealed = _exactly(source, size)
            bound = _bound(head, number, last=last)
            yield key.cipher.decrypt(_nonce(prefix, number), sealed, bound)
            number += 1
    except (InvalidTag, struct.error, ValueError):
        raise BadBackup(f"{name} is damaged or cut off; use another backup.") from None
    if source.read(1):
        raise BadBackup(f"{name} has something behind its end; use another backup.")


def _exactly(source: BinaryIO, size: int) -> bytes:
    """Read so many bytes; ValueError where there are fewer."""
    found = source.read(size)
    if len(found) != size:
        raise ValueError("less than it says")
    return found


def _nonce(prefix: bytes, number: int) -> bytes:
    return prefix + struct.pack(">Q", number)


def _bound(head: bytes, number: int, *, last: bool) -> bytes:
    return head + struct.pack(">Q?", number, last)


def count(copy: Path) -> dict[str, int]:
    """Open a copy as a database, prove that it is whole, and count its rows.

    Raises:
        BadBackup: It is no database, or a damaged one.
    """
    try:
        with contextlib.closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as opened:
            found = [row[0] for row in opened.execute("PRAGMA integrity_check")]
            broken = opened.execute("PRAGMA foreign_key_check").fetchall()
            if found != ["ok"] or broken:
                raise BadBackup("The copy is not whole: the database itself may be damaged.")
            return {
                table: int(opened.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])
                for table in _COUNTED
                if opened.execute(
                    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
                ).fetchone()
            }
    except sqlite3.DatabaseError as damaged:
        raise BadBackup(f"The copy cannot be opened as a database: {damaged}.") from None


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Give a file that only we can read and that is gone afterwards, unless it was moved."""
    handle, name = tempfile.mkstemp(prefix=".attune-", dir=folder)
    os.close(handle)
    path = Path(name)
    with removed_at_the_end(path):
        yield path


@contextlib.contextmanager
def removed_at_the_end(path: Path) -> Iterator[None]:
    """Leave nothing of a database behind, whatever happens, unless it was moved."""
    try:
        yield
    finally:
        for ending in ("", "-journal", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
