"""Who stays erased: a list beside the backups, by which a restore erases them again.

It holds hashes of random ids. Only whoever has a backup and its key can tell whom they mean,
and learns from it no more than that the backup should no longer hold them.
"""

import contextlib
import os
import sqlite3
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from storage.database.tx import Tx
from storage.people import people
from storage.privacy import erasure

LIST = "attune-erased.list"


async def marks(tx: Tx) -> frozenset[str]:
    """Return the marks of all who were erased here."""
    rows = await tx.all("SELECT was FROM tombstones WHERE was IS NOT NULL")
    return frozenset(row["was"] for row in rows)


def listed(folder: Path) -> frozenset[str]:
    """Return the marks that stand beside the backups."""
    try:
        return frozenset((folder / LIST).read_text("ascii").split())
    except FileNotFoundError:
        return frozenset()


def add_to_list(folder: Path, found: Collection[str]) -> None:
    """Put marks on the list beside the backups; none ever leaves it."""
    known = listed(folder)
    if set(found) <= known:
        return
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{LIST}.new"
    with beside.open("w", encoding="ascii") as file:
        file.write("\n".join(sorted({*known, *found})) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / LIST)


def marks_in(database: Path) -> frozenset[str]:
    """Return the marks in a database that is about to be replaced, as far as it can be read."""
    if not database.exists():
        return frozenset()
    try:
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
            rows = opened.execute("SELECT was FROM tombstones WHERE was IS NOT NULL").fetchall()
    except sqlite3.DatabaseError:  # it is damaged, or older than the list
        return frozenset()
    return frozenset(row[0] for row in rows)


async def erase_again(tx: Tx, gone: Collection[str], *, at: datetime) -> int:
    """Erase whom a restored backup still holds; return how many."""
    count = 0
    for patient in await people.of_role(tx, "patient"):
        if erasure.mark_of(patient.id) in gone:
            await erasure.erase(tx, patient=patient, by_role="clock", actor_id=None, at=at)
            count += 1
    return count
