"""The erasure list: a file beside the backups that lets a restore erase patients again.

It holds hashes of random ids. Only somebody who has a backup and its key can tell whom they
mean, and all they learn is that the backup should no longer hold them.
"""

import contextlib
import os
import sqlite3
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from alliance.people.roles_and_states import PersonRole
from storage.audit.change import Change
from storage.database.sqlite_file import file_uri
from storage.database.tx import Tx
from storage.people import people
from storage.privacy import erasure

LIST_FILE = "attune-erased.list"


async def hashes(tx: Tx) -> frozenset[str]:
    """Return the hashes of all patients erased from this database."""
    rows = await tx.all("SELECT was FROM tombstones WHERE was IS NOT NULL")
    return frozenset(row["was"] for row in rows)


def read_list(folder: Path) -> frozenset[str]:
    """Return the hashes in the list beside the backups."""
    try:
        return frozenset((folder / LIST_FILE).read_text("ascii").split())
    except FileNotFoundError:
        return frozenset()


def add_to_list(folder: Path, erased: Collection[str]) -> None:
    """Add hashes to the list beside the backups; none is ever removed."""
    known = read_list(folder)
    if set(erased) <= known:
        return
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{LIST_FILE}.new"
    with beside.open("w", encoding="ascii") as file:
        file.write("\n".join(sorted({*known, *erased})) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / LIST_FILE)


def hashes_in_database(database: Path) -> frozenset[str]:
    """Return the hashes in a database that is about to be replaced, if it can be read."""
    if not database.exists():
        return frozenset()
    try:
        uri = file_uri(database, mode="ro")
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            rows = connection.execute("SELECT was FROM tombstones WHERE was IS NOT NULL").fetchall()
    except sqlite3.DatabaseError:  # it is damaged, or older than the list
        return frozenset()
    return frozenset(row[0] for row in rows)


async def erase_again(tx: Tx, erased: Collection[str], *, at: datetime) -> int:
    """Erase the patients on the list whom a restored backup still holds; return how many."""
    count = 0
    for patient in await people.of_role(tx, PersonRole.PATIENT):
        if erasure.hash_of(patient.id) in erased:
            await erasure.erase(Change(tx, None, at), patient)
            count += 1
    return count
