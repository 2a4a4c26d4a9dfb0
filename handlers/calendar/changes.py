"""What a coordinator changes in the calendar: each change with its line in the log.

Commands, buttons and files all come through here. What stands in ``before`` and ``after`` is
what ``storage/calendar/undo_calendar.py`` needs to take the change back.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, time

from alliance.calendar.timetable import Timetable
from alliance.errors import Refusal
from handlers.app.coordinator_request import Caller
from handlers.calendar.owner import Meant, Party
from storage.audit import audit_log
from storage.audit.audit_log import Facts
from storage.calendar import absences, edit_plans, session_changes
from storage.calendar.absences import Absence
from storage.calendar.audit_facts import absence_facts, ended_facts, plan_facts, session_facts
from storage.calendar.plans import Plan
from storage.people.people import Person


async def note(
    caller: Caller, subject_id: str, *, action: str, before: Facts | None, after: Facts | None
) -> None:
    """Put a change into the log."""
    await audit_log.record(
        caller.tx,
        actor_id=caller.person.id,
        action=action,
        subject_id=subject_id,
        before=before,
        after=after,
        at=caller.now,
    )


async def set_plan(caller: Caller, party: Party, timetable: Timetable) -> Plan:
    """Give a patient or a group a plan in place of the one before; only the future changes."""
    change = await edit_plans.set_plan(
        caller.tx,
        patient_id=party.patient_id,
        group_id=party.group_id,
        timetable=timetable,
        at=caller.now,
    )
    before, after = ended_facts(change.ended), plan_facts(change.plan)
    await note(caller, party.id, action="plan.set", before=before, after=after)
    return change.plan


async def end_plan(caller: Caller, party: Party) -> None:
    """End the repeating plan of a patient or a group.

    Raises:
        Refusal: There is none.
    """
    plan = await party.plan(caller.tx)
    if plan is None or not await edit_plans.end_plan(caller.tx, plan_id=plan.id, at=caller.now):
        raise Refusal("plan.none_here", who=party.label)
    await note(caller, party.id, action="plan.ended", before=ended_facts((plan,)), after=None)


async def add_session(
    caller: Caller, party: Party, *, day: date, wall_time: time, zone: str
) -> Plan:
    """Add one more session.

    Raises:
        BadPlan: It would have begun already.
    """
    plan = await edit_plans.extra_session(
        caller.tx,
        patient_id=party.patient_id,
        group_id=party.group_id,
        day=day,
        wall_time=wall_time,
        zone=zone,
        at=caller.now,
    )
    await note(caller, party.id, action="session.added", before=None, after=plan_facts(plan))
    return plan


async def cancel_session(caller: Caller, meant: Meant) -> None:
    """Cancel one session, as long as nobody was asked about it.

    Raises:
        Refusal: It is too late.
    """
    async with _changing(caller, meant, action="session.cancelled"):
        if not await session_changes.cancel(
            caller.tx, plan_id=meant.plan.id, planned_for=meant.planned_for, at=caller.now
        ):
            raise Refusal("sessions.asked_already")


async def move_session(caller: Caller, meant: Meant, starts_at: datetime) -> None:
    """Put one session at another time; at its own, it is held in spite of a holiday.

    Raises:
        Refusal: It has begun, or would have.
    """
    async with _changing(caller, meant, action="session.moved"):
        if not await session_changes.move(
            caller.tx,
            plan_id=meant.plan.id,
            planned_for=meant.planned_for,
            starts_at=starts_at,
            at=caller.now,
        ):
            raise Refusal("sessions.too_late")


async def restore_session(caller: Caller, meant: Meant) -> None:
    """Put one session back to where the plan has it.

    Raises:
        Refusal: It is there, or has begun.
    """
    async with _changing(caller, meant, action="session.restored"):
        if not await session_changes.restore(
            caller.tx, plan_id=meant.plan.id, planned_for=meant.planned_for, at=caller.now
        ):
            raise Refusal("sessions.too_late")


@asynccontextmanager
async def _changing(caller: Caller, meant: Meant, *, action: str) -> AsyncIterator[None]:
    """Note where a session stood before the change and where it stands after it."""
    before = await session_facts(caller.tx, meant.plan, meant.planned_for)
    yield
    after = await session_facts(caller.tx, meant.plan, meant.planned_for)
    await note(caller, meant.party.id, action=action, before=before, after=after)


async def add_absence(
    caller: Caller, person: Person, *, first_day: date, last_day: date, cover: Person | None
) -> Absence:
    """Note when somebody is away, and who stands in for a therapist.

    Raises:
        Refusal: The days are turned round, or over; or nobody can stand in for that person.
    """
    if last_day < first_day:
        raise Refusal("absence.turned_round")
    if cover is not None and (person.role != "therapist" or cover.role != "therapist"):
        raise Refusal("absence.no_cover", code=cover.code)
    if cover is not None and cover.id == person.id:
        raise Refusal("absence.no_cover", code=cover.code)
    cover_id = None if cover is None else cover.id
    absence_id = await absences.add(
        caller.tx,
        person_id=person.id,
        first_day=first_day,
        last_day=last_day,
        cover_id=cover_id,
        at=caller.now,
    )
    absence = Absence(absence_id, person.id, first_day, last_day, cover_id)
    await note(caller, person.id, action="absence.added", before=None, after=absence_facts(absence))
    return absence


async def withdraw_absence(caller: Caller, absence: Absence) -> None:
    """Take an absence back: sessions in it that have not begun are held again."""
    if await absences.withdraw(caller.tx, absence_id=absence.id, at=caller.now):
        facts = absence_facts(absence)
        await note(caller, absence.person_id, action="absence.withdrawn", before=facts, after=None)
