"""Editing plans: only the future changes, and nothing that was asked is asked again."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from alliance.calendar.holidays import NO_HOLIDAYS
from alliance.calendar.recurrence import Rule
from alliance.calendar.timetable import Changed, Defaults, Timetable
from alliance.calendar.timing import instant, zone_named
from alliance.errors import BadPlan
from storage.calendar import plans, session_changes
from storage.calendar.plans import Plan
from storage.calendar.schedule import lay_out
from storage.database.ids import new_id
from storage.database.tx import Tx, at_text, at_time

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PlanChange:
    """What an edit did: the plan there is now, and those it took the place of."""

    plan: Plan
    ended: tuple[Plan, ...]


async def set_plan(
    tx: Tx,
    *,
    patient_id: str | None = None,
    group_id: str | None = None,
    timetable: Timetable,
    at: datetime,
    source_key: str | None = None,
    source_sequence: int | None = None,
) -> PlanChange:
    """Give a patient or a group a plan in place of the one before.

    Sessions of the old plan that have not begun are cancelled; those that have begun keep
    their check-in. On a day on which one has begun, the new plan has none: an edit never
    asks twice for one day. What was moved or cancelled by hand stays so where the new plan
    has a session at the same instant.

    Args:
        tx: An open transaction.
        patient_id: Whose plan; or ``group_id``, exactly one of the two.
        group_id: See there.
        timetable: What the plan says.
        at: Now.
        source_key: What a file calls the plan. Only the plan of that name is replaced then;
            without it every repeating plan is.
        source_sequence: The file's number of this version.
    """
    before = await _running(tx, patient_id, group_id)
    replaced = [plan for plan in before if _is_replaced(plan, source_key)]
    plan = Plan(
        new_id(at),
        patient_id,
        group_id,
        timetable,
        created_at=at,
        source_key=source_key,
        source_sequence=source_sequence,
    )
    await plans.keep(tx, plan)
    for old in replaced:
        await _take_over(tx, old, plan, at)
        await end_plan(tx, plan_id=old.id, at=at)
    await _spare_days_begun(tx, plan, at)
    return PlanChange(plan, tuple(replaced))


async def _running(tx: Tx, patient_id: str | None, group_id: str | None) -> list[Plan]:
    if (patient_id is None) == (group_id is None):
        raise ValueError("a plan is of a patient or of a group")
    if patient_id is not None:
        return await plans.of_patient(tx, patient_id)
    return await plans.of_group(tx, str(group_id))


def _is_replaced(plan: Plan, source_key: str | None) -> bool:
    return not plan.extra if source_key is None else plan.source_key == source_key


async def _take_over(tx: Tx, old: Plan, new: Plan, at: datetime) -> None:
    """Keep what was decided by hand about sessions to come.

    A session that was moved from the past into the future is taken over in any case; else
    it would be lost.
    """
    for one in await session_changes.of_plan(tx, old.id):
        begin = one.changed.starts_at
        is_ahead = begin is not None and begin > at >= one.planned_for
        if is_ahead or (one.planned_for > at and new.timetable.has_session(one.planned_for)):
            await session_changes.keep(tx, replace(one, plan_id=new.id), at=at)


async def _spare_days_begun(tx: Tx, plan: Plan, at: datetime) -> None:
    """Cancel what a plan has on a day on which one that has ended has begun a session."""
    zone = zone_named(plan.timetable.zone)
    begun = {moment.astimezone(zone).date() for moment in await _begun(tx, plan, at)}
    for found in plan.timetable.sessions(after=at, until=at + A_DAY):
        if found.day in begun:
            spared = session_changes.ChangedSession(plan.id, found.starts_at, Changed(), None)
            await session_changes.keep(tx, spared, at=at)


async def _begun(tx: Tx, plan: Plan, at: datetime) -> list[datetime]:
    """Return when lately a session of an ended plan of the same people has begun.

    One that the clock has not come to put into the table yet has begun all the same.
    """
    whose = "patient_id" if plan.patient_id is not None else "group_id"
    rows = await tx.all(
        "SELECT s.starts_at FROM sessions s JOIN plans p ON p.id = s.plan_id"
        f" WHERE s.{whose} = ? AND s.state <> 'cancelled' AND s.starts_at > ?"
        " AND s.starts_at <= ? AND p.ended_at IS NOT NULL AND p.extra = 0",
        plan.patient_id or plan.group_id,
        at_text(at - 2 * A_DAY),
        at_text(at),
    )
    waiting = await plans.to_lay_out(
        tx,
        condition=f"{whose} = ? AND ended_at IS NOT NULL AND extra = 0",
        values=(str(plan.patient_id or plan.group_id),),
        horizon=at,
    )
    laid_out = await lay_out(tx, waiting, until=at, defaults=Defaults(), now=at)
    return [
        *(at_time(row["starts_at"]) for row in rows),
        *(session.starts_at for session in laid_out if session.state == "planned"),
    ]


async def extra_session(
    tx: Tx,
    *,
    patient_id: str | None = None,
    group_id: str | None = None,
    day: date,
    wall_time: time,
    zone: str,
    duration: timedelta | None = None,
    at: datetime,
) -> Plan:
    """Add one more session; what else it needs is as in the plan there is.

    It is held on holidays too: somebody has put it there by hand.

    Raises:
        BadPlan: It would have begun already.
    """
    if instant(day, wall_time, zone_named(zone)) <= at:
        raise BadPlan("This session would lie in the past.")
    usual = next((one for one in await _running(tx, patient_id, group_id) if not one.extra), None)
    rule = Rule("week", 1, (day.weekday(),), count=1)
    timetable = (
        Timetable(rule, day, wall_time, zone, duration, holidays=NO_HOLIDAYS)
        if usual is None
        else replace(
            usual.timetable,
            rule=rule,
            first_day=day,
            wall_time=wall_time,
            zone=zone,
            duration=duration or usual.timetable.duration,
            holidays=NO_HOLIDAYS,
        )
    )
    plan = Plan(new_id(at), patient_id, group_id, timetable, created_at=at, extra=True)
    await plans.keep(tx, plan)
    return plan


async def end_plan(tx: Tx, *, plan_id: str, at: datetime) -> bool:
    """End a plan and cancel its sessions that have not begun; False when it had ended before."""
    ended = await tx.run(
        "UPDATE plans SET ended_at = ? WHERE id = ? AND ended_at IS NULL", at_text(at), plan_id
    )
    await tx.run(
        "UPDATE sessions SET state = 'cancelled', reason = 'ended'"
        " WHERE plan_id = ? AND state = 'planned' AND starts_at > ?",
        plan_id,
        at_text(at),
    )
    return bool(ended)


async def end_plans(
    tx: Tx, *, patient_id: str | None = None, group_id: str | None = None, at: datetime
) -> tuple[Plan, ...]:
    """End every plan of a patient or a group, extras too; return which were running."""
    running = await _running(tx, patient_id, group_id)
    for plan in running:
        await end_plan(tx, plan_id=plan.id, at=at)
    return tuple(running)


async def bring_back(tx: Tx, *, plan_id: str, at: datetime) -> bool:
    """Let an ended plan go on from now; False when it runs.

    Its sessions to come stand again, but for a day on which one of the plan in between has
    begun; those that would have begun meanwhile do not.
    """
    back = await tx.run(
        "UPDATE plans SET ended_at = NULL, planned_until = NULL, replan_from = ?"
        " WHERE id = ? AND ended_at IS NOT NULL",
        at_text(at),
        plan_id,
    )
    plan = await plans.by_id(tx, plan_id)
    if back and plan is not None:
        await _spare_days_begun(tx, plan, at)
    return bool(back)
