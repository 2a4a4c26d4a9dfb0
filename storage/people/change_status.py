"""Pause or resume a patient, or mark them as a test patient; and undo it."""

from datetime import date, datetime, time

from alliance.calendar.timing import instant, zone_named
from alliance.errors import Refusal
from alliance.people.roles_and_states import PersonState
from storage.audit.audit_log import AuditEntry
from storage.audit.change import Change
from storage.database.tx import Tx
from storage.people import patient_status, people
from storage.people.people import Person

MAX_PAUSE_DAYS = 366


async def pause(change: Change, patient: Person, until: date | None) -> bool:
    """Pause a patient's check-ins until a local day, or until they are resumed.

    Returns:
        False when nothing changes.

    Raises:
        Refusal: The patient does not take part now, or the day is not within a year from now.
    """
    if patient.state not in (PersonState.ACTIVE, PersonState.PAUSED):
        raise Refusal(f"pause.not_{patient.state}", patient=patient.code)
    zone = zone_named(patient.zone)
    today = change.at.astimezone(zone).date()
    if until is not None and not 0 < (until - today).days <= MAX_PAUSE_DAYS:
        raise Refusal("pause.bad_day")
    end = None if until is None else instant(until, time(0), zone)
    if (patient.state, patient.paused_until) == (PersonState.PAUSED, end):
        return False
    await people.pause(change.tx, person_id=patient.id, until=end)
    await _record(change, patient, action="person.paused")
    return True


async def resume(change: Change, patient: Person) -> None:
    """Resume a paused patient's check-ins.

    Raises:
        Refusal: The patient is not paused.
    """
    if patient.state != PersonState.PAUSED:
        raise Refusal("resume.not_paused", patient=patient.code)
    await people.set_state(change.tx, person_id=patient.id, state=PersonState.ACTIVE)
    await _record(change, patient, action="person.resumed")


async def end_pauses(change: Change) -> int:
    """End every pause whose end has come; return how many there were."""
    due = await people.due_to_resume(change.tx, now=change.at)
    for person_id in due:
        await people.end_pause(change.tx, person_id=person_id)
        await change.record("pause.over", person_id)
    return len(due)


async def _record(change: Change, before: Person, *, action: str) -> None:
    after = await people.by_id(change.tx, before.id)
    await change.record(
        action,
        before.id,
        before=patient_status.facts(before),
        after=patient_status.facts(after),
    )
    if change.actor_id != before.id:  # a patient who does it sees the reply
        await patient_status.notify_patient(change.tx, person_id=before.id, at=change.at)


async def undo_status_change(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """Undo a pause or its end; False when the patient's state has changed again since."""
    before, after = entry.facts_before, entry.facts_after
    restored = await tx.run(
        "UPDATE people SET state = ?, paused_until = ? WHERE id = ? AND state = ?"
        " AND COALESCE(paused_until, '') = ?",
        before["state"],
        before["until"],
        entry.subject_id,
        after["state"],
        after["until"] or "",
    )
    if restored:
        await patient_status.notify_patient(tx, person_id=str(entry.subject_id), at=at)
    return bool(restored)


async def mark_test(change: Change, patient: Person, *, is_test: bool) -> bool:
    """Mark a patient as a test patient, or remove the mark; False when nothing changes."""
    if not await people.mark_test(change.tx, person_id=patient.id, is_test=is_test):
        return False
    await change.record(
        "person.marked_test" if is_test else "person.unmarked_test",
        patient.id,
        before={"is_test": int(patient.is_test)},
        after={"is_test": int(is_test)},
    )
    return True


async def undo_mark_test(tx: Tx, entry: AuditEntry, _at: datetime) -> bool:
    """Restore or remove the mark of a test patient; False when that was done since."""
    was_test = bool(entry.facts_before["is_test"])
    return await people.mark_test(tx, person_id=str(entry.subject_id), is_test=was_test)
