"""Erasure: nothing of a patient stays in any table but that, when and by whom it was done."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from storage.audit import audit_log, redaction
from storage.database.ids import new_id
from storage.database.tx import Tx, at_text
from storage.people import accounts, people
from storage.people.people import Person
from storage.privacy.row_owners import ROWS_OF, SUBJECTS, values

ByRole = Literal["patient", "coordinator", "clock"]


def mark_of(person_id: str) -> str:
    """Return by what somebody who was erased is known in a backup that still holds them."""
    return hashlib.sha256(person_id.encode()).hexdigest()


async def erase(
    tx: Tx, *, patient: Person, by_role: ByRole, actor_id: str | None, at: datetime
) -> str:
    """Erase everything about a patient; return the id of the tombstone.

    Lines of the audit log stay, but whom they are about is replaced by the tombstone. What
    therapists have open about the patient leaves their chats at once.

    Args:
        tx: An open transaction.
        patient: Whom.
        by_role: Who wants it.
        actor_id: Their id, the patient's own included; None for the clock.
        at: Now.
    """
    tombstone = new_id(at)
    await tx.run(
        "INSERT INTO tombstones (id, role, at, by_role, was) VALUES (?, ?, ?, ?, ?)",
        tombstone,
        patient.role,
        at_text(at),
        by_role,
        mark_of(patient.id),
    )
    await _leave_chats_of_others(tx, patient.id, tombstone, at)
    await tx.run(
        f"DELETE FROM outbox WHERE kind <> 'hide' AND ({SUBJECTS})", *values(SUBJECTS, patient.id)
    )
    await _forget_mentions(tx, patient)
    redacted = await redaction.put_in_place(tx, old_id=patient.id, new_id=tombstone)
    await accounts.forget(tx, person_id=patient.id)
    for table, condition in ROWS_OF.items():
        await tx.run(f"DELETE FROM {table} WHERE {condition}", *values(condition, patient.id))
    await audit_log.record(
        tx,
        actor_id=tombstone if actor_id == patient.id else actor_id,
        action="person.erased",
        subject_id=tombstone,
        after={"by": by_role},
        redacting=redacted,
        at=at,
    )
    return tombstone


async def _leave_chats_of_others(tx: Tx, patient_id: str, tombstone: str, at: datetime) -> None:
    """Let pictures of the patient's course leave the chats they stand in, now."""
    about = f"person_id <> ? AND ({SUBJECTS})"
    await tx.run(
        "UPDATE outbox SET not_before = ? WHERE kind = 'hide' AND state IN ('new', 'uncertain')"
        f" AND subject_id IN (SELECT id FROM showings WHERE {about})",
        at_text(at),
        *values(about, patient_id),
    )
    await tx.run(
        f"UPDATE showings SET subject_id = ? WHERE {about}", tombstone, *values(about, patient_id)
    )


async def _forget_mentions(tx: Tx, patient: Person) -> None:
    """End what coordinators have begun and not finished, where it names the patient."""
    for table, columns in (("wizards", ("filled",)), ("imports", ("content", "chosen", "back"))):
        for mention in (f"%{patient.code}%", f"%{patient.id}%"):
            where = " OR ".join(f"{column} LIKE ?" for column in columns)
            await tx.run(f"DELETE FROM {table} WHERE {where}", *[mention] * len(columns))


async def tombstones_since(tx: Tx, *, since: datetime) -> frozenset[str]:
    """Return the ids that stand in the log for whom was erased since then."""
    rows = await tx.all("SELECT id FROM tombstones WHERE at >= ?", at_text(since))
    return frozenset(row["id"] for row in rows)


async def ended_before(tx: Tx, *, before: datetime, limit: int) -> Sequence[Person]:
    """Return patients whose part ended before then, the longest ago first."""
    rows = await tx.all(
        f"SELECT {people.COLUMNS} FROM people p WHERE p.role = 'patient' AND p.state = 'ended'"
        " AND p.ended_at < ? ORDER BY p.ended_at, p.id LIMIT ?",
        at_text(before),
        limit,
    )
    return [people.made(row) for row in rows]
