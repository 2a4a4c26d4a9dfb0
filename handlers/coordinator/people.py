"""Invite somebody, and say who looks after whom."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from telegram import Update

from alliance.errors import Refusal
from handlers import guard, replies
from handlers.coordinator import talk
from handlers.desk import Context, Desk, Page
from handlers.screens import Button, Screen, in_rows
from handlers.taps import WizardTap, pack
from handlers.texts import day_and_time, say
from storage import care, invitations, people, wizards
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
    tx: Tx, *, code: str, role: str, therapist: str | None, site: "SitePlace", at: datetime
) -> Invited:
    """Make or renew an invitation; a patient may be given to a therapist at once.

    Raises:
        Refusal: The code cannot be one, is somebody's of another role, is in use already, or
            there is no such therapist.
    """
    code = code.strip().upper()
    if role not in ROLES:
        raise Refusal("invite.role")
    if not _CODE.match(code):
        raise Refusal("invite.code")
    person = await people.by_code(tx, code)
    if person is not None and person.role != role:
        raise Refusal("invite.other_role", code=code)
    if person is not None and await people.telegram_id_of(tx, person.id) is not None:
        raise Refusal("invite.in_use", code=code)
    if person is None:
        person = await people.add(
            tx, code=code, role=role, language=site.language, zone=site.zone, at=at
        )
    if therapist is not None:
        await assign(tx, patient=person, therapist_code=therapist, at=at)
    return Invited(person, await invitations.invite(tx, person_id=person.id, at=at))


@dataclass(frozen=True, slots=True)
class SitePlace:
    """The language and zone that somebody new is taken to have."""

    language: str
    zone: str


def place_of(desk: Desk) -> SitePlace:
    """Return the site's language and zone."""
    return SitePlace(desk.site.language, desk.site.zone.key)


async def assign(tx: Tx, *, patient: Person, therapist_code: str, at: datetime) -> Person:
    """Give a patient to a therapist; return the therapist.

    Raises:
        Refusal: This is no patient, or there is no such therapist.
    """
    therapist = await people.by_code(tx, therapist_code)
    if therapist is None or therapist.role != "therapist":
        raise Refusal("assign.no_therapist", code=therapist_code.strip().upper())
    if patient.role != "patient":
        raise Refusal("assign.no_patient", code=patient.code)
    await care.assign(tx, patient_id=patient.id, therapist_id=therapist.id, at=at)
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
    desk, language = context.desk, coordinator.language
    made = await invite(
        page.tx, code=code, role=role, therapist=therapist, site=place_of(desk), at=desk.now()
    )
    until = made.invitation.expires_at.astimezone(ZoneInfo(coordinator.zone))
    text = say(
        language,
        "invite.link",
        code=made.person.code,
        link=link(context.bot.username, made.invitation.token),
        until=day_and_time(until, language),
    )
    if role != "patient":
        return Screen(text, protected=True)
    plan = Button(say(language, "plan.begin"), pack(WizardTap("plan", made.person.code)))
    return Screen(text, ((plan,),))


async def on_assign(update: Update, context: Context) -> None:
    """/assign P-017 T-02: from now on that therapist looks after the patient."""
    message, desk = guard.written(update), context.desk
    args = context.args or []

    async with desk.keeping(update) as page:
        coordinator = await guard.of_role(page.tx, guard.writer(message), "coordinator")
        if len(args) != 2:
            raise Refusal("assign.how")
        patient = await patient_named(page.tx, args[0])
        therapist = await assign(page.tx, patient=patient, therapist_code=args[1], at=desk.now())

    words = say(coordinator.language, "assign.done", patient=patient.code, therapist=therapist.code)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, Screen(words)))


async def on_people(update: Update, context: Context) -> None:
    """/people: everybody by code, with role and state."""
    message = guard.written(update)
    async with context.desk.keeping(update) as page:
        coordinator = await guard.of_role(page.tx, guard.writer(message), "coordinator")
        everybody = await people.overview(page.tx)
    language = coordinator.language
    lines = [
        f"{one['code']} · {say(language, 'role.' + one['role'])}"
        f" · {say(language, 'state.' + one['state'])}"
        for one in everybody
    ]
    await talk.send_all(context.bot, message.chat_id, lines)
