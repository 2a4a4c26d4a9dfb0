"""Conversations of several steps, kept so that a restart or an hour's pause changes nothing."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from storage.database.encryption import Place
from storage.database.tx import Tx, at_text, at_time


@dataclass(slots=True)
class Wizard:
    """Where one conversation stands.

    Attributes:
        kind: What it is for, e.g. ``plan``.
        run: Which conversation it is; its buttons carry it, so that those of an earlier one
            are known as such.
        step: The question that waits.
        filled: What has been said so far, by name.
        path: The questions before this one, in order: the way back.
        at: When it last moved; None before it was kept.
    """

    kind: str
    run: str
    step: str
    filled: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    at: datetime | None = None

    def go(self, step: str) -> None:
        """Go on to a question; one that was passed before is returned to."""
        if step in self.path:
            del self.path[self.path.index(step) :]
        elif step != self.step:
            self.path.append(self.step)
        self.step = step

    def back(self) -> None:
        """Return to the question before; at the first one nothing changes."""
        if self.path:
            self.step = self.path.pop()


def place(person_id: str) -> Place:
    """Return where what somebody has typed in a conversation is sealed."""
    return Place("wizards", "filled", person_id)


async def keep(tx: Tx, *, person_id: str, wizard: Wizard, at: datetime) -> None:
    """Keep where a conversation stands, in place of any other of that person's."""
    said = {"filled": wizard.filled, "path": wizard.path, "run": wizard.run}
    await tx.run(
        "INSERT INTO wizards (person_id, kind, step, filled, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (person_id) DO UPDATE SET kind = excluded.kind, step = excluded.step,"
        " filled = excluded.filled, at = excluded.at",
        person_id,
        wizard.kind,
        wizard.step,
        tx.sealing.seal(json.dumps(said, sort_keys=True), place(person_id)),
        at_text(at),
    )


async def of(tx: Tx, person_id: str) -> Wizard | None:
    """Return the conversation somebody is in."""
    row = await tx.one("SELECT kind, step, filled, at FROM wizards WHERE person_id = ?", person_id)
    if row is None:
        return None
    said = json.loads(tx.sealing.opened(row["filled"], place(person_id)))
    return Wizard(
        row["kind"], said["run"], row["step"], said["filled"], said["path"], at_time(row["at"])
    )


async def end(tx: Tx, person_id: str) -> None:
    """End somebody's conversation, finished or not."""
    await tx.run("DELETE FROM wizards WHERE person_id = ?", person_id)
