"""How plans are replaced, ended and resumed: only the future changes, and no day is asked twice.

Nothing here writes to the audit log; ``change_plans`` does.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from alliance.calendar.holidays import NO_HOLIDAYS
from alliance.calendar.recurrence import RecurrenceRule
from alliance.calendar.timetable import SessionChange, SiteDefaults, Timetable
from alliance.calendar.timing import A_DAY, instant, zone_named
from alliance.errors import BadPlan
from storage.calendar import plans, session_changes
from storage.calendar.plans import Plan
from storage.calendar.schedule import generate_sessions
from storage.calendar.session_changes import ChangedSession
from storage.database.ids import new_id
from storage.database.tx import Tx, utc_text, utc_time


@dataclass(frozen=True, slots=True)
class PlanEdit:
    """The result of setting a plan: the new plan, and those that it replaced."""

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
) -> PlanEdit:
    """Replace the plan of a patient or a group.

    Sessions of the old plan that have not begun are cancelled; those that have begun keep
    their check-in. The new plan has no session on a day on which an old one has begun, so
    that nobody is asked twice for one day. Sessions that were moved or cancelled by hand
    stay so where the new plan has a session at the same instant.

    Args:
        tx: An open transaction.
        patient_id: Whose plan; exactly one of ``patient_id`` and ``group_id`` is given.
        group_id: See ``patient_id``.
        timetable: The new timetable.
        at: Now.
        source_key: The plan's key in an imported file. With it only the plan with that key is
            replaced; without it every repeating plan is.
        source_sequence: The file's sequence number of this version.
    """
    before = await plans.running(tx, patient_id=patient_id, group_id=group_id)
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
    await plans.save(tx, plan)
    for old in replaced:
        await _carry_over_changes(tx, old, plan, at)
        await end_plan(tx, plan_id=old.id, at=at)
    await _skip_days_begun(tx, plan, at)
    return PlanEdit(plan, tuple(replaced))


def _is_replaced(plan: Plan, source_key: str | None) -> bool:
    return not plan.is_extra if source_key is None else plan.source_key == source_key


async def _carry_over_changes(tx: Tx, old: Plan, new: Plan, at: datetime) -> None:
    """Carry changes of future sessions that were made by hand over to the new plan.

    A session that was moved from the past into the future is always carried over; otherwise
    it would be lost.
    """
    for session in await session_changes.of_plan(tx, old.id):
        planned_for, starts_at = session.planned_for, session.change.starts_at
        is_moved_ahead = starts_at is not None and starts_at > at >= planned_for
        if is_moved_ahead or (planned_for > at and new.timetable.has_session(planned_for)):
            await session_changes.save(tx, replace(session, plan_id=new.id), at=at)


async def _skip_days_begun(tx: Tx, plan: Plan, at: datetime) -> None:
    """Cancel a plan's sessions on days on which a session of an ended plan has begun."""
    zone = zone_named(plan.timetable.zone)
    begun_on = {moment.astimezone(zone).date() for moment in await _begun_sessions(tx, plan, at)}
    for session in plan.timetable.sessions(after=at, until=at + A_DAY):
        if session.day in begun_on:
            cancelled = ChangedSession(plan.id, session.starts_at, SessionChange(), None)
            await session_changes.save(tx, cancelled, at=at)


async def _begun_sessions(tx: Tx, plan: Plan, at: datetime) -> list[datetime]:
    """Return when recent sessions of ended plans of the same patient or group began.

    This includes sessions that the scheduler has not put into the table yet, and held ones that
    lie ahead again because the rules of the time zone have changed.
    """
    owner_column = "patient_id" if plan.patient_id is not None else "group_id"
    rows = await tx.all(
        "SELECT s.starts_at FROM sessions s JOIN plans p ON p.id = s.plan_id"
        f" WHERE s.{owner_column} = ? AND s.state <> 'cancelled' AND s.starts_at > ?"
        " AND (s.starts_at <= ? OR s.state = 'held') AND p.ended_at IS NOT NULL AND p.extra = 0",
        plan.owner_id,
        utc_text(at - 2 * A_DAY),
        utc_text(at),
    )
    unplanned = await plans.to_generate(
        tx,
        condition=f"{owner_column} = ? AND ended_at IS NOT NULL AND extra = 0",
        values=(plan.owner_id,),
        horizon=at,
    )
    generated = await generate_sessions(tx, unplanned, until=at, defaults=SiteDefaults(), now=at)
    return [
        *(utc_time(row["starts_at"]) for row in rows),
        *(session.starts_at for session in generated if session.state == "planned"),
    ]


async def add_extra_session(
    tx: Tx,
    *,
    patient_id: str | None = None,
    group_id: str | None = None,
    day: date,
    wall_time: time,
    zone: str,
    at: datetime,
) -> Plan:
    """Add a single session; its other settings are those of the current plan.

    It is held even on a holiday, because somebody chose that day.

    Raises:
        BadPlan: It would have begun already.
    """
    if instant(day, wall_time, zone_named(zone)) <= at:
        raise BadPlan("This session would be in the past.")
    current = await plans.current(tx, patient_id=patient_id, group_id=group_id)
    rule = RecurrenceRule("week", 1, (day.weekday(),), count=1)
    timetable = Timetable(rule, day, wall_time, zone, holidays=NO_HOLIDAYS)
    if current is not None:
        timetable = replace(
            current.timetable,
            rule=rule,
            first_day=day,
            wall_time=wall_time,
            zone=zone,
            holidays=NO_HOLIDAYS,
        )
    plan = Plan(new_id(at), patient_id, group_id, timetable, created_at=at, is_extra=True)
    await plans.save(tx, plan)
    return plan


async def end_plan(tx: Tx, *, plan_id: str, at: datetime) -> bool:
    """End a plan and cancel its sessions that have not begun; False if it has ended already."""
    rows_changed = await tx.run(
        "UPDATE plans SET ended_at = ? WHERE id = ? AND ended_at IS NULL", utc_text(at), plan_id
    )
    await tx.run(
        "UPDATE sessions SET state = 'cancelled', reason = 'ended'"
        " WHERE plan_id = ? AND state = 'planned' AND starts_at > ?",
        plan_id,
        utc_text(at),
    )
    return bool(rows_changed)


async def end_plans(
    tx: Tx, *, patient_id: str | None = None, group_id: str | None = None, at: datetime
) -> tuple[Plan, ...]:
    """End every plan of a patient or a group, including extra sessions; return those ended."""
    ended = await plans.running(tx, patient_id=patient_id, group_id=group_id)
    for plan in ended:
        await end_plan(tx, plan_id=plan.id, at=at)
    return tuple(ended)


async def resume_plan(tx: Tx, *, plan_id: str, at: datetime) -> bool:
    """Resume an ended plan from now on; False if it is running.

    Its future sessions take place again, except on a day on which a session of a plan in
    between has begun. Those that would have begun meanwhile do not.
    """
    rows_changed = await tx.run(
        "UPDATE plans SET ended_at = NULL, planned_until = NULL, replan_from = ?"
        " WHERE id = ? AND ended_at IS NOT NULL",
        utc_text(at),
        plan_id,
    )
    plan = await plans.by_id(tx, plan_id)
    if rows_changed and plan is not None:
        await _skip_days_begun(tx, plan, at)
    return bool(rows_changed)
