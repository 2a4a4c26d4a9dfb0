"""Conversations of several steps, kept so that a restart or an hour's pause changes nothing."""

import json
from dataclasses import dataclass
from datetime import datetime

from storage.tx import Tx, at_text


@dataclass(frozen=True, slots=True)
class Wizard:
    """One conversation: which kind, at which step, and what was filled in so far."""

    kind: str
    step: str
    filled: dict[str, str]


async def keep(tx: Tx, *, person_id: str, wizard: Wizard, at: datetime) -> None:
    """Keep where a conversation stands, in place of any other of that person's."""
    await tx.run(
        "INSERT INTO wizards (person_id, kind, step, filled, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (person_id) DO UPDATE SET kind = excluded.kind, step = excluded.step,"
        " filled = excluded.filled, at = excluded.at",
        person_id,
        wizard.kind,
        wizard.step,
        json.dumps(wizard.filled, sort_keys=True),
        at_text(at),
    )


async def of(tx: Tx, person_id: str) -> Wizard | None:
    """Return the conversation somebody is in."""
    row = await tx.one("SELECT kind, step, filled FROM wizards WHERE person_id = ?", person_id)
    return None if row is None else Wizard(row["kind"], row["step"], json.loads(row["filled"]))


async def end(tx: Tx, person_id: str) -> None:
    """End somebody's conversation, finished or not."""
    await tx.run("DELETE FROM wizards WHERE person_id = ?", person_id)
