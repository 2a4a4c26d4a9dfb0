"""Erasure: nothing about a patient stays in any table, except when and by whom it was done."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from storage.audit import audit_log, redaction
from storage.audit.change import Change
from storage.conversations import conversations
from storage.database.ids import new_id
from storage.database.tx import Tx, utc_text
from storage.people import accounts, people
from storage.people.people import Person
from storage.privacy.rows_to_erase import ABOUT_PATIENT, ROWS_OF_PATIENT, bind_values


def hash_of(person_id: str) -> str:
    """Return the hash by which an erased person is recognised in a backup that still holds them."""
    return hashlib.sha256(person_id.encode()).hexdigest()


async def erase(change: Change, patient: Person) -> str:
    """Erase everything about a patient; return the id of the tombstone.

    The audit log keeps its lines, with the tombstone in place of the patient. Whatever
    therapists have open about the patient is removed from their chats at once.
    """
    tx, at, by_self = change.tx, change.at, change.actor_id == patient.id
    by_role = "clock" if change.actor_id is None else "patient" if by_self else "coordinator"
    tombstone = new_id(at)
    await tx.run(
        "INSERT INTO tombstones (id, role, at, by_role, was) VALUES (?, ?, ?, ?, ?)",
        tombstone,
        patient.role,
        utc_text(at),
        by_role,
        hash_of(patient.id),
    )
    await _hide_from_other_chats(tx, patient.id, tombstone, at)
    await tx.run(
        f"DELETE FROM outbox WHERE kind <> 'hide' AND ({ABOUT_PATIENT})",
        *bind_values(ABOUT_PATIENT, patient.id),
    )
    await _delete_mentions(tx, patient)
    redacted = await redaction.replace_id(tx, old_id=patient.id, new_id=tombstone)
    await accounts.forget(tx, person_id=patient.id)
    for table, condition in ROWS_OF_PATIENT.items():
        await tx.run(f"DELETE FROM {table} WHERE {condition}", *bind_values(condition, patient.id))
    await audit_log.record(
        tx,
        actor_id=tombstone if by_self else change.actor_id,
        action="person.erased",
        subject_id=tombstone,
        after={"by": by_role},
        redacting=redacted,
        at=at,
    )
    return tombstone


async def _hide_from_other_chats(tx: Tx, patient_id: str, tombstone: str, at: datetime) -> None:
    """Remove what therapists and others have open about the patient from their chats, now."""
    about = f"person_id <> ? AND ({ABOUT_PATIENT})"
    await tx.run(
        "UPDATE outbox SET not_before = ? WHERE kind = 'hide' AND state IN ('new', 'uncertain')"
        f" AND subject_id IN (SELECT id FROM visible_answers WHERE {about})",
        utc_text(at),
        *bind_values(about, patient_id),
    )
    await tx.run(
        f"UPDATE visible_answers SET subject_id = ? WHERE {about}",
        tombstone,
        *bind_values(about, patient_id),
    )


async def _delete_mentions(tx: Tx, patient: Person) -> None:
    """Delete the coordinators' unfinished conversations and files that name the patient."""
    for row in await tx.all("SELECT person_id FROM conversations"):
        conversation = await conversations.of_person(tx, row["person_id"])
        if conversation is not None and any(
            patient.code in value or patient.id in value for value in conversation.filled.values()
        ):
            await conversations.end(tx, row["person_id"])
    for mention in (f"%{patient.code}%", f"%{patient.id}%"):
        await tx.run(
            "DELETE FROM imports WHERE content LIKE ? OR chosen LIKE ? OR back LIKE ?",
            *(mention, mention, mention),
        )


async def tombstones_since(tx: Tx, *, since: datetime) -> frozenset[str]:
    """Return the ids that replace patients erased since then in the audit log."""
    rows = await tx.all("SELECT id FROM tombstones WHERE at >= ?", utc_text(since))
    return frozenset(row["id"] for row in rows)


async def patients_ended_before(tx: Tx, *, before: datetime, limit: int) -> Sequence[Person]:
    """Return patients whose treatment ended before then, the earliest first."""
    rows = await tx.all(
        f"SELECT {people.PERSON_COLUMNS} FROM people p"
        " WHERE p.role = 'patient' AND p.state = 'ended'"
        " AND p.ended_at < ? ORDER BY p.ended_at, p.id LIMIT ?",
        utc_text(before),
        limit,
    )
    return [people.person_of_row(row) for row in rows]
