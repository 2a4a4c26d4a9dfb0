"""What coordinators are owed: word of what does not work, once a day for each trouble."""

from datetime import datetime

from storage import outbox, people
from storage.people import Person
from storage.tx import Tx


async def unreachable(tx: Tx, *, person: Person, at: datetime) -> None:
    """Note that somebody cannot be written to, and tell the coordinators."""
    if person.state in ("active", "paused"):
        await people.set_state(tx, person_id=person.id, state="unreachable")
    await tell_coordinators(tx, about=person, what="unreachable", at=at)


async def tell_coordinators(tx: Tx, *, about: Person, what: str, at: datetime) -> None:
    """Post a letter about a person's trouble to every coordinator but that person."""
    for coordinator in await people.of_role(tx, "coordinator"):
        if coordinator.id != about.id:
            await outbox.post(
                tx,
                key=f"trouble:{what}:{about.id}:{coordinator.id}:{at.date().isoformat()}",
                kind="trouble",
                person_id=coordinator.id,
                subject_id=about.id,
                at=at,
            )
