"""Where a patient answers: in the chat, or on the site's own page. What is open moves with them."""

from datetime import datetime

from storage.audit import audit_log
from storage.audit.audit_log import Entry
from storage.checkins import checkins
from storage.database.tx import Tx, at_text
from storage.messages import outbox
from storage.people.people import Person


async def place(
    tx: Tx, *, patient: Person, on: str | None, actor_id: str | None, at: datetime
) -> bool:
    """Keep where a patient answers, ``chat`` or ``page``; None is as the site has it.

    Returns:
        False when it was so already.
    """
    if patient.answers_on == on:
        return False
    await tx.run("UPDATE people SET answers_on = ? WHERE id = ?", on, patient.id)
    await audit_log.record(
        tx,
        actor_id=actor_id,
        action="person.answers_placed",
        subject_id=patient.id,
        before={"answers_on": patient.answers_on},
        after={"answers_on": on},
        at=at,
    )
    await _move_what_is_open(tx, patient.id, at)
    return True


async def undo(tx: Tx, entry: Entry, at: datetime) -> bool:
    """Let a patient answer where they did before; False when that was changed since."""
    patient_id = str(entry.subject_id)
    back = await tx.run(
        "UPDATE people SET answers_on = ? WHERE id = ? AND COALESCE(answers_on, '') = ?",
        entry.facts_before["answers_on"],
        patient_id,
        entry.facts_after["answers_on"] or "",
    )
    if back:
        await _move_what_is_open(tx, patient_id, at)
    return bool(back)


async def _move_what_is_open(tx: Tx, patient_id: str, at: datetime) -> None:
    """Let the message of an open check-in say what it is to say from now on."""
    holder = await checkins.open_of(tx, patient_id=patient_id, now=at)
    if holder is not None:
        await outbox.post(
            tx,
            key=f"place:{holder.checkin.id}:{at_text(at)}",
            kind="close",
            person_id=patient_id,
            subject_id=holder.checkin.id,
            at=at,
        )
