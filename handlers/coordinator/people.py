"""Invite somebody, and say who looks after whom."""

import re
from dataclasses import dataclass
from datetime import datetime

from telegram import Update

from alliance.errors import Refusal
from handlers import guard, replies
from handlers.coordinator import talk
from handlers.desk import Context, Desk
from handlers.screens import Screen
from handlers.texts import say
from storage import care, invitations, people
from storage.invitations import Invitation
from storage.people import ROLES, Person
from storage.tx import Tx

_CODE = re.compile(r"^[A-Z0-9][A-Z0-9._-]{0,15}$")


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody with a fresh invitation."""

    person: Person
    invitation: Invitation


def read_code(value: str) -> str:
    """Return a code in capitals; a Refusal when it cannot be one."""
    code = value.strip().upper()
    if not _CODE.match(code):
        raise Refusal("invite.code")
    return code


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
    code = read_code(code)
    if role not in ROLES:
        raise Refusal("invite.role")
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
