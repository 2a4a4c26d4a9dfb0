"""Make or end groups, let people join or leave them, and undo it."""

from collections.abc import Sequence
from datetime import datetime

from alliance.errors import Refusal
from alliance.people.roles_and_states import PersonRole
from storage.audit.audit_log import AuditEntry, Facts, join_ids, split_ids
from storage.audit.change import Change
from storage.calendar import plans
from storage.calendar.audit_facts import ended_plans_facts
from storage.calendar.change_plans import resume_ended_plans
from storage.database.tx import Tx
from storage.groups import groups
from storage.groups.groups import Group, GroupMembership, MembershipTable
from storage.people import lookup, people
from storage.people.people import Person


async def make(change: Change, code: str) -> Group:
    """Make a group.

    Raises:
        Refusal: The code is malformed, or belongs to a person or to another group.
    """
    code = lookup.parse_code(code)
    known = await groups.by_code(change.tx, code)
    if known is not None and known.ended_at is not None:
        raise Refusal("group.has_ended", code=code)
    if known is not None or await people.by_code(change.tx, code):
        raise Refusal("group.taken", code=code)
    group = await groups.add(change.tx, code=code, at=change.at)
    await change.record("group.made", group.id, after={"group": group.id})
    return group


async def undo_make(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """End a group that was just made; False when somebody has joined it since."""
    group_id = str(entry.facts_after["group"])
    if await groups.members_of(tx, group_id) or await groups.leaders_of(tx, group_id):
        return False
    return await groups.end(tx, group_id=group_id, at=at)


async def end(change: Change, group: Group) -> None:
    """End a group with its plans, memberships and leads.

    Raises:
        Refusal: It has ended already.
    """
    _require_current(group)
    members = [member.id for member in await groups.members_of(change.tx, group.id)]
    leaders = [leader.id for leader in await groups.leaders_of(change.tx, group.id)]
    running = await plans.running(change.tx, group_id=group.id)
    await groups.end(change.tx, group_id=group.id, at=change.at)
    before = {
        **(ended_plans_facts(running) or {}),
        "group": group.id,
        "memberships": join_ids(members),
        "leaders": join_ids(leaders),
    }
    await change.record("group.ended", group.id, before=before)


def _require_current(group: Group) -> None:
    if group.ended_at is not None:
        raise Refusal("group.gone")


async def undo_end(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """Resume a group with its members, leaders and plans; False when it has not ended."""
    before = entry.facts_before
    if not await groups.resume(tx, group_id=str(before["group"])):
        return False
    for table in ("memberships", "leaders"):
        for membership_id in split_ids(before[table]):
            await groups.rejoin(tx, table=table, membership_id=membership_id)
    return await resume_ended_plans(tx, entry, at)


async def join(change: Change, group: Group, person: Person, *, from_at: datetime) -> bool:
    """Let a patient join a group, or a therapist lead it.

    Args:
        change: The change.
        group: The group.
        person: A patient or a therapist.
        from_at: When a patient's membership begins; a lead begins at once.

    Returns:
        False when they belong to the group already.

    Raises:
        Refusal: The patient belongs to the group until a later day than that, or the group
            has ended.
    """
    _require_current(group)
    if person.role != PersonRole.PATIENT:
        return await _begin_lead(change, group, person)
    for member in await groups.members_of(change.tx, group.id, leaving_after=from_at):
        if member.person_id == person.id and member.to_at is not None:
            raise Refusal("group.leaves_later", code=person.code)
    membership_id = await groups.add_member(
        change.tx, group_id=group.id, patient_id=person.id, at=from_at
    )
    if membership_id is None:
        return False
    facts = {"membership": membership_id, "group": group.id}
    await change.record("membership.begun", person.id, after=facts)
    return True


async def _begin_lead(change: Change, group: Group, therapist: Person) -> bool:
    lead_id = await groups.add_leader(
        change.tx, group_id=group.id, therapist_id=therapist.id, at=change.at
    )
    if lead_id is None:
        return False
    await change.record("lead.begun", therapist.id, after={"lead": lead_id, "group": group.id})
    return True


async def undo_join(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """Let somebody leave a group they have just joined; False when they have left it already."""
    table, membership_id = _membership_key(entry.facts_after)
    person_id, group_id = str(entry.subject_id), str(entry.facts_after["group"])
    if table == "leaders":
        leaders = await groups.leaders_of(tx, group_id)
        return _is_among(leaders, membership_id) and await groups.remove_leader(
            tx, group_id=group_id, therapist_id=person_id, at=at
        )
    members = await groups.members_of(tx, group_id)
    return _is_among(members, membership_id) and await groups.remove_member(
        tx, group_id=group_id, patient_id=person_id, at=at
    )


async def leave(change: Change, group: Group, person: Person, *, to_at: datetime) -> bool:
    """Let a patient leave a group, or a therapist no longer lead it.

    Args:
        change: The change.
        group: The group.
        person: A patient or a therapist.
        to_at: When a patient's membership ends; a lead ends at once.

    Returns:
        False when they do not belong to the group.

    Raises:
        Refusal: The group has ended.
    """
    _require_current(group)
    if person.role != PersonRole.PATIENT:
        return await _end_lead(change, group, person)
    membership_id = _membership_id(person, await groups.members_of(change.tx, group.id))
    if membership_id is None:
        return False
    await groups.remove_member(change.tx, group_id=group.id, patient_id=person.id, at=to_at)
    facts = {"membership": membership_id, "group": group.id}
    await change.record("membership.ended", person.id, before=facts)
    return True


async def _end_lead(change: Change, group: Group, therapist: Person) -> bool:
    lead_id = _membership_id(therapist, await groups.leaders_of(change.tx, group.id))
    if lead_id is None:
        return False
    await groups.remove_leader(
        change.tx, group_id=group.id, therapist_id=therapist.id, at=change.at
    )
    await change.record("lead.ended", therapist.id, before={"lead": lead_id, "group": group.id})
    return True


async def undo_leave(tx: Tx, entry: AuditEntry, _at: datetime) -> bool:
    """Let somebody belong to a group as if they had not left it; False when they rejoined."""
    table, membership_id = _membership_key(entry.facts_before)
    return await groups.rejoin(tx, table=table, membership_id=membership_id)


def _membership_id(person: Person, present: Sequence[GroupMembership]) -> str | None:
    """Return the id of somebody's membership or lead; None when they have none."""
    return next((one.id for one in present if one.person_id == person.id), None)


def _is_among(present: Sequence[GroupMembership], membership_id: str) -> bool:
    return any(one.id == membership_id for one in present)


def _membership_key(facts: Facts) -> tuple[MembershipTable, str]:
    """Return the table and id of the membership or lead that a change was about."""
    if "membership" in facts:
        return "memberships", str(facts["membership"])
    return "leaders", str(facts["lead"])
