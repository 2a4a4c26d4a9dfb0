"""The audit log: who changed or looked at what, and when. Rows are only ever added."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.tx import Row, Tx, at_text, at_time

Facts = Mapping[str, str | int | None]
"""Ids and settings by name; never a name, an answer or a comment."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log.

    Attributes:
        number: Counts up from 1 without a gap.
        actor_id: Who did it; None for the clock or the command line.
        action: A verb of ours, e.g. ``plan.set``.
        subject_id: Whom or what it is about, if anything.
        before: What was so before; None where nothing was.
        after: What has been so since; None where nothing is.
    """

    number: int
    at: datetime
    actor_id: str | None
    action: str
    subject_id: str | None
    before: dict[str, str | int | None] | None
    after: dict[str, str | int | None] | None


async def record(
    tx: Tx,
    *,
    actor_id: str | None,
    action: str,
    subject_id: str | None = None,
    before: Facts | None = None,
    after: Facts | None = None,
    at: datetime,
) -> int:
    """Add one line in the transaction of the change itself; return its number."""
    last = await tx.one("SELECT MAX(number) AS number FROM audit")
    number = 1 + int(last["number"] or 0) if last is not None else 1
    await tx.run(
        "INSERT INTO audit (number, at, actor_id, action, subject_id, before, after)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        number,
        at_text(at),
        actor_id,
        action,
        subject_id,
        _written(before),
        _written(after),
    )
    return number


async def about(tx: Tx, *, subject_id: str, limit: int) -> Sequence[Entry]:
    """Return the newest lines about somebody or something, newest first."""
    rows = await tx.all(
        "SELECT * FROM audit WHERE subject_id = ? ORDER BY number DESC LIMIT ?", subject_id, limit
    )
    return [_entry(row) for row in rows]


async def newest(tx: Tx, *, limit: int) -> Sequence[Entry]:
    """Return the newest lines, newest first."""
    rows = await tx.all("SELECT * FROM audit ORDER BY number DESC LIMIT ?", limit)
    return [_entry(row) for row in rows]


def _written(facts: Facts | None) -> str | None:
    return None if facts is None else json.dumps(dict(facts), sort_keys=True)


def _entry(row: Row) -> Entry:
    return Entry(
        row["number"],
        at_time(row["at"]),
        row["actor_id"],
        row["action"],
        row["subject_id"],
        None if row["before"] is None else json.loads(row["before"]),
        None if row["after"] is None else json.loads(row["after"]),
    )
