"""Applying a file to people and groups, each change with its line in the log."""

from collections.abc import Sequence
from datetime import datetime

from alliance.errors import Refusal
from alliance.files.changes import CareSet, GroupAdded, Joined, Left, PersonAdded
from handlers.people import changes
from handlers.people.changes import Act
from handlers.people.invite import Invited, SitePlace, invite
from storage.audit import audit_log
from storage.audit.audit_log import Facts
from storage.groups import groups
from storage.groups.groups import Belonging, Group
from storage.people import people
from storage.people.people import Person


async def come(act: Act, change: PersonAdded, place: SitePlace) -> Invited:
    """Invite somebody who is new."""
    return await invite(
        act.tx,
        code=change.code,
        role=change.role,
        therapist=None,
        site=SitePlace(place.language, change.zone or place.zone),
        at=act.at,
        by=act.actor_id,
        part_of=act.part_of,
    )


async def set_care(act: Act, change: CareSet) -> None:
    """Let exactly those therapists look after a patient.

    Who stays keeps their place and the patient's baseline with it; where nobody stays, the
    first of the row leads from now on.
    """
    patient = await _person(act, change.code)
    coming = [code for code in change.after if code not in change.before]
    leaving = [code for code in change.before if code not in change.after]
    if len(leaving) == len(change.before):
        await changes.assign(act, patient, await _person(act, coming.pop(0)))
        leaving = []
    for code in coming:
        await changes.add_carer(act, patient, await _person(act, code))
    for code in leaving:
        await changes.remove_carer(act, patient, await _person(act, code))


async def make_group(act: Act, change: GroupAdded) -> None:
    """Make a group."""
    group = await groups.add(act.tx, code=change.code, at=act.at)
    await note(act, group.id, action="group.made", after={"group": group.id})


async def join(act: Act, change: Joined) -> None:
    """Let somebody belong to a group, perhaps from a day and to a day to come, or lead it."""
    group, person = await _group(act, change.group), await _person(act, change.code)
    if change.leads:
        made = await groups.add_leader(act.tx, group_id=group.id, therapist_id=person.id, at=act.at)
        facts = {"lead": done(made), "group": group.id}
        await note(act, person.id, action="lead.begun", after=facts)
        return
    begin = change.stay.from_at or act.at
    made = await groups.add_member(act.tx, group_id=group.id, patient_id=person.id, at=begin)
    facts = {"membership": done(made), "group": group.id}
    await note(act, person.id, action="membership.begun", after=facts)
    if change.stay.to_at is not None:
        await _leaves(act, group, person, change.stay.to_at)


async def leave(act: Act, change: Left) -> None:
    """Let somebody belong to a group no longer, at once or from a day to come, or not lead it."""
    group, person = await _group(act, change.group), await _person(act, change.code)
    if not change.leads:
        await _leaves(act, group, person, change.stay.to_at or act.at)
        return
    facts = {"lead": _of(person, await groups.leaders_of(act.tx, group.id)), "group": group.id}
    await groups.remove_leader(act.tx, group_id=group.id, therapist_id=person.id, at=act.at)
    await note(act, person.id, action="lead.ended", before=facts)


async def _leaves(act: Act, group: Group, person: Person, to_at: datetime) -> None:
    was = _of(person, await groups.members_of(act.tx, group.id))
    facts = {"membership": was, "group": group.id}
    await groups.remove_member(act.tx, group_id=group.id, patient_id=person.id, at=to_at)
    await note(act, person.id, action="membership.ended", before=facts)


def _of(person: Person, belongings: Sequence[Belonging]) -> str:
    """Return the id under which somebody belongs to a group."""
    return done(next((one.id for one in belongings if one.person_id == person.id), None))


async def note(
    act: Act,
    subject_id: str,
    *,
    action: str,
    before: Facts | None = None,
    after: Facts | None = None,
) -> None:
    """Put a change into the log, as part of the file's line."""
    await audit_log.record(
        act.tx,
        actor_id=act.actor_id,
        action=action,
        subject_id=subject_id,
        before=before,
        after=after,
        part_of=act.part_of,
        at=act.at,
    )


def done(made: str | None) -> str:
    """Return what a change made; without it nothing of the file is kept.

    Raises:
        Refusal: The change could not be made: something has begun or changed meanwhile.
    """
    if made is None:
        raise Refusal("file.moved_on")
    return made


async def _person(act: Act, code: str) -> Person:
    person = await people.by_code(act.tx, code)
    if person is None:
        raise LookupError("somebody whom a file names is gone")
    return person


async def _group(act: Act, code: str) -> Group:
    group = await groups.by_code(act.tx, code)
    if group is None:
        raise LookupError("a group that a file names is gone")
    return group
