"""What coordinators are owed: word of what does not work, once a day for each trouble.

What failed is told at any hour; what can wait does not come in a coordinator's quiet hours.
"""

from datetime import datetime, time

from alliance.calendar.timing import Quiet
from storage.audit import audit_log
from storage.calendar import plan_checkins
from storage.database.tx import Tx
from storage.messages import outbox
from storage.people import patient_status, people
from storage.people import unreachable as people_unreachable
from storage.people.people import Person

OUT_OF_OFFICE = Quiet(time(18), time(9))
"""Local hours in which a coordinator is not told of what can wait for days."""


async def unreachable(tx: Tx, *, person: Person, quiet: Quiet, at: datetime) -> None:
    """Note that somebody cannot be written to, and tell the coordinators.

    Who takes part no longer need not be reached.
    """
    if person.state == "ended":
        return
    if person.state != "unreachable":
        await people_unreachable.begin(tx, person=person, at=at)
        await people.set_state(tx, person_id=person.id, state="unreachable")
        await audit_log.record(
            tx,
            actor_id=None,
            action="person.unreachable",
            subject_id=person.id,
            before=patient_status.facts(person),
            after={"state": "unreachable"},
            at=at,
        )
    await tell_coordinators(tx, about=person, what="unreachable", quiet=quiet, at=at)


async def reachable(tx: Tx, *, person: Person, at: datetime) -> None:
    """Note that somebody who could not be written to is back, in the state they were in."""
    if person.state != "unreachable":
        return
    state = await people_unreachable.end(tx, person_id=person.id, at=at) or "active"
    await people.set_state(tx, person_id=person.id, state=state)
    await audit_log.record(
        tx,
        actor_id=person.id,
        action="person.reachable",
        subject_id=person.id,
        before=patient_status.facts(person),
        after={"state": state},
        at=at,
    )


async def undelivered(tx: Tx, *, person: Person, at: datetime) -> None:
    """Tell the coordinators that Telegram refused a message for good."""
    await tell_coordinators(tx, about=person, what="undelivered", quiet=None, at=at)


async def tell_coordinators(
    tx: Tx, *, about: Person, what: str, quiet: Quiet | None, at: datetime
) -> None:
    """Post a letter about a person's trouble to every coordinator but that person.

    Args:
        tx: An open transaction.
        about: Whose trouble.
        what: Ends the key of the text, ``trouble.…``.
        quiet: Hours in which it waits; None where it must not.
        at: Now.
    """
    for coordinator in await people.of_role(tx, "coordinator"):
        if coordinator.id != about.id:
            when = at if quiet is None else plan_checkins.waking(at, quiet, coordinator)
            await _post(tx, what, about.id, coordinator, at=at, not_before=when)


async def late(tx: Tx, *, minutes: int, at: datetime) -> None:
    """Tell the coordinators that the clock stood still, and note for how long."""
    number = await audit_log.record(
        tx, actor_id=None, action="clock.late", after={"minutes": minutes}, at=at
    )
    await _to_coordinators(tx, "late", number=number, at=at, once_a_day=True)


async def restored(tx: Tx, *, number: int, at: datetime) -> None:
    """Tell the coordinators of a restore; the line of that number in the log has the counts."""
    await _to_coordinators(tx, "restored", number=number, at=at)


async def no_backup(tx: Tx, *, at: datetime) -> None:
    """Tell the coordinators, once a day, that no backup could be made."""
    await _to_coordinators(tx, "no_backup", at=at)


async def guessing(tx: Tx, *, at: datetime) -> None:
    """Tell the coordinators, once a day, that somebody tries links that do not exist."""
    await _to_coordinators(tx, "guessing", at=at)


async def damaged(tx: Tx, *, at: datetime) -> None:
    """Tell the coordinators, once a day, that a part of the database cannot be read."""
    await _to_coordinators(tx, "damaged", at=at)


async def rival(tx: Tx, *, at: datetime) -> None:
    """Tell the coordinators, once a day, that another program fetches the bot's updates."""
    await _to_coordinators(tx, "rival", at=at)


async def set_back(tx: Tx, *, minutes: int, at: datetime) -> None:
    """Tell the coordinators that the clock was set back, and note by how much.

    What was to leave at a time that the clock had shown too early leaves now.
    """
    number = await audit_log.record(
        tx, actor_id=None, action="clock.set_back", after={"minutes": minutes}, at=at
    )
    await outbox.bring_forward(tx, at=at)
    await _to_coordinators(tx, "set_back", number=number, at=at, once_a_day=True)


async def import_failed(tx: Tx, *, coordinator_id: str, at: datetime) -> None:
    """Tell a coordinator that a file of theirs could not be taken over; nothing was changed."""
    coordinator = await people.by_id(tx, coordinator_id)
    await _post(tx, "import_failed", coordinator.id, coordinator, at=at, not_before=at)


async def plan_ends(tx: Tx, *, plan_id: str, at: datetime) -> bool:
    """Tell the coordinators, once for each plan and by day, that a plan is about to end."""
    told = False
    for coordinator in await people.of_role(tx, "coordinator"):
        told |= await outbox.post(
            tx,
            key=f"trouble:plan_ends:{plan_id}:{coordinator.id}",
            kind="trouble",
            person_id=coordinator.id,
            subject_id=plan_id,
            at=at,
            not_before=plan_checkins.waking(at, OUT_OF_OFFICE, coordinator),
        )
    return told


async def _to_coordinators(
    tx: Tx, what: str, *, number: int | None = None, at: datetime, once_a_day: bool = False
) -> None:
    """Post a letter to every coordinator; the line of that number in the log has the facts."""
    for coordinator in await people.of_role(tx, "coordinator"):
        subject = coordinator.id if number is None else str(number)
        await _post(tx, what, subject, coordinator, at=at, not_before=at, once_a_day=once_a_day)


async def _post(
    tx: Tx,
    what: str,
    subject_id: str,
    coordinator: Person,
    *,
    at: datetime,
    not_before: datetime,
    once_a_day: bool = False,
) -> None:
    """Post one letter; the key lets one a day through for each trouble and subject."""
    about = "" if once_a_day else subject_id
    await outbox.post(
        tx,
        key=f"trouble:{what}:{about}:{coordinator.id}:{at.date().isoformat()}",
        kind="trouble",
        person_id=coordinator.id,
        subject_id=subject_id,
        at=at,
        not_before=not_before,
    )
