"""Invite somebody, and say who looks after whom."""

import re
from dataclasses import dataclass
from datetime import datetime

from telegram import Update

from alliance.errors import Refusal
from handlers import guard, replies
from handlers.coordinator import people_changes as changes
from handlers.coordinator import talk
from handlers.coordinator.people_changes import Act
from handlers.desk import Context, Desk, Page
from handlers.screens import Button, Screen, in_rows
from handlers.screens import people as screens
from handlers.taps import WizardTap, pack
from handlers.texts import say
from storage import audit, invitations, people, wizards
from storage.invitations import Invitation
from storage.people import ROLES, Person
from storage.tx import Tx
from storage.wizards import Wizard

_CODE = re.compile(r"^[A-Z0-9][A-Z0-9._-]{0,15}$")


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody with a fresh invitation."""

    person: Person
    invitation: Invitation


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

    Raises:
        Refusal: The code cannot be one, is somebody's of another role, is in use already, or
            there is no such therapist.
    """
    code = code.strip().upper()
    if role not in ROLES:
        raise Refusal("invite.role")
    if not _CODE.match(code):
        raise Refusal("invite.code")
    known = await people.by_code(tx, code)
    if known is not None and known.role != role:
        raise Refusal("invite.other_role", code=code)
    if known is not None and await _takes_part(tx, known):
        raise Refusal("invite.in_use", code=code)
    person = known or await people.add(
        tx, code=code, role=role, language=site.language, zone=site.zone, at=at
    )
    made, line = await _renewed(Act(tx, by, at), person, is_new=known is None)
    if therapist is not None:
        await assign(tx, patient=person, therapist_code=therapist, at=at, by=by, part_of=line)
    return made


async def _takes_part(tx: Tx, person: Person) -> bool:
    """Say whether somebody has come in, and neither ended nor lost their way to us."""
    if person.state in ("ended", "unreachable"):
        return False
    return await people.telegram_id_of(tx, person.id) is not None


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
        await people.set_state(act.tx, person_id=person.id, state="invited")
        person = await people.by_id(act.tx, person.id)
    made = await invitations.invite(act.tx, person_id=person.id, at=act.at)
    line = await audit.record(
        act.tx,
        actor_id=act.actor_id,
        action="person.invited",
        subject_id=person.id,
        before=None if is_new else before,
        after={"state": person.state, "invitation": made.id},
        at=act.at,
    )
    return Invited(person, made), line


@dataclass(frozen=True, slots=True)
class SitePlace:
    """The language and zone that somebody new is taken to have."""

    language: str
    zone: str


def place_of(desk: Desk) -> SitePlace:
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


async def on_invite(update: Update, context: Context) -> None:
    """/invite, or in one line: /invite patient P-017 T-02."""
    message, desk = guard.written(update), context.desk
    args = context.args or []

    async with desk.keeping(update) as page:
        coordinator = await guard.of_role(page.tx, guard.writer(message), "coordinator")
        if len(args) >= 2 and page.fresh:
            role, code, therapist = args[0].lower(), args[1], args[2] if len(args) > 2 else None
            screen = await _invited(context, page, coordinator, role, code, therapist)
        else:
            wizard = Wizard("invite", "role", {})
            await wizards.keep(page.tx, person_id=coordinator.id, wizard=wizard, at=desk.now())
            screen = await ask(page.tx, coordinator, wizard)

    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def ask(tx: Tx, coordinator: Person, wizard: Wizard) -> Screen:
    """Return the question of the step that an invitation has come to."""
    language = coordinator.language
    if wizard.step == "role":
        buttons = [
            Button(say(language, f"role.{role}"), pack(WizardTap("role", role))) for role in ROLES
        ]
        return Screen(say(language, "invite.who"), (*in_rows(buttons, 3), talk.cancel(language)))
    if wizard.step == "code":
        role = say(language, f"role.{wizard.filled['role']}")
        return Screen(say(language, "invite.type_code", role=role), (talk.cancel(language),))
    therapists = await people.of_role(tx, "therapist")
    buttons = [Button(one.code, pack(WizardTap("therapist", one.code))) for one in therapists]
    nobody = (Button(say(language, "invite.no_therapist_yet"), pack(WizardTap("therapist", "-"))),)
    return Screen(
        say(language, "invite.whose", code=wizard.filled["code"]),
        (*in_rows(buttons, 3), nobody, talk.cancel(language)),
    )


async def fill(
    context: Context, page: Page, coordinator: Person, wizard: Wizard, value: str
) -> Screen:
    """Take the value of one step and return the next step's question, or the link."""
    filled = {**wizard.filled, wizard.step: value.strip()}
    if wizard.step == "role" and value not in ROLES:
        raise Refusal("stale_button")
    if wizard.step == "code":
        filled["code"] = filled["code"].upper()
        if not _CODE.match(filled["code"]):
            raise Refusal("invite.code")
    following = {"role": "code", "code": "therapist"}.get(wizard.step)
    if following == "therapist" and filled["role"] != "patient":
        following = None
    if following is None:
        await wizards.end(page.tx, coordinator.id)
        therapist = filled.get("therapist", "-")
        return await _invited(
            context, page, coordinator, filled["role"], filled["code"],
            None if therapist == "-" else therapist,
        )  # fmt: skip
    wizard = Wizard("invite", following, filled)
    now = context.desk.now()
    await wizards.keep(page.tx, person_id=coordinator.id, wizard=wizard, at=now)
    return await ask(page.tx, coordinator, wizard)


async def _invited(
    context: Context,
    page: Page,
    coordinator: Person,
    role: str,
    code: str,
    therapist: str | None,
) -> Screen:
    """Make the invitation and return the link, with the plan as the next thing to do."""
    desk = context.desk
    made = await invite(
        page.tx,
        code=code,
        role=role,
        therapist=therapist,
        site=place_of(desk),
        at=desk.now(),
        by=coordinator.id,
    )
    return invited_screen(context, coordinator, made)


def invited_screen(context: Context, coordinator: Person, made: Invited) -> Screen:
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
