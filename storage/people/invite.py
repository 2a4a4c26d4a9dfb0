"""Invite people, renew or withdraw their links, and undo it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alliance.errors import Refusal
from alliance.people.roles_and_states import PersonState
from storage.audit.audit_log import AuditEntry, Facts
from storage.audit.change import Change
from storage.database.tx import Tx
from storage.groups import groups
from storage.people import accounts, change_care, invitations, lookup, people
from storage.people.invitations import Invitation
from storage.people.people import ROLES, Person


@dataclass(frozen=True, slots=True)
class InvitedPerson:
    """A person with a new invitation."""

    person: Person
    invitation: Invitation


@dataclass(frozen=True, slots=True)
class SiteLocale:
    """The language and time zone of somebody new, until they choose their own."""

    language: str
    zone: str


async def invite(
    change: Change, *, code: str, role: str, locale: SiteLocale, therapist: str | None = None
) -> InvitedPerson:
    """Invite somebody, or renew their invitation; a patient may be assigned at once.

    Args:
        change: The change.
        code: What the clinic calls them.
        role: patient, therapist or coordinator.
        locale: The language and zone of somebody new.
        therapist: Code of a patient's therapist; None assigns nobody yet.

    Raises:
        Refusal: The code is malformed, belongs to somebody with another role or to a group, or
            is that of somebody who takes part; or there is no such therapist.
    """
    code = lookup.parse_code(code)
    known = await _invitable_person(change.tx, code, role)
    person = known or await people.add(
        change.tx,
        code=code,
        role=role,
        language=locale.language,
        zone=locale.zone,
        at=change.at,
    )
    invited, number = await _create_invitation(change, person, is_new=known is None)
    if therapist is not None:
        await change_care.assign(
            replace(change, part_of=change.part_of or number),
            invited.person,
            await lookup.therapist_by_code(change.tx, therapist),
        )
    return invited


async def _invitable_person(tx: Tx, code: str, role: str) -> Person | None:
    """Return the person with that code, if they may be invited; None when the code is free."""
    if role not in ROLES:
        raise Refusal("invite.role")
    known = await people.by_code(tx, code)
    if known is not None and known.role != role:
        raise Refusal("invite.other_role", code=code)
    if known is not None and await _takes_part(tx, known):
        raise Refusal("invite.in_use", code=code)
    if known is None and await groups.by_code(tx, code) is not None:
        raise Refusal("invite.is_group", code=code)
    return known


async def _takes_part(tx: Tx, person: Person) -> bool:
    """Say whether somebody has joined, and has neither ended nor become unreachable."""
    if person.state in (PersonState.ENDED, PersonState.UNREACHABLE):
        return False
    return await accounts.of_person(tx, person.id) is not None


async def renew(change: Change, person: Person) -> InvitedPerson:
    """Create a new link for somebody; the earlier one stops working.

    They may use it to join from another phone. Somebody whose participation has ended is
    invited again.
    """
    invited, _number = await _create_invitation(change, person, is_new=False)
    return invited


async def renew_all(change: Change, waiting: Sequence[Person]) -> list[InvitedPerson]:
    """Create new links for several people, as one change."""
    if not waiting:
        return []
    number = await change.record("links.renewed", None, after={"count": len(waiting)})
    part = replace(change, part_of=number)
    return [await renew(part, person) for person in waiting]


async def _create_invitation(
    change: Change, person: Person, *, is_new: bool
) -> tuple[InvitedPerson, int]:
    """Create an invitation; return it with the number of its audit line."""
    earlier = await invitations.latest_unused(change.tx, person.id)
    before = {"state": person.state, "invitation": None if earlier is None else earlier.id}
    if person.state == PersonState.ENDED:
        before["ended_at"] = await people.reinvite(change.tx, person_id=person.id)
        person = await people.by_id(change.tx, person.id)
    invitation = await invitations.create(change.tx, person_id=person.id, at=change.at)
    number = await change.record(
        "person.invited",
        person.id,
        before=None if is_new else before,
        after={"state": person.state, "invitation": invitation.id},
    )
    return InvitedPerson(person, invitation), number


async def undo_invite(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """Withdraw a new link; False when it was used or replaced since.

    The link that it replaced works again. A person who was new with it and about whom nothing
    else is stored is deleted, so that a mistyped code leaves no trace.
    """
    person_id, before = str(entry.subject_id), entry.facts_before
    invitation_id = str(entry.facts_after["invitation"])
    if not await invitations.withdraw_by_id(tx, invitation_id=invitation_id, at=at):
        return False
    if before.get("invitation") is not None:
        await invitations.reinstate(tx, invitation_id=str(before["invitation"]), at=at)
    if "ended_at" in before:
        await _restore_end(tx, person_id, before)
    if entry.before is None and not await _has_other_records(tx, person_id):
        for table, column in (("invitations", "person_id"), ("care", "patient_id")):
            await tx.run(f"DELETE FROM {table} WHERE {column} = ?", person_id)
        await tx.run("DELETE FROM people WHERE id = ?", person_id)
    return True


async def _restore_end(tx: Tx, person_id: str, before: Facts) -> None:
    """Restore the ended state of somebody who was invited again."""
    await tx.run(
        "UPDATE people SET state = 'ended', ended_at = ? WHERE id = ? AND state = 'invited'",
        before["ended_at"],
        person_id,
    )


async def _has_other_records(tx: Tx, person_id: str) -> bool:
    """Say whether anything but invitations and undone care refers to a person."""
    for query in (
        "SELECT 1 AS yes FROM accounts WHERE person_id = ?",
        "SELECT 1 AS yes FROM plans WHERE patient_id = ?",
        "SELECT 1 AS yes FROM memberships WHERE patient_id = ?",
        "SELECT 1 AS yes FROM leaders WHERE therapist_id = ?",
        "SELECT 1 AS yes FROM absences WHERE person_id = ?",
        "SELECT 1 AS yes FROM care WHERE therapist_id = ?",
        "SELECT 1 AS yes FROM outbox WHERE person_id = ?",
        "SELECT 1 AS yes FROM care WHERE patient_id = ? AND (to_at IS NULL OR to_at <> from_at)",
    ):
        if await tx.one(query, person_id) is not None:
            return True
    return False


async def withdraw(change: Change, person: Person) -> None:
    """Withdraw somebody's unused link.

    Raises:
        Refusal: There is none.
    """
    link = await invitations.withdraw(change.tx, person_id=person.id, at=change.at)
    if link is None:
        raise Refusal("withdraw.none", code=person.code)
    await change.record("invitation.withdrawn", person.id, before={"invitation": link.id})


async def undo_withdraw(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """Reinstate a withdrawn link; False when it has expired or a newer one exists."""
    return await invitations.reinstate(
        tx, invitation_id=str(entry.facts_before["invitation"]), at=at
    )
