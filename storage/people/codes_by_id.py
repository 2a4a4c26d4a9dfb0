"""Codes of people and groups by id, for records that only store ids."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.database.tx import Tx


@dataclass(frozen=True, slots=True)
class PersonOrGroup:
    """A person or a group."""

    id: str
    code: str
    is_test: bool


async def codes_of(tx: Tx, ids: Sequence[str]) -> list[PersonOrGroup]:
    """Return the people and groups with these ids; other ids are skipped."""
    if not ids:
        return []
    marks = ", ".join("?" for _ in ids)
    rows = await tx.all(
        f"SELECT id, code, is_test FROM people WHERE id IN ({marks})"
        f" UNION ALL SELECT id, code, 0 AS is_test FROM groups WHERE id IN ({marks})",
        *ids,
        *ids,
    )
    return [PersonOrGroup(row["id"], row["code"], bool(row["is_test"])) for row in rows]
