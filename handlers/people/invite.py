"""Invite somebody, and say who looks after whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from alliance.errors import Refusal
from alliance.people.codes import is_code
from handlers.app.screen import Screen
from handlers.people import changes, screens
from handlers.people.changes import Act
from storage.audit import audit_log
from storage.database.tx import Tx
from storage.groups import groups
from storage.people import accounts, invitations, people
from storage.people.invitations import Invitation
from storage.people.people import ROLES, Person

if TYPE_CHECKING:  # `attune invite` needs no Telegram
    from handlers.app.services import Context, Desk


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody with a fresh invitation."""

    person: Person
    invitation: Invitation


def read_code(value: str) -> str:
    """Return a code in capitals; a Refusal when it cannot be one."""
    code = value.strip().upper()
    if not is_code(code):
        raise Refusal("invite.code")
    return code


def link(bot_username: str, token: str) -> str:
    """Return the one-time link that enrols."""
    return f"https://t.me/{bot_username}?start={token}"


async def invite(
    tx: Tx,
    *,
    code: str,
    role: str,
    therapist: str | None,
    site: "SitePlace",
    at: datetime,
    by: str | None = None,
    part_of: int | None = None,
) -> Invited:
    """Make or renew an invitation; a patient may be given to a therapist at once.

    Args:
        tx: An open transaction.
        code: What the clinic calls them.
        role: patient, therapist or coordinator.
        therapist: Code of who looks after a patient; None for nobody yet.
        site: What somebody new is taken to have.
        at: Now.
        by: The coordinator's id; None for the command line.
        part_of: Number of the line in the log that this belongs to, if it is part of more.

    Raises:
        Refusal: The code cannot be one, is somebody's of another role, is in use already, or
            there is no such therapist.
    """
    code = read_code(code)
    known = await _invitable(tx, code, role)
    person = known or await people.add(
        tx, code=code, role=role, language=site.language, zone=site.zone, at=at
    )
    made, line = await _renewed(Act(tx, by, at, part_of), person, is_new=known is None)
    if therapist is not None:
        whole = part_of or line
        await assign(tx, patient=made.person, therapist_code=therapist, at=at, by=by, part_of=whole)
    return made


async def _invitable(tx: Tx, code: str, role: str) -> Person | None:
    """Return who has that code, if they may be invited; None when nobody has it yet."""
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
    """Say whether somebody has come in, and neither ended nor lost their way to us."""
    if person.state in ("ended", "unreachable"):
        return False
    return await accounts.of_person(tx, person.id) is not None


async def renew(act: Act, person: Person) -> Invited:
    """Make a new link for somebody; an earlier one works no longer.

    With it they may come from another phone. Somebody whose part had ended is invited anew.
    """
    made, _line = await _renewed(act, person, is_new=False)
    return made


async def _renewed(act: Act, person: Person, *, is_new: bool) -> tuple[Invited, int]:
    earlier = await invitations.unused(act.tx, person.id)
    before = {"state": person.state, "invitation": None if earlier is None else earlier.id}
    if person.state == "ended":
        before["ended_at"] = await people.invite_anew(act.tx, person_id=person.id)
        person = await people.by_id(act.tx, person.id)
    made = await invitations.invite(act.tx, person_id=person.id, at=act.at)
    line = await audit_log.record(
        act.tx,
        actor_id=act.actor_id,
        action="person.invited",
        subject_id=person.id,
        before=None if is_new else before,
        after={"state": person.state, "invitation": made.id},
        part_of=act.part_of,
        at=act.at,
    )
    return Invited(person, made), line


@dataclass(frozen=True, slots=True)
class SitePlace:
    """The language and zone that somebody new is taken to have."""

    language: str
    zone: str


def place_of(desk: "Desk") -> SitePlace:
    """Return the site's language and zone."""
    return SitePlace(desk.site.language, desk.site.zone.key)


async def assign(
    tx: Tx,
    *,
    patient: Person,
    therapist_code: str,
    at: datetime,
    by: str | None = None,
    part_of: int | None = None,
) -> Person:
    """Give a patient to a therapist; return the therapist.

    Raises:
        Refusal: This is no patient, or there is no such therapist.
    """
    therapist = await therapist_named(tx, therapist_code)
    if patient.role != "patient":
        raise Refusal("assign.no_patient", code=patient.code)
    await changes.assign(Act(tx, by, at), patient, therapist, part_of)
    return therapist


async def therapist_named(tx: Tx, code: str) -> Person:
    """Return the therapist of that code; a Refusal when there is none."""
    therapist = await people.by_code(tx, code)
    if therapist is None or therapist.role != "therapist" or therapist.state == "ended":
        raise Refusal("assign.no_therapist", code=code.strip().upper())
    return therapist


async def patient_named(tx: Tx, code: str) -> Person:
    """Return the patient of that code; a Refusal when there is none."""
    patient = await people.by_code(tx, code)
    if patient is None or patient.role != "patient":
        raise Refusal("assign.no_patient", code=code.strip().upper())
    return patient


async def patient_with_id(tx: Tx, person_id: str) -> Person:
    """Return the patient of that id; a Refusal when the button was made up."""
    patient = await people.by_id_or_none(tx, person_id)
    if patient is None or patient.role != "patient":
        raise Refusal("stale_button")
    return patient


def invited_screen(context: "Context", coordinator: Person, made: Invited) -> Screen:
    """Return a fresh link as a coordinator gets it."""
    token = made.invitation.token
    return screens.invited(
        coordinator.language,
        coordinator.zone,
        made.person,
        token=token,
        link=link(context.bot.username, token),
        expires_at=made.invitation.expires_at,
    )
