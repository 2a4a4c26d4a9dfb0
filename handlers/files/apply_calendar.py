"""Applying a file to plans, single dates and absences, each change with its line in the log."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alliance.calendar.recurrence import read_rule
from alliance.calendar.timetable import Changed, Timetable
from alliance.errors import Refusal
from alliance.files.changes import (
    AwayAdded,
    AwayChanged,
    AwayEnded,
    DateCancelled,
    DateMoved,
    DateRestored,
    PlanAdded,
    PlanChanged,
    PlanClaimed,
    PlanEnded,
)
from alliance.files.parsed_calendar import Series
from handlers.files.apply_people import note
from handlers.people.changes import Act
from storage.audit.audit_log import Facts
from storage.calendar import absences, edit_plans, plans, session_changes
from storage.calendar.absences import Absence
from storage.calendar.audit_facts import absence_facts, ended_facts, plan_facts, session_facts
from storage.calendar.plans import Plan
from storage.calendar.session_changes import ChangedSession
from storage.files import imports
from storage.groups import groups
from storage.people import people

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a plan was called before a file gave it another name."""

    plan_id: str
    key: str | None
    sequence: int | None


async def add_plan(act: Act, change: PlanAdded) -> None:
    """Give a patient or a group further sessions."""
    timetable = _timetable(change.series, None, change.delay, change.instrument)
    await _set(act, change, timetable)


async def change_plan(act: Act, change: PlanChanged) -> Claim | None:
    """Let a plan say something else from now on; what a file cannot say of it stays."""
    plan = await _plan(act, change.plan_id)
    claim = await _claim(act, plan, change.key, change.sequence)
    told = plan.timetable
    await _set(act, change, _timetable(change.series, told, change.delay, change.instrument))
    return claim


async def claim_plan(act: Act, change: PlanClaimed) -> Claim | None:
    """Let a plan be the calendar's, as it is."""
    plan = await _plan(act, change.plan_id)
    return await _claim(act, plan, change.key, change.sequence)


async def end_plan(act: Act, change: PlanEnded) -> None:
    """End a plan: what has begun stays, what has not is cancelled."""
    plan = await _plan(act, change.plan_id)
    if not await edit_plans.end_plan(act.tx, plan_id=plan.id, at=act.at):
        raise Refusal("file.moved_on")
    await note(
        act, plan.patient_id or plan.group_id or "", action="plan.ended", before=ended_facts([plan])
    )


async def _set(act: Act, change: PlanAdded | PlanChanged, timetable: Timetable) -> None:
    patient_id, group_id = await _owner(act, change.code)
    made = await edit_plans.set_plan(
        act.tx,
        patient_id=patient_id,
        group_id=group_id,
        timetable=timetable,
        at=act.at,
        source_key=change.key,
        source_sequence=change.sequence,
    )
    before, after = ended_facts(made.ended), plan_facts(made.plan)
    await note(act, patient_id or group_id or "", action="plan.set", before=before, after=after)


def _timetable(
    series: Series, before: Timetable | None, delay: int | None, instrument: str | None
) -> Timetable:
    bare = Timetable(read_rule(series.rule), series.first_day, series.wall_time, series.zone)
    kept = bare if before is None else before
    return replace(
        kept,
        rule=bare.rule,
        first_day=bare.first_day,
        wall_time=bare.wall_time,
        zone=bare.zone,
        duration=None if series.minutes is None else series.minutes * MINUTE,
        delay=None if delay is None else delay * MINUTE,
        instrument=instrument,
    )


async def _claim(act: Act, plan: Plan, key: str, sequence: int) -> Claim | None:
    if plan.source_key == key:
        return None
    await imports.claim(act.tx, plan_id=plan.id, key=key, sequence=sequence)
    return Claim(plan.id, plan.source_key, plan.source_sequence)


async def change_date(act: Act, change: DateMoved | DateCancelled | DateRestored) -> None:
    """Move, cancel or restore one session of a plan."""
    plan = await plans.by_source(act.tx, change.key)
    if plan is None:
        raise LookupError("the plan of a changed date is gone")
    before = await session_facts(act.tx, plan, change.planned_for)
    owner = plan.patient_id or plan.group_id or ""
    match change:
        case DateMoved():
            after = await _moved(act, plan, change)
            await note(act, owner, action="session.moved", before=before, after=after)
        case DateCancelled():
            after = await _cancelled(act, plan, change)
            await note(act, owner, action="session.cancelled", before=before, after=after)
        case DateRestored():
            after = await _restored(act, plan, change)
            await note(act, owner, action="session.restored", before=before, after=after)


async def _moved(act: Act, plan: Plan, change: DateMoved) -> Facts:
    end = None if change.minutes is None else change.starts_at + change.minutes * MINUTE
    if change.planned_for <= act.at and plan.created_at == act.at:
        # A new plan may have a session that was moved out of the past: nobody can have been
        # asked about it.
        moved = Changed(change.starts_at, end)
        kept = ChangedSession(plan.id, change.planned_for, moved, change.sequence)
        await session_changes.keep(act.tx, kept, at=act.at)
        return await session_facts(act.tx, plan, change.planned_for)
    is_done = await session_changes.move(
        act.tx,
        plan_id=plan.id,
        planned_for=change.planned_for,
        starts_at=change.starts_at,
        ends_at=end,
        at=act.at,
        source_sequence=change.sequence,
    )
    return await _facts(act, plan, change.planned_for, is_done=is_done)


async def _cancelled(act: Act, plan: Plan, change: DateCancelled) -> Facts:
    is_done = await session_changes.cancel(
        act.tx,
        plan_id=plan.id,
        planned_for=change.planned_for,
        at=act.at,
        source_sequence=change.sequence,
    )
    return await _facts(act, plan, change.planned_for, is_done=is_done)


async def _restored(act: Act, plan: Plan, change: DateRestored) -> Facts:
    is_done = await session_changes.restore(
        act.tx, plan_id=plan.id, planned_for=change.planned_for, at=act.at
    )
    return await _facts(act, plan, change.planned_for, is_done=is_done)


async def _facts(act: Act, plan: Plan, planned_for: datetime, *, is_done: bool) -> Facts:
    """Return where a session stands now, for the log; a change that was not made ends it all."""
    if not is_done:
        raise Refusal("file.moved_on")
    return await session_facts(act.tx, plan, planned_for)


async def be_away(act: Act, change: AwayAdded | AwayChanged) -> str:
    """Note an absence; return its id."""
    if isinstance(change, AwayChanged):
        await _withdraw(act, change.absence_id)
    person = await people.by_code(act.tx, change.code)
    cover = None if change.cover is None else await people.by_code(act.tx, change.cover)
    if person is None:
        raise LookupError("somebody whom a file names is gone")
    first, last = change.away.first_day, change.away.last_day
    cover_id = None if cover is None else cover.id
    absence_id = await absences.add(
        act.tx, person_id=person.id, first_day=first, last_day=last, cover_id=cover_id, at=act.at
    )
    facts = absence_facts(Absence(absence_id, person.id, first, last, cover_id))
    await note(act, person.id, action="absence.added", after=facts)
    return absence_id


async def be_there(act: Act, change: AwayEnded) -> None:
    """Take an absence back."""
    await _withdraw(act, change.absence_id)


async def _withdraw(act: Act, absence_id: str) -> None:
    absence = await absences.by_id(act.tx, absence_id)
    if absence is None or not await absences.withdraw(act.tx, absence_id=absence_id, at=act.at):
        raise Refusal("file.moved_on")
    await note(act, absence.person_id, action="absence.withdrawn", before=absence_facts(absence))


async def _owner(act: Act, code: str) -> tuple[str | None, str | None]:
    """Return the id of a patient, or that of a group."""
    person = await people.by_code(act.tx, code)
    if person is not None:
        return person.id, None
    group = await groups.by_code(act.tx, code)
    if group is None:
        raise LookupError("whom a file gives a plan is gone")
    return None, group.id


async def _plan(act: Act, plan_id: str) -> Plan:
    plan = await plans.by_id(act.tx, plan_id)
    if plan is None:
        raise LookupError("a plan that a file changes is gone")
    return plan
