"""Consents: what was decided about which text, and when. Rows are only ever added."""

from datetime import datetime

from storage.ids import new_id
from storage.tx import Tx, at_text


async def record(
    tx: Tx, *, person_id: str, decision: str, version: str, language: str, at: datetime
) -> None:
    """Keep one decision: agreed, declined or withdrawn."""
    await tx.run(
        "INSERT INTO consents (id, person_id, decision, version, language, at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        new_id(at),
        person_id,
        decision,
        version,
        language,
        at_text(at),
    )


async def agrees(tx: Tx, person_id: str) -> bool:
    """Say whether the latest decision is to take part."""
    return await latest(tx, person_id) == "agreed"


async def latest(tx: Tx, person_id: str) -> str | None:
    """Return the latest decision, or None before the first."""
    row = await tx.one(
        "SELECT decision FROM consents WHERE person_id = ? ORDER BY at DESC, id DESC LIMIT 1",
        person_id,
    )
    return None if row is None else str(row["decision"])
