"""What a coordinator changes about people: each change with its line in the log and its letters.

Commands, buttons and files all come through here, so that none of them can leave out either.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from alliance.calendar.timing import instant
from alliance.errors import Refusal
from storage.audit import audit_log
from storage.database.tx import Tx
from storage.people import care, end_of_treatment, invitations, patient_status, people
from storage.people.care import Change
from storage.people.people import Person

MOST_PAUSE_DAYS = 366


@dataclass(frozen=True, slots=True)
class Act:
    """One change under way: the transaction, who makes it, and when.

    Attributes:
        part_of: Number of the line in the log that all of one command belongs to, if it has
            several.
    """

    tx: Tx
    actor_id: str | None
    at: datetime
    part_of: int | None = None


async def assign(act: Act, patient: Person, therapist: Person, part_of: int | None = None) -> bool:
    """Give a patient to one therapist, in place of those before; False when it was so already."""
    change = await care.assign(act.tx, patient_id=patient.id, therapist_id=therapist.id, at=act.at)
    return await _cared(act, patient, change, action="care.assigned", part_of=part_of)


async def add_carer(act: Act, patient: Person, therapist: Person) -> bool:
    """Let one more therapist look after a patient; False when they do so already."""
    change = await care.add_carer(
        act.tx, patient_id=patient.id, therapist_id=therapist.id, at=act.at
    )
    return await _cared(act, patient, change, action="care.added")


async def remove_carer(act: Act, patient: Person, therapist: Person) -> bool:
    """Let one of several therapists look after a patient no longer.

    Raises:
        Refusal: Nobody would be left.
    """
    if len(await care.therapists_of(act.tx, patient.id)) < 2:
        raise Refusal("care.last_one", patient=patient.code)
    change = await care.end_care(
        act.tx, patient_id=patient.id, therapist_id=therapist.id, at=act.at
    )
    return await _cared(act, patient, change, action="care.removed")


async def _cared(
    act: Act, patient: Person, change: Change | None, *, action: str, part_of: int | None = None
) -> bool:
    if change is None:
        return False
    await audit_log.record(
        act.tx,
        actor_id=act.actor_id,
        action=action,
        subject_id=patient.id,
        before=change.before,
        after=change.after,
        part_of=part_of or act.part_of,
        at=act.at,
    )
    if patient.state != "invited":  # before a patient has come, nothing has changed for anybody
        await care.tell(act.tx, change, at=act.at)
    return True


async def pause(act: Act, patient: Person, until: date | None) -> None:
    """Ask a patient nothing until a local day of theirs, or until they are resumed.

    Raises:
        Refusal: They do not take part now, or the day cannot be.
    """
    if patient.state not in ("active", "paused"):
        raise Refusal(f"pause.not_{patient.state}", patient=patient.code)
    zone = ZoneInfo(patient.zone)
    today = act.at.astimezone(zone).date()
    if until is not None and not 0 < (until - today).days <= MOST_PAUSE_DAYS:
        raise Refusal("pause.bad_day")
    end = None if until is None else instant(until, time(0), zone)
    if (patient.state, patient.paused_until) == ("paused", end):
        return
    await people.pause(act.tx, person_id=patient.id, until=end)
    await _state_changed(act, patient, action="person.paused")


async def resume(act: Act, patient: Person) -> None:
    """Ask a patient again.

    Raises:
        Refusal: They are not paused.
    """
    if patient.state != "paused":
        raise Refusal("resume.not_paused", patient=patient.code)
    await people.set_state(act.tx, person_id=patient.id, state="active")
    await _state_changed(act, patient, action="person.resumed")


async def end(act: Act, person: Person) -> None:
    """End a patient's treatment, or somebody's work here; the patient is told.

    Raises:
        Refusal: It has ended already; a therapist still looks after patients; it is oneself.
    """
    if person.state == "ended":
        raise Refusal("end.already", code=person.code)
    if person.id == act.actor_id:
        raise Refusal("end.oneself")
    if person.role == "therapist":
        size = await care.caseload_size(act.tx, person.id)
        if size or await care.leads_a_group(act.tx, person.id):
            raise Refusal("end.has_patients", code=person.code)
    after = await end_of_treatment.end(act.tx, person=person, at=act.at)
    await audit_log.record(
        act.tx,
        actor_id=act.actor_id,
        action="person.ended",
        subject_id=person.id,
        before=patient_status.facts(person),
        after=after,
        at=act.at,
    )
    await _tell(act, person)


async def mark_test(act: Act, patient: Person, *, is_test: bool) -> None:
    """Mark a patient as a test patient, or no longer. The same again changes nothing."""
    if await people.mark_test(act.tx, person_id=patient.id, is_test=is_test):
        await audit_log.record(
            act.tx,
            actor_id=act.actor_id,
            action="person.marked_test" if is_test else "person.unmarked_test",
            subject_id=patient.id,
            before={"is_test": int(patient.is_test)},
            after={"is_test": int(is_test)},
            at=act.at,
        )


async def withdraw(act: Act, person: Person) -> bool:
    """Let somebody's unused link work no longer; False when there is none."""
    link = await invitations.withdraw(act.tx, person_id=person.id, at=act.at)
    if link is None:
        return False
    await audit_log.record(
        act.tx,
        actor_id=act.actor_id,
        action="invitation.withdrawn",
        subject_id=person.id,
        before={"invitation": link.id},
        after=None,
        at=act.at,
    )
    return True


async def _state_changed(act: Act, before: Person, *, action: str) -> None:
    now = await people.by_id(act.tx, before.id)
    await audit_log.record(
        act.tx,
        actor_id=act.actor_id,
        action=action,
        subject_id=before.id,
        before=patient_status.facts(before),
        after=patient_status.facts(now),
        at=act.at,
    )
    await _tell(act, before)


async def _tell(act: Act, person: Person) -> None:
    if person.role == "patient":
        await patient_status.tell(act.tx, person_id=person.id, at=act.at)
