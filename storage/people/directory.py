"""The directory: everybody in pages, filtered by state, by role, or by the start of a code."""

from collections.abc import Sequence

from storage.database.tx import Tx, Value
from storage.people.people import PERSON_COLUMNS, ROLES, Person, person_of_row

STATES = ("active", "invited", "paused", "unreachable", "ended")
EVERYBODY = "-"
FILTERS = (EVERYBODY, *STATES, *ROLES)


async def page(
    tx: Tx, *, only: str = EVERYBODY, beginning: str = "", offset: int, limit: int
) -> Sequence[Person]:
    """Return people by code.

    Args:
        tx: An open transaction.
        only: A state or a role; ``EVERYBODY`` is everybody who has not ended.
        beginning: The start of their codes; this finds those who have ended, too.
        offset: How many to skip.
        limit: How many to return at most.
    """
    where, values = _where(only, beginning)
    rows = await tx.all(
        f"SELECT {PERSON_COLUMNS} FROM people p WHERE {where} ORDER BY p.code LIMIT ? OFFSET ?",
        *values,
        limit,
        offset,
    )
    return [person_of_row(row) for row in rows]


async def size(tx: Tx, *, only: str = EVERYBODY, beginning: str = "") -> int:
    """Return how many people there are on all pages."""
    where, values = _where(only, beginning)
    row = await tx.one(f"SELECT COUNT(*) AS size FROM people p WHERE {where}", *values)
    return 0 if row is None else int(row["size"])


async def count_by_state(tx: Tx) -> dict[str, int]:
    """Return how many people are in each state."""
    rows = await tx.all("SELECT state, COUNT(*) AS size FROM people GROUP BY state")
    return {row["state"]: int(row["size"]) for row in rows}


def _where(only: str, beginning: str) -> tuple[str, list[Value]]:
    parts: list[str] = []
    values: list[Value] = []
    if beginning:
        # Codes may contain "_", which LIKE would read as "any character".
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
