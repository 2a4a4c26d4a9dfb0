"""Changes of plans, each with its line in the audit log and its undo function."""

from datetime import date, datetime, time

from alliance.calendar.timetable import Timetable
from storage.audit.audit_log import AuditEntry, split_ids
from storage.audit.change import Change
from storage.calendar import edit_plans, plans
from storage.calendar.audit_facts import ended_plans_facts, plan_facts
from storage.calendar.plans import Plan
from storage.database.tx import Tx


async def set_plan(
    change: Change,
    timetable: Timetable,
    *,
    patient_id: str | None = None,
    group_id: str | None = None,
    source_key: str | None = None,
    source_sequence: int | None = None,
) -> Plan:
    """Replace the plan of a patient or a group; arguments are those of ``edit_plans.set_plan``."""
    edit = await edit_plans.set_plan(
        change.tx,
        patient_id=patient_id,
        group_id=group_id,
        timetable=timetable,
        at=change.at,
        source_key=source_key,
        source_sequence=source_sequence,
    )
    await change.record(
        "plan.set",
        edit.plan.owner_id,
        before=ended_plans_facts(edit.ended),
        after=plan_facts(edit.plan),
    )
    return edit.plan


async def undo_set_plan(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """End the plan that was set and resume those it replaced; False if it has ended already."""
    if not await edit_plans.end_plan(tx, plan_id=str(entry.facts_after["plan"]), at=at):
        return False
    return await resume_ended_plans(tx, entry, at)


async def end_plan(change: Change, plan: Plan) -> bool:
    """End a plan and cancel its future sessions; False if it has ended already."""
    if not await edit_plans.end_plan(change.tx, plan_id=plan.id, at=change.at):
        return False
    await change.record("plan.ended", plan.owner_id, before=ended_plans_facts((plan,)))
    return True


async def undo_end_plan(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """Resume a plan that was ended; False if its patient or group has had a new one since."""
    plan = await plans.by_id(tx, str(entry.facts_before["plan"]))
    if plan is None:
        return False
    running = await plans.running(tx, patient_id=plan.patient_id, group_id=plan.group_id)
    if any(not other.is_extra and other.created_at > entry.at for other in running):
        return False
    return await resume_ended_plans(tx, entry, at)


async def resume_ended_plans(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """Resume every plan that a change has ended; False if one of them is running."""
    for plan_id in split_ids(entry.facts_before.get("plans")):
        if not await edit_plans.resume_plan(tx, plan_id=plan_id, at=at):
            return False
    return True


async def add_session(
    change: Change,
    *,
    patient_id: str | None = None,
    group_id: str | None = None,
    day: date,
    wall_time: time,
    zone: str,
) -> Plan:
    """Add a single session beside the repeating ones.

    Raises:
        BadPlan: It would have begun already.
    """
    plan = await edit_plans.add_extra_session(
        change.tx,
        patient_id=patient_id,
        group_id=group_id,
        day=day,
        wall_time=wall_time,
        zone=zone,
        at=change.at,
    )
    await change.record("session.added", plan.owner_id, after=plan_facts(plan))
    return plan


async def undo_add_session(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """Take back an added session; False if it has been taken back already."""
    return await edit_plans.end_plan(tx, plan_id=str(entry.facts_after["plan"]), at=at)
