"""Applying a file to plans, single dates and absences."""

from dataclasses import dataclass, replace

from alliance.calendar.recurrence import parse_rule
from alliance.calendar.timetable import Timetable
from alliance.calendar.timing import A_MINUTE
from alliance.files.changes import (
    AbsenceAdded,
    AbsenceChanged,
    DateCancelled,
    DateMoved,
    DateRestored,
    PlanAdded,
    PlanChanged,
    PlanEnded,
    PlanLinked,
)
from alliance.files.parsed_calendar import Series
from handlers.files.lookup import group_named, person_named, require_done
from storage.audit.change import Change
from storage.calendar import absences, change_absences, change_plans, change_sessions, plans
from storage.calendar.plans import Plan
from storage.database.tx import Tx
from storage.files import imports
from storage.people import people


@dataclass(frozen=True, slots=True)
class Claim:
    """The key and sequence that a plan had before a file gave it others."""

    plan_id: str
    key: str | None
    sequence: int | None


async def add_plan(change: Change, added: PlanAdded) -> None:
    """Give a patient or a group a plan in addition to those that they have."""
    timetable = _timetable(added.series, None, added.delay, added.instrument)
    await _set_plan(change, added, timetable)


async def change_plan(change: Change, changed: PlanChanged) -> Claim | None:
    """Replace a plan; settings that a file cannot express stay."""
    plan = await _plan(change.tx, changed.plan_id)
    claim = await _claim(change.tx, plan, changed.key, changed.sequence)
    before = plan.timetable
    timetable = _timetable(changed.series, before, changed.delay, changed.instrument)
    await _set_plan(change, changed, timetable)
    return claim


async def claim_plan(change: Change, linked: PlanLinked) -> Claim | None:
    """Link an existing plan to a calendar event without changing it."""
    plan = await _plan(change.tx, linked.plan_id)
    return await _claim(change.tx, plan, linked.key, linked.sequence)


async def end_plan(change: Change, ended: PlanEnded) -> None:
    """End a plan: what has begun stays, what has not is cancelled."""
    plan = await _plan(change.tx, ended.plan_id)
    require_done(await change_plans.end_plan(change, plan))


async def _set_plan(
    change: Change, file_change: PlanAdded | PlanChanged, timetable: Timetable
) -> None:
    patient_id, group_id = await _owner(change.tx, file_change.code)
    await change_plans.set_plan(
        change,
        timetable,
        patient_id=patient_id,
        group_id=group_id,
        source_key=file_change.key,
        source_sequence=file_change.sequence,
    )


def _timetable(
    series: Series, before: Timetable | None, delay: int | None, instrument: str | None
) -> Timetable:
    """Return the timetable of a series; what the file cannot express is as it was before."""
    new = Timetable(parse_rule(series.rule), series.first_day, series.wall_time, series.zone)
    return replace(
        before or new,
        rule=new.rule,
        first_day=new.first_day,
        wall_time=new.wall_time,
        zone=new.zone,
        duration=None if series.minutes is None else series.minutes * A_MINUTE,
        delay=None if delay is None else delay * A_MINUTE,
        instrument=instrument,
    )


async def _claim(tx: Tx, plan: Plan, key: str, sequence: int) -> Claim | None:
    """Give a plan the key of a calendar event; None if it has that key already."""
    if plan.source_key == key:
        return None
    await imports.set_plan_source(tx, plan_id=plan.id, key=key, sequence=sequence)
    return Claim(plan.id, plan.source_key, plan.source_sequence)


async def change_date(
    change: Change, file_change: DateMoved | DateCancelled | DateRestored
) -> None:
    """Move, cancel or restore one session of a plan.

    Raises:
        Refusal: It is too late for that.
    """
    plan = await plans.by_source(change.tx, file_change.key)
    if plan is None:
        raise LookupError("the plan of a changed date is gone")
    planned_for = file_change.planned_for
    match file_change:
        case DateMoved(starts_at=starts_at, minutes=minutes, sequence=sequence):
            is_done = await change_sessions.move_session(
                change,
                plan,
                planned_for,
                starts_at=starts_at,
                ends_at=None if minutes is None else starts_at + minutes * A_MINUTE,
                source_sequence=sequence,
            )
        case DateCancelled(sequence=sequence):
            is_done = await change_sessions.cancel_session(
                change, plan, planned_for, source_sequence=sequence
            )
        case DateRestored():
            is_done = await change_sessions.restore_session(change, plan, planned_for)
    require_done(is_done)


async def save_absence(change: Change, file_change: AbsenceAdded | AbsenceChanged) -> str:
    """Add an absence, in place of the earlier one where it has changed; return its id."""
    if isinstance(file_change, AbsenceChanged):
        await withdraw_absence(change, file_change.absence_id)
    code = file_change.cover
    absence = await change_absences.add_absence(
        change,
        await person_named(change.tx, file_change.code),
        first_day=file_change.away.first_day,
        last_day=file_change.away.last_day,
        cover=None if code is None else await person_named(change.tx, code),
    )
    return absence.id


async def withdraw_absence(change: Change, absence_id: str) -> None:
    """Withdraw an absence."""
    absence = await absences.by_id(change.tx, absence_id)
    require_done(absence is not None and await change_absences.withdraw_absence(change, absence))


async def _owner(tx: Tx, code: str) -> tuple[str | None, str | None]:
    """Return the id of the patient with that code, or else of the group."""
    person = await people.by_code(tx, code)
    if person is not None:
        return person.id, None
    return None, (await group_named(tx, code)).id


async def _plan(tx: Tx, plan_id: str) -> Plan:
    plan = await plans.by_id(tx, plan_id)
    if plan is None:
        raise LookupError("a plan that a file changes is gone")
    return plan
