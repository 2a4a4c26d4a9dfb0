"""The audit log: who changed or viewed what, and when. Lines are only added, and hash-chained."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from storage.audit import hash_chain
from storage.database.tx import Row, Tx, Value, utc_text, utc_time

Facts = Mapping[str, str | int | None]
"""Ids and settings by name; never people's names, answers or comments."""


def join_ids(ids: Iterable[str]) -> str:
    """Return several ids as one fact; ``split_ids`` returns them again."""
    return ",".join(ids)


def split_ids(fact: str | int | None) -> tuple[str, ...]:
    """Return the ids in a fact, which may be missing or empty."""
    return tuple(str(fact).split(",")) if fact else ()


CLINICAL = ("alert.", "episode.", "digest.viewed")
"""Prefixes of actions that may reveal falling ratings; coordinators do not see these lines."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the log.

    Attributes:
        number: Counts up from 1 without gaps.
        actor_id: Who did it; None for the scheduler or the command line.
        action: What was done, e.g. ``plan.set``.
        subject_id: The person or thing it was done to, if any.
        before: The facts before, if any.
        after: The facts after, if any.
        part_of: Number of the first line of the same command, if this is a later one.
        undoes: Number of the line that this one undoes, if any.
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
        """The facts before; empty if there are none."""
        return self.before or {}

    @property
    def facts_after(self) -> dict[str, str | int | None]:
        """The facts after; empty if there are none."""
        return self.after or {}

    @property
    def step(self) -> int:
        """The number shared by all lines of one command."""
        return self.part_of or self.number


async def record(  # noqa: PLR0913 - one argument a column
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

    Concurrent writers wait for each other until commit, so that the chain has one order even with
    several processes.

    Args:
        tx: The transaction of the change.
        actor_id: Who did it; None for the scheduler or the command line.
        action: What was done.
        subject_id: The person or thing it was done to, if any.
        before: The facts before.
        after: The facts after.
        part_of: Number of the first line of the same command, if this is a later one.
        undoes: Number of the line that this one undoes.
        redacting: New digests of earlier lines in which ids were replaced, by number.
        at: Now.
    """
    chain = await hash_chain.load_or_create_chain(tx)
    head = await hash_chain.lock_head(tx, chain)
    line: dict[str, Value] = {
        "number": head.number + 1,
        "at": utc_text(at),
        "action": action,
        "actor_id": actor_id,
        "subject_id": subject_id,
        "before": _to_json(before),
        "after": _to_json(after),
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
    await hash_chain.save_head(tx, chain, replace(head, number=head.number + 1, link=link))
    return head.number + 1


async def for_coordinators(
    tx: Tx, *, person_id: str | None, below: int | None, limit: int
) -> Sequence[AuditEntry]:
    """Return the lines that a coordinator may see, newest first.

    Args:
        tx: An open transaction.
        person_id: Only lines about or by this person; None for all lines.
        below: Only lines with a smaller number; None for the newest.
        limit: Maximum number of lines.
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


async def by_actor(tx: Tx, *, actor_id: str, since: datetime) -> Sequence[AuditEntry]:
    """Return what a person has done since then, newest first."""
    rows = await tx.all(
        "SELECT * FROM audit WHERE actor_id = ? AND at >= ? ORDER BY number DESC",
        actor_id,
        utc_text(since),
    )
    return [_entry(row) for row in rows]


async def by_number(tx: Tx, number: int) -> AuditEntry | None:
    """Return the line with that number, if any."""
    row = await tx.one("SELECT * FROM audit WHERE number = ?", number)
    return None if row is None else _entry(row)


async def is_undone(tx: Tx, number: int) -> bool:
    """Say whether a later line undoes this one."""
    return await tx.one("SELECT 1 AS yes FROM audit WHERE undoes = ?", number) is not None


def _to_json(facts: Facts | None) -> str | None:
    return None if facts is None else json.dumps(dict(facts), sort_keys=True)


def _entry(row: Row) -> AuditEntry:
    return AuditEntry(
        row["number"],
        utc_time(row["at"]),
        row["actor_id"],
        row["action"],
        row["subject_id"],
        None if row["before"] is None else json.loads(row["before"]),
        None if row["after"] is None else json.loads(row["after"]),
        row["part_of"],
        row["undoes"],
    )
