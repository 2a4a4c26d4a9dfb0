"""Notices to coordinators about problems, at most one a day for each problem.

A fault is reported at any hour; what can wait is not sent in a coordinator's quiet hours.
"""

from datetime import datetime

from alliance.calendar.timing import QuietHours
from alliance.people.roles_and_states import PersonRole, PersonState
from storage.audit.change import Change
from storage.calendar import plan_checkins
from storage.database.tx import Tx
from storage.messages import outbox
from storage.messages.kinds_and_priorities import MessageKind, Trouble
from storage.messages.payloads import TroublePayload
from storage.messages.wait_for_quiet_hours import OUT_OF_OFFICE
from storage.people import patient_status, people
from storage.people import unreachable as people_unreachable
from storage.people.people import Person


async def mark_unreachable(tx: Tx, *, person: Person, quiet: QuietHours, at: datetime) -> None:
    """Record that somebody cannot be written to, and tell the coordinators.

    Somebody whose part has ended need not be reachable.
    """
    if person.state == PersonState.ENDED:
        return
    if person.state != PersonState.UNREACHABLE:
        await people_unreachable.begin(tx, person=person, at=at)
        await people.set_state(tx, person_id=person.id, state=PersonState.UNREACHABLE)
        await Change(tx, None, at).record(
            "person.unreachable",
            person.id,
            before=patient_status.facts(person),
            after={"state": "unreachable"},
        )
    await _notify_of_person(tx, person=person, trouble=Trouble.UNREACHABLE, quiet=quiet, at=at)


async def mark_reachable(tx: Tx, *, person: Person, at: datetime) -> None:
    """Record that an unreachable person is back, and return them to their earlier state."""
    if person.state != PersonState.UNREACHABLE:
        return
    state = await people_unreachable.end(tx, person_id=person.id, at=at) or "active"
    await people.set_state(tx, person_id=person.id, state=state)
    await Change(tx, person.id, at).record(
        "person.reachable",
        person.id,
        before=patient_status.facts(person),
        after={"state": state},
    )


async def notify_undelivered(tx: Tx, *, person: Person, at: datetime) -> None:
    """Tell the coordinators that Telegram refused a message for good."""
    await _notify_of_person(tx, person=person, trouble=Trouble.UNDELIVERED, quiet=None, at=at)


async def _notify_of_person(
    tx: Tx, *, person: Person, trouble: Trouble, quiet: QuietHours | None, at: datetime
) -> None:
    """Tell every coordinator but the person themselves of trouble with one person.

    Args:
        tx: An open transaction.
        person: Whom it is about.
        trouble: What does not work.
        quiet: Hours in which the notice waits; None if it must not.
        at: Now.
    """
    payload = TroublePayload(trouble, person_id=person.id)
    for coordinator in await people.of_role(tx, PersonRole.COORDINATOR):
        if coordinator.id != person.id:
            when = at if quiet is None else plan_checkins.after_quiet_hours(at, quiet, coordinator)
            await _post(tx, payload, person.id, coordinator, at=at, not_before=when)


async def notify_clock_late(tx: Tx, *, minutes: int, at: datetime) -> None:
    """Tell the coordinators that the scheduler stood still, and record for how long."""
    number = await Change(tx, None, at).record("clock.late", None, after={"minutes": minutes})
    await _post_audit_entry(tx, Trouble.LATE, number=number, at=at, once_a_day=True)


async def notify_clock_set_back(tx: Tx, *, minutes: int, at: datetime) -> None:
    """Tell the coordinators that the clock was set back, and record by how much.

    What waits for a time that the clock had shown too early is sent now.
    """
    number = await Change(tx, None, at).record("clock.set_back", None, after={"minutes": minutes})
    await outbox.bring_forward(tx, at=at)
    await _post_audit_entry(tx, Trouble.SET_BACK, number=number, at=at, once_a_day=True)


async def notify_restored(tx: Tx, *, number: int, at: datetime) -> None:
    """Tell the coordinators that a backup was restored; audit line ``number`` has the counts."""
    await _post_audit_entry(tx, Trouble.RESTORED, number=number, at=at)


async def notify_no_backup(tx: Tx, *, at: datetime) -> None:
    """Tell the coordinators, once a day, that no backup could be made."""
    await _post_fault(tx, Trouble.NO_BACKUP, at=at)


async def notify_failed_links(tx: Tx, *, at: datetime) -> None:
    """Tell the coordinators, once a day, that somebody tries links that do not exist."""
    await _post_fault(tx, Trouble.FAILED_LINKS, at=at)


async def notify_database_damage(tx: Tx, *, at: datetime) -> None:
    """Tell the coordinators, once a day, that a part of the database cannot be read."""
    await _post_fault(tx, Trouble.DATABASE_DAMAGE, at=at)


async def notify_polling_conflict(tx: Tx, *, at: datetime) -> None:
    """Tell the coordinators, once a day, that another program fetches the bot's updates."""
    await _post_fault(tx, Trouble.POLLING_CONFLICT, at=at)


async def notify_import_failed(tx: Tx, *, coordinator_id: str, at: datetime) -> None:
    """Tell a coordinator that a file of theirs could not be applied; nothing was changed."""
    coordinator = await people.by_id(tx, coordinator_id)
    payload = TroublePayload(Trouble.IMPORT_FAILED)
    await _post(tx, payload, coordinator.id, coordinator, at=at, not_before=at)


async def notify_plan_ending(tx: Tx, *, plan_id: str, at: datetime) -> bool:
    """Tell the coordinators, once for each plan and in office hours, that a plan ends soon."""
    posted = False
    for coordinator in await people.of_role(tx, PersonRole.COORDINATOR):
        posted |= await outbox.post(
            tx,
            key=f"trouble:plan_ends:{plan_id}:{coordinator.id}",
            kind=MessageKind.TROUBLE,
            person_id=coordinator.id,
            subject_id=plan_id,
            payload=TroublePayload(Trouble.PLAN_ENDS, plan_id=plan_id),
            at=at,
            not_before=plan_checkins.after_quiet_hours(at, OUT_OF_OFFICE, coordinator),
        )
    return posted


async def _post_fault(tx: Tx, trouble: Trouble, *, at: datetime) -> None:
    """Tell every coordinator of a fault that needs no further facts."""
    for coordinator in await people.of_role(tx, PersonRole.COORDINATOR):
        payload = TroublePayload(trouble)
        await _post(tx, payload, coordinator.id, coordinator, at=at, not_before=at)


async def _post_audit_entry(
    tx: Tx, trouble: Trouble, *, number: int, at: datetime, once_a_day: bool = False
) -> None:
    """Tell every coordinator of something whose facts are in a line of the audit log."""
    payload = TroublePayload(trouble, audit_number=number)
    for coordinator in await people.of_role(tx, PersonRole.COORDINATOR):
        await _post(
            tx, payload, str(number), coordinator, at=at, not_before=at, once_a_day=once_a_day
        )


async def _post(
    tx: Tx,
    payload: TroublePayload,
    subject_id: str,
    coordinator: Person,
    *,
    at: datetime,
    not_before: datetime,
    once_a_day: bool = False,
) -> None:
    """Post one notice; its key allows one a day for each trouble and subject.

    With ``once_a_day`` it allows one for each trouble, whatever the subject.
    """
    about = "" if once_a_day else subject_id
    await outbox.post(
        tx,
        key=f"trouble:{payload.trouble}:{about}:{coordinator.id}:{at.date().isoformat()}",
        kind=MessageKind.TROUBLE,
        person_id=coordinator.id,
        subject_id=subject_id,
        payload=payload,
        at=at,
        not_before=not_before,
    )
