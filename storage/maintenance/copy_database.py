"""A whole database moves to another: from SQLite to PostgreSQL, or back.

Rows go over in batches, each with a mark of how far it is, in one transaction. So whoever is
killed in the middle goes on behind the last batch. The mark names what the source held; while it
stands no bot starts on the target. At the end both sides are read again, row by row, and the mark
goes only when they are equal.
"""

import hashlib
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Self

from alliance.errors import BadMove
from storage.database import updates
from storage.database.tx import BadStatement, Row, Store, Tx
from storage.maintenance.migrate import migrate
from storage.maintenance.restore import gather
from storage.maintenance.tables import VERSIONS, Table, tables

MARK = "moving"
AT_ONCE = 500
_VALUES = 900
"""Databases bound the number of values in one statement; this is below every bound."""

JUST_NOW = timedelta(seconds=90)
"""A bot notes once a minute that it lives."""

Progress = Callable[[str, int], None]


class Held(NamedTuple):
    """What a table holds: how many rows, and a sum over the digests of all of them."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a move is.

    Attributes:
        source: A digest of all that is to be moved.
        table: The table that is under way.
        after: The key of its last row that is over; empty at its beginning.
    """

    source: str
    table: str
    after: tuple[Any, ...] = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """Return a mark as it is kept."""
        source, table, after = json.loads(text)
        return cls(source, table, tuple(after))

    def text(self) -> str:
        """Return the mark as it is kept."""
        return json.dumps([self.source, self.table, list(self.after)])


async def move(source: Store, target: Store, *, now: datetime, told: Progress) -> dict[str, Held]:
    """Copy everything, or what an interrupted move has left; return what the source holds.

    Args:
        source: Nobody may write to it meanwhile.
        target: Empty, or left half full by a move from this source.
        now: Noted beside the versions of the target's schema.
        told: Hears how many rows of a table are over.

    Raises:
        BadMove: The target holds something else, or the source is not what it was.
    """
    await check_whole(source)
    held = await everything(source)
    await _begin(target, Mark(digest_of(held), tables()[0].name), now)
    names = [table.name for table in tables()]
    async with target.reading() as tx:
        mark = await _mark(tx)
    for table in tables()[names.index(mark.table) :]:
        done = 0
        while some := await _batch(source, target, table):
            done += some
            told(table.name, done)
    return held


async def finish(target: Store) -> None:
    """Take the mark away: the target was compared with the source, and bots may start on it."""
    async with target.transaction() as tx:
        await updates.unlearn(tx, name=MARK)


async def check_whole(store: Store) -> None:
    """Refuse a database that is only half here.

    Raises:
        BadMove: A move to it was interrupted.
    """
    async with store.reading() as tx:
        if await updates.recall(tx, MARK) is not None:
            raise BadMove("This database is half moved: run `attune migrate` again to its end.")


def check_closed(path: Path) -> None:
    """Refuse a SQLite file that a bot or a command has open. Blocks.

    Raises:
        BadMove: SQLite says that it is in use.
    """
    try:
        if path.exists():
            gather(path)
    except sqlite3.OperationalError:
        raise BadMove(f"{path} is in use: stop the bot before it is moved.") from None


async def check_unused(source: Store, *, pulse: str, now: datetime) -> None:
    """Refuse to move what a bot works on, as far as its pulse tells.

    Raises:
        BadMove: It beat just now.
    """
    async with source.reading() as tx:
        beat = await updates.last_beat(tx, pulse)
    if beat is not None and abs(now - beat) < JUST_NOW:
        raise BadMove(
            f"A bot worked on this database less than {JUST_NOW.seconds} s ago: stop it, wait, "
            "and try again."
        )


async def everything(store: Store) -> dict[str, Held]:
    """Read every row of a database, in one picture, and return what each table holds."""
    async with store.reading() as tx:
        return {table.name: await _held(tx, table) for table in tables()}


def digest_of(held: dict[str, Held]) -> str:
    """Return one digest over all tables."""
    return hashlib.sha256(json.dumps(sorted(held.items())).encode()).hexdigest()


async def _begin(target: Store, mark: Mark, now: datetime) -> None:
    """Set the mark on an empty target; leave one that was set for the same source."""
    is_fresh = await _has_no_schema(target)
    await migrate(target, now=now)
    async with target.transaction() as tx:
        found = await updates.recall(tx, MARK)
        if found is not None:
            if Mark.read(found).source != mark.source:
                raise BadMove(
                    "The source has changed since this move was begun: empty the target and "
                    "begin anew."
                )
            return
        if is_fresh:  # what a fresh schema keeps of itself, the source has too
            for table in reversed(tables()):
                await tx.run(f"DELETE FROM {table.name}")
        for table in tables():
            if await tx.one(f"SELECT 1 AS found FROM {table.name} LIMIT 1") is not None:
                raise BadMove(
                    f"The target holds data already ({table.name}): give an empty database."
                )
        await updates.learn(tx, name=MARK, value=mark.text())


async def _has_no_schema(target: Store) -> bool:
    try:
        async with target.reading() as tx:
            await tx.one(f"SELECT 1 AS found FROM {VERSIONS}")
    except BadStatement:
        return True
    return False


async def _batch(source: Store, target: Store, table: Table) -> int:
    """Bring some rows over, and the mark behind them; return how many, 0 at the end."""
    async with target.transaction() as tx:
        mark = await _mark(tx, tx.holding)
        after = mark.after if mark.table == table.name else ()
        async with source.reading() as reading:
            rows = await _page(reading, table, after)
        at_once = max(1, _VALUES // len(table.columns))
        for begin in range(0, len(rows), at_once):
            await _insert(tx, table, rows[begin : begin + at_once])
        if rows:
            last = tuple(rows[-1][column] for column in table.key)
            await updates.learn(tx, name=MARK, value=Mark(mark.source, table.name, last).text())
    return len(rows)


async def _mark(tx: Tx, holding: str = "") -> Mark:
    row = await tx.one(f"SELECT value FROM facts WHERE name = ?{holding}", MARK)
    if row is None:
        raise BadMove("Somebody else has ended this move.")
    return Mark.read(row["value"])


async def _insert(tx: Tx, table: Table, rows: Sequence[Row]) -> None:
    one = f"({', '.join('?' for _ in table.columns)})"
    await tx.run(
        f"INSERT INTO {table.name} ({', '.join(table.columns)})"
        f" VALUES {', '.join(one for _ in rows)}",
        *(row[column] for row in rows for column in table.columns),
    )


async def _page(tx: Tx, table: Table, after: Sequence[Any]) -> Sequence[Row]:
    """Return the rows that follow a key, in the order of their own database."""
    key = ", ".join(table.key)
    behind = f"({key}) > ({', '.join('?' for _ in after)})" if after else "1 = 1"
    return await tx.all(
        f"SELECT {', '.join(table.columns)} FROM {table.name}"
        f" WHERE {behind}{_but_the_mark(table)} ORDER BY {key} LIMIT {AT_ONCE}",
        *after,
    )


async def _pages(tx: Tx, table: Table) -> AsyncIterator[Sequence[Row]]:
    after: tuple[Any, ...] = ()
    while rows := await _page(tx, table, after):
        yield rows
        after = tuple(rows[-1][column] for column in table.key)


async def _held(tx: Tx, table: Table) -> Held:
    """Sum over the rows, since databases order texts in different ways."""
    count = total = 0
    async for rows in _pages(tx, table):
        for row in rows:
            text = json.dumps([row[column] for column in table.columns])
            total += int.from_bytes(hashlib.sha256(text.encode()).digest())
        count += len(rows)
    return Held(count, f"{total % (1 << 256):064x}")


def _but_the_mark(table: Table) -> str:
    return f" AND name <> '{MARK}'" if table.name == "facts" else ""
