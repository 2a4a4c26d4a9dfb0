"""Conversations of several steps, saved so that a restart or an hour's pause changes nothing."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from storage.database.encryption import CellAddress
from storage.database.tx import Tx, utc_text, utc_time


@dataclass(slots=True)
class Conversation:
    """The state of one conversation.

    Attributes:
        kind: Which flow it follows, e.g. ``plan``.
        run: Identifies this conversation; its buttons carry it, so that the buttons of an
            earlier one are recognised.
        step: The question that waits for an answer.
        filled: The answers so far, by name.
        path: The earlier questions in order, to go back to.
        at: When it was last saved; None before the first time.
    """

    kind: str
    run: str
    step: str
    filled: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    at: datetime | None = None

    def go_to(self, step: str) -> None:
        """Go on to a question; if it was asked before, return to it."""
        if step in self.path:
            del self.path[self.path.index(step) :]
        elif step != self.step:
            self.path.append(self.step)
        self.step = step

    def back(self) -> None:
        """Return to the question before; at the first one nothing changes."""
        if self.path:
            self.step = self.path.pop()


ADDRESS_TABLE = "wizards"
"""What the table was called before migration 20. Encrypted texts are bound to the address under
which they were encrypted, so this part of it keeps the old name."""


def cell_address(person_id: str) -> CellAddress:
    """Return the address that a person's encrypted answers are bound to."""
    return CellAddress(ADDRESS_TABLE, "filled", person_id)


async def save(tx: Tx, *, person_id: str, conversation: Conversation, at: datetime) -> None:
    """Save the state of a conversation, in place of any other of that person's."""
    content = {"filled": conversation.filled, "path": conversation.path, "run": conversation.run}
    await tx.run(
        "INSERT INTO conversations (person_id, kind, step, filled, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (person_id) DO UPDATE SET kind = excluded.kind, step = excluded.step,"
        " filled = excluded.filled, at = excluded.at",
        person_id,
        conversation.kind,
        conversation.step,
        tx.encryption.encrypt(json.dumps(content, sort_keys=True), cell_address(person_id)),
        utc_text(at),
    )


async def of_person(tx: Tx, person_id: str) -> Conversation | None:
    """Return the conversation a person is in, or None."""
    row = await tx.one(
        "SELECT kind, step, filled, at FROM conversations WHERE person_id = ?", person_id
    )
    if row is None:
        return None
    content = json.loads(tx.encryption.decrypt(row["filled"], cell_address(person_id)))
    return Conversation(
        kind=row["kind"],
        run=content["run"],
        step=row["step"],
        filled=content["filled"],
        path=content["path"],
        at=utc_time(row["at"]),
    )


async def end(tx: Tx, person_id: str) -> None:
    """End a person's conversation, finished or not."""
    await tx.run("DELETE FROM conversations WHERE person_id = ?", person_id)
