"""How a change in the calendar is taken back; what it goes by is what ``calendar_facts`` kept."""

from datetime import datetime

from alliance.calendar.timetable import Changed
from storage.audit.audit_log import Entry, Facts
from storage.calendar import absences, edit_plans, plans, session_changes
from storage.calendar.audit_facts import AS_PLANNED, CANCELLED, session_facts
from storage.calendar.session_changes import ChangedSession
from storage.database.tx import Tx, at_time
from storage.groups import groups
from storage.groups.groups import Place


async def undo_set(tx: Tx, entry: Entry, at: datetime) -> bool:
    """Let the plan before go on in place of the one that was set; False when that has ended."""
    if not await edit_plans.end_plan(tx, plan_id=str(entry.facts_after["plan"]), at=at):
        return False
    return await _bring_back(tx, entry, at)


async def undo_end(tx: Tx, entry: Entry, at: datetime) -> bool:
    """Let ended plans go on; False when another plan was begun meanwhile."""
    plan = await plans.by_id(tx, str(entry.facts_before["plan"]))
    if plan is None:
        return False
    running = (
        await plans.of_patient(tx, plan.patient_id)
        if plan.patient_id is not None
        else await plans.of_group(tx, str(plan.group_id))
    )
    if any(not other.extra and other.created_at > entry.at for other in running):
        return False
    return await _bring_back(tx, entry, at)


async def _bring_back(tx: Tx, entry: Entry, at: datetime) -> bool:
    for plan_id in filter(None, str(entry.facts_before.get("plans", "")).split(",")):
        if not await edit_plans.bring_back(tx, plan_id=plan_id, at=at):
            return False
    return True


async def undo_added_session(tx: Tx, entry: Entry, at: datetime) -> bool:
    """Take one more session back; False when it was ended before."""
    return await edit_plans.end_plan(tx, plan_id=str(entry.facts_after["plan"]), at=at)


async def undo_session(tx: Tx, entry: Entry, at: datetime) -> bool:
    """Put a session back to where it stood; False when it has begun or was changed again."""
    was = entry.facts_before
    plan_id, planned_for = str(was["plan"]), at_time(str(was["planned_for"]))
    plan = await plans.by_id(tx, plan_id)
    if plan is None or await session_facts(tx, plan, planned_for) != entry.facts_after:
        return False
    sequence = was.get("sequence")
    number = None if sequence is None else int(sequence)
    if was["is"] == CANCELLED:
        return await session_changes.cancel(
            tx, plan_id=plan_id, planned_for=planned_for, at=at, source_sequence=number
        )
    if was["is"] == AS_PLANNED:
        return await session_changes.restore(tx, plan_id=plan_id, planned_for=planned_for, at=at)
    end = was.get("ends_at")
    moved = Changed(at_time(str(was["starts_at"])), None if end is None else at_time(str(end)))
    kept = ChangedSession(plan_id, planned_for, moved, number)
    return await session_changes.put_back(tx, kept, at=at)


async def undo_added_absence(tx: Tx, entry: Entry, at: datetime) -> bool:
    """Take an absence back."""
    return await absences.withdraw(tx, absence_id=str(entry.facts_after["absence"]), at=at)


async def undo_withdrawn_absence(tx: Tx, entry: Entry, at: datetime) -> bool:
    """Let an absence that was taken back stand again."""
    return await absences.bring_back(tx, absence_id=str(entry.facts_before["absence"]), at=at)


async def undo_made_group(tx: Tx, entry: Entry, at: datetime) -> bool:
    """End a group that was just made; False when somebody has joined it."""
    group_id = str(entry.facts_after["group"])
    if await groups.members_of(tx, group_id) or await groups.leaders_of(tx, group_id):
        return False
    return await groups.end(tx, group_id=group_id, at=at)


async def undo_ended_group(tx: Tx, entry: Entry, at: datetime) -> bool:
    """Let a group go on with everybody who belonged to it, and its plans."""
    was = entry.facts_before
    if not await groups.bring_back(tx, group_id=str(was["group"])):
        return False
    for table in ("memberships", "leaders"):
        for belonging_id in filter(None, str(was[table]).split(",")):
            await groups.rejoin(tx, table=table, belonging_id=belonging_id)
    return await _bring_back(tx, entry, at)


async def undo_joined(tx: Tx, entry: Entry, at: datetime) -> bool:
    """Let somebody leave a group that they had just joined; False when they have left it."""
    person_id, facts = str(entry.subject_id), entry.facts_after
    table, belonging_id = _belonging(facts)
    group_id = str(facts["group"])
    if table == "leaders":
        present = await groups.leaders_of(tx, group_id)
    else:
        present = await groups.members_of(tx, group_id)
    if belonging_id not in [one.id for one in present]:
        return False
    if table == "leaders":
        return await groups.remove_leader(tx, group_id=group_id, therapist_id=person_id, at=at)
    return await groups.remove_member(tx, group_id=group_id, patient_id=person_id, at=at)


async def undo_left(tx: Tx, entry: Entry, _at: datetime) -> bool:
    """Let somebody belong to a group as if they had not left it."""
    table, belonging_id = _belonging(entry.facts_before)
    return await groups.rejoin(tx, table=table, belonging_id=belonging_id)


def _belonging(facts: Facts) -> tuple[Place, str]:
    if "membership" in facts:
        return "memberships", str(facts["membership"])
    return "leaders", str(facts["lead"])
