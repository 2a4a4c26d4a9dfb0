"""Where a patient stands: whether they are asked, and how they and the log are told of it."""

from datetime import datetime

from alliance.calendar.timing import zone_named
from storage.audit.audit_log import Entry, Facts
from storage.database.tx import Tx, at_text
from storage.messages import outbox
from storage.people.people import Person

TOLD = frozenset({"active", "paused", "ended"})
"""States that a patient is told of; in the others there is nobody to tell."""


def facts(person: Person) -> Facts:
    """Return a person's state as the audit log keeps it, a pause's end also as their local day."""
    until = person.paused_until if person.state == "paused" else None
    if until is None:
        return {"state": person.state, "until": None}
    day = until.astimezone(zone_named(person.zone)).date()
    return {"state": person.state, "until": at_text(until), "day": day.isoformat()}


async def tell(tx: Tx, *, person_id: str, at: datetime) -> None:
    """Let a patient know where they stand now; the words are made at sending."""
    await outbox.cancel_kind(tx, person_id=person_id, kind="state", reason="a newer one follows")
    await outbox.post(
        tx,
        key=f"state:{person_id}:{at_text(at)}",
        kind="state",
        person_id=person_id,
        subject_id=person_id,
        at=at,
    )


async def undo(tx: Tx, entry: Entry, at: datetime) -> bool:
    """Take a pause or its end back; False when the state has changed since."""
    before, after = entry.facts_before, entry.facts_after
    back = await tx.run(
        "UPDATE people SET state = ?, paused_until = ? WHERE id = ? AND state = ?"
        " AND COALESCE(paused_until, '') = ?",
        before["state"],
        before["until"],
        entry.subject_id,
        after["state"],
        after["until"] or "",
    )
    if back:
        await tell(tx, person_id=str(entry.subject_id), at=at)
    return bool(back)
