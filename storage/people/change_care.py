"""Change which therapists treat a patient, and undo it.

Every change is recorded, and the therapists concerned are notified. Buttons, commands, files
and invitations all use these functions.
"""

from datetime import datetime

from alliance.errors import Refusal
from alliance.people.roles_and_states import PersonRole, PersonState
from storage.audit.audit_log import AuditEntry, split_ids
from storage.audit.change import Change
from storage.calendar import plans
from storage.database.tx import Tx, utc_text
from storage.messages import outbox
from storage.messages.post import post_handover
from storage.people import care
from storage.people.care import Care, CareChange
from storage.people.people import Person


async def assign(change: Change, patient: Person, therapist: Person) -> bool:
    """Assign a patient to one therapist, who replaces all others; False when nothing changes.

    Raises:
        Refusal: This is not a patient.
    """
    if patient.role != PersonRole.PATIENT:
        raise Refusal("assign.no_patient", code=patient.code)
    rows = await care.assign(
        change.tx, patient_id=patient.id, therapist_id=therapist.id, at=change.at
    )
    return await _record(change, patient, rows, action="care.assigned")


async def add_therapist(change: Change, patient: Person, therapist: Person) -> bool:
    """Add a therapist to a patient's others; False when they treat the patient already."""
    rows = await care.add_therapist(
        change.tx, patient_id=patient.id, therapist_id=therapist.id, at=change.at
    )
    return await _record(change, patient, rows, action="care.added")


async def remove_therapist(change: Change, patient: Person, therapist: Person) -> bool:
    """Remove one of several therapists; False when they do not treat the patient.

    Raises:
        Refusal: The patient would be left without a therapist.
    """
    if len(await care.therapists_of(change.tx, patient.id)) < 2:
        raise Refusal("care.last_one", patient=patient.code)
    rows = await care.end_care(
        change.tx, patient_id=patient.id, therapist_id=therapist.id, at=change.at
    )
    return await _record(change, patient, rows, action="care.removed")


async def _record(change: Change, patient: Person, rows: CareChange | None, *, action: str) -> bool:
    if rows is None:
        return False
    await change.record(action, patient.id, before=rows.before, after=rows.after)
    if patient.state != PersonState.INVITED:  # there is nothing to hand over before they join
        await _notify_therapists(change.tx, rows, at=change.at)
    return True


async def _notify_therapists(tx: Tx, rows: CareChange, *, at: datetime) -> None:
    """Notify the therapists who leave and those who begin; the message names nobody."""
    for ended in rows.ended:
        await _post_handover(tx, ended, occasion=f"ended:{utc_text(at)}", at=at)
    for begun in rows.begun:
        await _post_handover(tx, begun, occasion=f"begun:{utc_text(at)}", at=at)


async def _post_handover(tx: Tx, about: Care, *, occasion: str, at: datetime) -> None:
    await post_handover(
        tx, care_id=about.id, therapist_id=about.therapist_id, occasion=occasion, at=at
    )


async def undo_care_change(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """Undo any change of care; False when the patient's care has changed again since."""
    patient_id = str(entry.subject_id)
    if await _has_changed_since(tx, patient_id, entry.at):
        return False
    ended, begun = (
        split_ids(facts.get("care")) for facts in (entry.facts_before, entry.facts_after)
    )
    for care_id in begun:
        # The row stays, with no duration: no session falls into it.
        await tx.run("UPDATE care SET to_at = from_at WHERE id = ?", care_id)
    for care_id in ended:
        await tx.run("UPDATE care SET to_at = NULL WHERE id = ?", care_id)
    for care_id in (*ended, *begun):
        await _retract_notice(tx, care_id, entry, at)
    await plans.replan_of(tx, patient_id=patient_id, at=at)
    return True


async def _has_changed_since(tx: Tx, patient_id: str, since: datetime) -> bool:
    newer = await tx.one(
        "SELECT 1 AS yes FROM care WHERE patient_id = ? AND (from_at > ? OR to_at > ?)"
        " AND (to_at IS NULL OR to_at <> from_at)",
        patient_id,
        utc_text(since),
        utc_text(since),
    )
    return newer is not None


async def _retract_notice(tx: Tx, care_id: str, entry: AuditEntry, at: datetime) -> None:
    """Cancel the notice of a change; one that was sent already is followed by another."""
    await outbox.cancel_by_subject(tx, subject_id=care_id, reason="taken back")
    about = await care.by_id(tx, care_id)
    if about is not None and await outbox.has_left(tx, subject_id=care_id):
        await _post_handover(tx, about, occasion=f"undone:{entry.number}", at=at)
