"""What a coordinator changes about groups: each change with its line in the log."""

from collections.abc import Sequence
from datetime import datetime

from alliance.errors import Refusal
from handlers.app.coordinator_request import Caller
from handlers.calendar.changes import note
from handlers.people.invite import read_code
from storage.calendar import plans
from storage.calendar.audit_facts import ended_facts
from storage.groups import groups
from storage.groups.groups import Belonging, Group
from storage.people import people
from storage.people.people import Person


async def make(caller: Caller, code: str) -> Group:
    """Make a group.

    Raises:
        Refusal: The code cannot be one, or is somebody's or a group's already.
    """
    code = read_code(code)
    before = await groups.by_code(caller.tx, code)
    if before is not None and before.ended_at is not None:
        raise Refusal("group.has_ended", code=code)
    if before is not None or await people.by_code(caller.tx, code):
        raise Refusal("group.taken", code=code)
    group = await groups.add(caller.tx, code=code, at=caller.now)
    await note(caller, group.id, action="group.made", before=None, after={"group": group.id})
    return group


async def end(caller: Caller, group: Group) -> None:
    """End a group with its plans, memberships and leads."""
    members = [one.id for one in await groups.members_of(caller.tx, group.id)]
    leaders = [one.id for one in await groups.leaders_of(caller.tx, group.id)]
    running = await plans.of_group(caller.tx, group.id)
    if await groups.end(caller.tx, group_id=group.id, at=caller.now):
        before = {
            **(ended_facts(running) or {}),
            "group": group.id,
            "memberships": ",".join(members),
            "leaders": ",".join(leaders),
        }
        await note(caller, group.id, action="group.ended", before=before, after=None)


async def join(caller: Caller, group: Group, person: Person, from_at: datetime) -> bool:
    """Let a patient belong to a group, or a therapist lead it; False when they do already.

    A membership may begin later; a lead begins at once.

    Raises:
        Refusal: They belong to it until a later day than that.
    """
    if person.role == "patient":
        for one in await groups.members_of(caller.tx, group.id, leaving_after=from_at):
            if one.person_id == person.id and one.to_at is not None:
                raise Refusal("group.leaves_later", code=person.code)
        made = await groups.add_member(
            caller.tx, group_id=group.id, patient_id=person.id, at=from_at
        )
        facts = {"membership": made, "group": group.id}
        if made is not None:
            await note(caller, person.id, action="membership.begun", before=None, after=facts)
        return made is not None
    made = await groups.add_leader(
        caller.tx, group_id=group.id, therapist_id=person.id, at=caller.now
    )
    facts = {"lead": made, "group": group.id}
    if made is not None:
        await note(caller, person.id, action="lead.begun", before=None, after=facts)
    return made is not None


async def leave(caller: Caller, group: Group, person: Person, to_at: datetime) -> bool:
    """Let a patient belong to a group no longer, or a therapist lead it no longer.

    A membership may end later; a lead ends at once. False when they did not belong to it.
    """
    tx, now = caller.tx, caller.now
    if person.role == "patient":
        found = _of(person, await groups.members_of(tx, group.id))
        await groups.remove_member(tx, group_id=group.id, patient_id=person.id, at=to_at)
        facts = {"membership": found, "group": group.id}
        if found is not None:
            await note(caller, person.id, action="membership.ended", before=facts, after=None)
        return found is not None
    found = _of(person, await groups.leaders_of(tx, group.id))
    await groups.remove_leader(tx, group_id=group.id, therapist_id=person.id, at=now)
    facts = {"lead": found, "group": group.id}
    if found is not None:
        await note(caller, person.id, action="lead.ended", before=facts, after=None)
    return found is not None


def _of(person: Person, present: Sequence[Belonging]) -> str | None:
    """Return the id of somebody's membership or lead; None when they have none."""
    return next((one.id for one in present if one.person_id == person.id), None)
