"""Applying a file's changes of people and groups."""

from dataclasses import replace

from alliance.files.changes import CareChanged, GroupJoined, GroupLeft, PersonAdded
from handlers.files.lookup import group_named, person_named, require_done
from storage.audit.change import Change
from storage.groups import change_groups
from storage.people import change_care
from storage.people.invite import InvitedPerson, SiteLocale, invite


async def invite_person(
    change: Change, file_change: PersonAdded, locale: SiteLocale
) -> InvitedPerson:
    """Invite somebody new, in the file's time zone for them if it has one."""
    return await invite(
        change,
        code=file_change.code,
        role=file_change.role,
        locale=replace(locale, zone=file_change.zone or locale.zone),
    )


async def set_care(change: Change, file_change: CareChanged) -> None:
    """Give a patient exactly the therapists of the file.

    Therapists who stay keep their place, and with it the patient's baseline. If none stays,
    the first one in the file leads from now on.
    """
    patient = await person_named(change.tx, file_change.code)
    coming = [code for code in file_change.after if code not in file_change.before]
    leaving = [code for code in file_change.before if code not in file_change.after]
    if len(leaving) == len(file_change.before):
        await change_care.assign(change, patient, await person_named(change.tx, coming.pop(0)))
        leaving = []
    for code in coming:
        await change_care.add_therapist(change, patient, await person_named(change.tx, code))
    for code in leaving:
        await change_care.remove_therapist(change, patient, await person_named(change.tx, code))


async def join(change: Change, file_change: GroupJoined) -> None:
    """Let a patient join a group, perhaps from and until a later day, or a therapist lead it."""
    group = await group_named(change.tx, file_change.group)
    person = await person_named(change.tx, file_change.code)
    begin, end = file_change.stay.from_at or change.at, file_change.stay.to_at
    require_done(await change_groups.join(change, group, person, from_at=begin))
    if end is not None and not file_change.leads:
        require_done(await change_groups.leave(change, group, person, to_at=end))


async def leave(change: Change, file_change: GroupLeft) -> None:
    """Let a patient leave a group, now or on a later day, or a therapist no longer lead it."""
    group = await group_named(change.tx, file_change.group)
    person = await person_named(change.tx, file_change.code)
    end = file_change.stay.to_at or change.at
    require_done(await change_groups.leave(change, group, person, to_at=end))
