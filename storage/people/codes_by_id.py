"""Codes of people and groups by their ids, for lines that only keep ids."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.database.tx import Tx


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody or some group, and whether that is a test patient."""

    id: str
    code: str
    is_test: bool


async def codes_of(tx: Tx, ids: Sequence[str]) -> list[Named]:
    """Return those of the ids that are people's or groups'."""
    if not ids:
        return []
    marks = ", ".join("?" for _ in ids)
    rows = await tx.all(
        f"SELECT id, code, is_test FROM people WHERE id IN ({marks})"
        f" UNION ALL SELECT id, code, 0 AS is_test FROM groups WHERE id IN ({marks})",
        *ids,
        *ids,
    )
    return [Named(row["id"], row["code"], bool(row["is_test"])) for row in rows]
