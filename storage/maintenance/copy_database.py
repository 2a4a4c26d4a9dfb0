"""Copy a whole database into another one: from SQLite to PostgreSQL, or back.

Rows are copied in batches. Each batch saves the progress in the same transaction, so an
interrupted copy continues after the last batch. The progress includes a digest of the source;
while it exists, no bot starts on the target. At the end both databases are read again, row by
row, and the progress is deleted only if they are equal.
"""

import hashlib
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Self

from alliance.errors import BadDatabaseCopy
from storage.database import internal_heartbeats, key_values
from storage.database.tx import BadStatement, Row, Store, Tx
from storage.maintenance.migrate import migrate
from storage.maintenance.restore import merge_wal
from storage.maintenance.tables import VERSIONS, DatabaseTable, tables

PROGRESS_NAME = "moving"
ROWS_PER_BATCH = 500
_MAX_VALUES = 900
"""Databases limit the number of values in one statement; this is below every limit."""

RECENT_HEARTBEAT = timedelta(seconds=90)
"""A running bot records a heartbeat once a minute."""

ProgressCallback = Callable[[str, int], None]


class TableDigest(NamedTuple):
    """The content of a table: the number of rows, and the sum of their digests."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class CopyProgress:
    """How far a copy is.

    Attributes:
        source: A digest of everything in the source.
        table: The table that is being copied.
        after: The primary key of its last row that was copied; empty at its beginning.
    """

    source: str
    table: str
    after: tuple[Any, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the progress that ``text`` wrote."""
        source, table, after = json.loads(text)
        return cls(source, table, tuple(after))

    def text(self) -> str:
        """Return the progress as it is stored."""
        return json.dumps([self.source, self.table, list(self.after)])


async def copy_tables(
    source: Store, target: Store, *, now: datetime, on_progress: ProgressCallback
) -> dict[str, TableDigest]:
    """Copy everything, or the rest of an interrupted copy; return the digests of the source.

    Args:
        source: Nobody may write to it meanwhile.
        target: Empty, or partly filled by an interrupted copy from this source.
        now: Stored with the versions of the target's schema.
        on_progress: Called with a table and how many of its rows were copied.

    Raises:
        BadDatabaseCopy: The target holds other data, or the source has changed.
    """
    await check_not_half_copied(source)
    digests = await table_digests(source)
    await _begin_copy(target, CopyProgress(digest_of(digests), tables()[0].name), now)
    names = [table.name for table in tables()]
    async with target.read_transaction() as tx:
        progress = await _read_progress(tx)
    for table in tables()[names.index(progress.table) :]:
        copied = 0
        while count := await _copy_batch(source, target, table):
            copied += count
            on_progress(table.name, copied)
    return digests


async def finish(target: Store) -> None:
    """Delete the progress: the target equals the source, and bots may start on it."""
    async with target.transaction() as tx:
        await key_values.delete_value(tx, name=PROGRESS_NAME)


async def check_not_half_copied(store: Store) -> None:
    """Refuse a database that was copied only in part.

    Raises:
        BadDatabaseCopy: A copy into it was interrupted.
    """
    async with store.read_transaction() as tx:
        if await key_values.get_value(tx, PROGRESS_NAME) is not None:
            raise BadDatabaseCopy(
                "This database was copied only in part: run `attune migrate` again to finish."
            )


def check_not_in_use(path: Path) -> None:
    """Refuse a SQLite file that a bot or a command has open. Blocks.

    Raises:
        BadDatabaseCopy: It is in use.
    """
    try:
        if path.exists():
            merge_wal(path)
    except sqlite3.OperationalError:
        raise BadDatabaseCopy(f"{path} is in use: stop the bot before you copy it.") from None


async def check_no_recent_heartbeat(source: Store, *, heartbeat: str, now: datetime) -> None:
    """Refuse to copy a database that a bot is working on, as far as its heartbeat tells.

    Raises:
        BadDatabaseCopy: There was a heartbeat just now.
    """
    async with source.read_transaction() as tx:
        last = await internal_heartbeats.last_heartbeat(tx, heartbeat)
    if last is not None and abs(now - last) < RECENT_HEARTBEAT:
        raise BadDatabaseCopy(
            f"A bot was using this database less than {RECENT_HEARTBEAT.seconds} s ago:"
            " stop it, wait, and try again."
        )


async def table_digests(store: Store) -> dict[str, TableDigest]:
    """Return a digest of each table, all read in one transaction."""
    async with store.read_transaction() as tx:
        return {table.name: await _digest_table(tx, table) for table in tables()}


def digest_of(digests: dict[str, TableDigest]) -> str:
    """Return one digest over all tables."""
    return hashlib.sha256(json.dumps(sorted(digests.items())).encode()).hexdigest()


async def _begin_copy(target: Store, progress: CopyProgress, now: datetime) -> None:
    """Save the progress in an empty target, unless it is there already for the same source."""
    is_new = await _has_no_schema(target)
    await migrate(target, now=now)
    async with target.transaction() as tx:
        earlier = await key_values.get_value(tx, PROGRESS_NAME)
        if earlier is not None:
            if CopyProgress.parse(earlier).source != progress.source:
                raise BadDatabaseCopy(
                    "The source has changed since this copy was started: empty the target and "
                    "start again."
                )
            return
        if is_new:  # the source has the rows, too, that migrations insert
            for table in reversed(tables()):
                await tx.run(f"DELETE FROM {table.name}")
        for table in tables():
            if await tx.one(f"SELECT 1 AS found FROM {table.name} LIMIT 1") is not None:
                raise BadDatabaseCopy(
                    f"The target already holds data ({table.name}): use an empty database."
                )
        await key_values.set_value(tx, name=PROGRESS_NAME, value=progress.text())


async def _has_no_schema(target: Store) -> bool:
    try:
        async with target.read_transaction() as tx:
            await tx.one(f"SELECT 1 AS found FROM {VERSIONS}")
    except BadStatement:
        return True
    return False


async def _copy_batch(source: Store, target: Store, table: DatabaseTable) -> int:
    """Copy some rows and save the progress; return how many, 0 at the end."""
    async with target.transaction() as tx:
        progress = await _read_progress(tx, tx.for_update)
        after = progress.after if progress.table == table.name else ()
        async with source.read_transaction() as source_tx:
            rows = await _read_page(source_tx, table, after)
        at_once = max(1, _MAX_VALUES // len(table.columns))
        for begin in range(0, len(rows), at_once):
            await _insert(tx, table, rows[begin : begin + at_once])
        if rows:
            last = tuple(rows[-1][column] for column in table.key)
            progress = CopyProgress(progress.source, table.name, last)
            await key_values.set_value(tx, name=PROGRESS_NAME, value=progress.text())
    return len(rows)


async def _read_progress(tx: Tx, lock: str = "") -> CopyProgress:
    row = await tx.one(f"SELECT value FROM key_values WHERE name = ?{lock}", PROGRESS_NAME)
    if row is None:
        raise BadDatabaseCopy("Another process has finished this copy.")
    return CopyProgress.parse(row["value"])


async def _insert(tx: Tx, table: DatabaseTable, rows: Sequence[Row]) -> None:
    one = f"({', '.join('?' for _ in table.columns)})"
    await tx.run(
        f"INSERT INTO {table.name} ({', '.join(table.columns)})"
        f" VALUES {', '.join(one for _ in rows)}",
        *(row[column] for row in rows for column in table.columns),
    )


async def _read_page(tx: Tx, table: DatabaseTable, after: Sequence[Any]) -> Sequence[Row]:
    """Return the rows after a primary key, in the order of their database."""
    key = ", ".join(table.key)
    condition = f"({key}) > ({', '.join('?' for _ in after)})" if after else "1 = 1"
    return await tx.all(
        f"SELECT {', '.join(table.columns)} FROM {table.name}"
        f" WHERE {condition}{_excluding_progress(table)} ORDER BY {key} LIMIT {ROWS_PER_BATCH}",
        *after,
    )


async def _read_pages(tx: Tx, table: DatabaseTable) -> AsyncIterator[Sequence[Row]]:
    after: tuple[Any, ...] = ()
    while rows := await _read_page(tx, table, after):
        yield rows
        after = tuple(rows[-1][column] for column in table.key)


async def _digest_table(tx: Tx, table: DatabaseTable) -> TableDigest:
    """Sum the rows' digests, since databases sort text differently."""
    count = total = 0
    async for rows in _read_pages(tx, table):
        for row in rows:
            text = json.dumps([row[column] for column in table.columns])
            total += int.from_bytes(hashlib.sha256(text.encode()).digest())
        count += len(rows)
    return TableDigest(count, f"{total % (1 << 256):064x}")


def _excluding_progress(table: DatabaseTable) -> str:
    return f" AND name <> '{PROGRESS_NAME}'" if table.name == "key_values" else ""
