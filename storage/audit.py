"""The audit log: who changed or looked at what, and when. Rows are only ever added."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.tx import Row, Tx, Value, at_text, at_time

Facts = Mapping[str, str | int | None]
"""Ids and settings by name; never a name, an answer or a comment."""

CLINICAL = ("alert.", "episode.")
"""Actions that begin so show that ratings fell: they are between therapist and patient."""


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
        part_of: Number of the line that this one belongs to; None where it stands alone.
        undoes: Number of the line that this one takes back, if any.
    """

    number: int
    at: datetime
    actor_id: str | None
    action: str
    subject_id: str | None
    before: dict[str, str | int | None] | None
    after: dict[str, str | int | None] | None
    part_of: int | None = None
    undoes: int | None = None

    @property
    def facts_before(self) -> dict[str, str | int | None]:
        """What was so before; empty where nothing was."""
        return self.before or {}

    @property
    def facts_after(self) -> dict[str, str | int | None]:
        """What has been so since; empty where nothing is."""
        return self.after or {}

    @property
    def step(self) -> int:
        """The number that all lines of one command share."""
        return self.part_of or self.number


async def record(
    tx: Tx,
    *,
    actor_id: str | None,
    action: str,
    subject_id: str | None = None,
    before: Facts | None = None,
    after: Facts | None = None,
    part_of: int | None = None,
    undoes: int | None = None,
    at: datetime,
) -> int:
    """Add one line in the transaction of the change itself; return its number."""
    last = await tx.one("SELECT MAX(number) AS number FROM audit")
    number = 1 + int(last["number"] or 0) if last is not None else 1
    await tx.run(
        "INSERT INTO audit (number, at, actor_id, action, subject_id, before, after, part_of,"
        " undoes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        number,
        at_text(at),
        actor_id,
        action,
        subject_id,
        _written(before),
        _written(after),
        part_of,
        undoes,
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


async def for_coordinators(
    tx: Tx, *, person_id: str | None, below: int | None, limit: int
) -> Sequence[Entry]:
    """Return lines that a coordinator may read, newest first.

    Args:
        tx: An open transaction.
        person_id: Only what is about this person or was done by them; None for everything.
        below: Only lines with a smaller number; None for the newest.
        limit: At most so many.
    """
    where = ["action NOT LIKE ?"] * len(CLINICAL)
    values: list[Value] = [f"{prefix}%" for prefix in CLINICAL]
    if person_id is not None:
        where.append("(subject_id = ? OR actor_id = ?)")
        values += [person_id, person_id]
    if below is not None:
        where.append("number < ?")
        values.append(below)
    rows = await tx.all(
        f"SELECT * FROM audit WHERE {' AND '.join(where)} ORDER BY number DESC LIMIT ?",
        *values,
        limit,
    )
    return [_entry(row) for row in rows]


async def by_actor(tx: Tx, *, actor_id: str, since: datetime) -> Sequence[Entry]:
    """Return what somebody did since then, newest first."""
    rows = await tx.all(
        "SELECT * FROM audit WHERE actor_id = ? AND at >= ? ORDER BY number DESC",
        actor_id,
        at_text(since),
    )
    return [_entry(row) for row in rows]


async def by_number(tx: Tx, number: int) -> Entry | None:
    """Return the line of that number."""
    row = await tx.one("SELECT * FROM audit WHERE number = ?", number)
    return None if row is None else _entry(row)


async def is_undone(tx: Tx, number: int) -> bool:
    """Say whether a later line takes this one back."""
    return await tx.one("SELECT 1 AS yes FROM audit WHERE undoes = ?", number) is not None


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
        row["part_of"],
        row["undoes"],
    )
