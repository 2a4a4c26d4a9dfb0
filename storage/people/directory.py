"""The roster: everybody in pages, by state, by role, or by the beginning of their code."""

from collections.abc import Sequence

from storage.database.tx import Tx, Value
from storage.people.people import COLUMNS, ROLES, Person, made

STATES = ("active", "invited", "paused", "unreachable", "ended")
EVERYBODY = "-"
FILTERS = (EVERYBODY, *STATES, *ROLES)


async def page(
    tx: Tx, *, only: str = EVERYBODY, beginning: str = "", offset: int, limit: int
) -> Sequence[Person]:
    """Return people by code.

    Args:
        tx: An open transaction.
        only: A state or a role; everybody who has not ended with ``EVERYBODY``.
        beginning: What their codes begin with; with it, those who have ended are found too.
        offset: How many to pass over.
        limit: At most so many.
    """
    where, values = _where(only, beginning)
    rows = await tx.all(
        f"SELECT {COLUMNS} FROM people p WHERE {where} ORDER BY p.code LIMIT ? OFFSET ?",
        *values,
        limit,
        offset,
    )
    return [made(row) for row in rows]


async def size(tx: Tx, *, only: str = EVERYBODY, beginning: str = "") -> int:
    """Return how many people ``page`` goes through."""
    where, values = _where(only, beginning)
    row = await tx.one(f"SELECT COUNT(*) AS size FROM people p WHERE {where}", *values)
    return 0 if row is None else int(row["size"])


async def by_state(tx: Tx) -> dict[str, int]:
    """Return how many people are in each state."""
    rows = await tx.all("SELECT state, COUNT(*) AS size FROM people GROUP BY state")
    return {row["state"]: int(row["size"]) for row in rows}


def _where(only: str, beginning: str) -> tuple[str, list[Value]]:
    parts: list[str] = []
    values: list[Value] = []
    if beginning:
        # Codes are letters, digits, dots and dashes, and "_", which LIKE would read as "any".
        parts.append("substr(p.code, 1, ?) = ?")
        values += [len(beginning), beginning.upper()]
    if only in ROLES:
        parts.append("p.role = ?")
        values.append(only)
    elif only in STATES:
        parts.append("p.state = ?")
        values.append(only)
    if only not in STATES and not beginning:
        parts.append("p.state <> 'ended'")
    return " AND ".join(parts) or "1 = 1", values
