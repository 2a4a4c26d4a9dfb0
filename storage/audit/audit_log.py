"""The audit log: who changed or looked at what, and when. Lines are added, and bound in a chain."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from storage.audit import hash_chain
from storage.database.tx import Row, Tx, Value, at_text, at_time

Facts = Mapping[str, str | int | None]
"""Ids and settings by name; never a name, an answer or a comment."""

CLINICAL = ("alert.", "episode.", "digest.viewed")
"""Actions that begin so may show that ratings fell: they are between therapist and patient."""


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
    redacting: Mapping[int, str] | None = None,
    at: datetime,
) -> int:
    """Add one line in the transaction of the change itself; return its number.

    Whoever adds a line waits for the one who added the last, until that is on disk: the chain
    has one order, also where several processes write.

    Args:
        tx: An open transaction.
        actor_id: Who did it; None for the clock or the command line.
        action: A verb of ours.
        subject_id: Whom or what it is about, if anything.
        before: What was so before.
        after: What is so now.
        part_of: Number of the line that this one belongs to.
        undoes: Number of the line that this one takes back.
        redacting: Numbers of earlier lines into which other ids were put, to their new digests.
        at: Now.
    """
    chain = await hash_chain.the_chain(tx)
    head = await hash_chain.held_head(tx, chain)
    line: dict[str, Value] = {
        "number": head.number + 1,
        "at": at_text(at),
        "action": action,
        "actor_id": actor_id,
        "subject_id": subject_id,
        "before": _written(before),
        "after": _written(after),
        "part_of": part_of,
        "undoes": undoes,
    }
    key, salt, redacted = chain.newest, hash_chain.new_salt(), dict(redacting or {})
    digest = chain.digest(line, key=key, salt=salt)
    link = chain.link(key=key, before=head.link, digest=digest, redacting=redacted.items())
    await tx.run(
        f"INSERT INTO audit ({', '.join(line)}, chain_key, salt, digest, link)"
        f" VALUES ({', '.join('?' for _ in line)}, ?, ?, ?, ?)",
        *(*line.values(), key, salt, digest, link),
    )
    for number, new_digest in redacted.items():
        await tx.run(
            "INSERT INTO audit_redactions (by_number, number, digest) VALUES (?, ?, ?)",
            *(head.number + 1, number, new_digest),
        )
    await hash_chain.keep_head(tx, chain, replace(head, number=head.number + 1, link=link))
    return head.number + 1


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
