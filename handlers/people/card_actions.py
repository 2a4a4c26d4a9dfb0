"""What a coordinator can do with a person, by a button on their card or by a command.

Each action gets the person and the value of the button: a therapist's code, a date, or ``yes``
for what needs confirmation; ``NOTHING`` asks for one.
"""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from functools import partial

from alliance.calendar.timing import zone_named
from alliance.errors import Refusal
from alliance.people.roles_and_states import PersonRole, PersonState
from handlers.app import access
from handlers.app.reader import Reader
from handlers.app.request import Request
from handlers.app.screen import Screen, code_of
from handlers.conversations import parse_input
from handlers.people import answer_channel_screens, screens, unreachable
from handlers.people.card import card_of, card_with_undo
from handlers.people.screens import NOTHING, PAUSE_DAYS
from handlers.taps import PersonTap, unpack
from handlers.texts import long_day
from storage.checkins import answer_channel
from storage.people import (
    accounts,
    care,
    change_care,
    change_status,
    end_of_treatment,
    invite,
    lookup,
    people,
)
from storage.people.people import Person

CardAction = Callable[[Request, Person, str], Awaitable[Screen]]


async def on_person(request: Request) -> None:
    """A tap on somebody's card. A repeated update changes nothing and shows the card."""
    tap = unpack(PersonTap, request.data)

    async with request.transaction() as tx:
        await access.require_role(request)
        person = await people.by_id_or_none(tx, tap.person_id)
        if person is None or tap.verb not in ACTIONS:
            raise Refusal("stale_button")
        action = ACTIONS[tap.verb] if request.is_new else _show_card
        screen = await action(request, person, tap.value)

    request.services.wake_sender()
    if tap.verb not in READ_ONLY_ACTIONS:
        request.services.wake_scheduler()
    await request.reply.show(screen)


async def _show_card(request: Request, person: Person, _value: str) -> Screen:
    return await card_of(request, person)


def _require_patient(person: Person) -> Person:
    """Return a person who is a patient in treatment.

    Raises:
        Refusal: They are not.
    """
    if person.role != PersonRole.PATIENT:
        raise Refusal("assign.no_patient", code=person.code)
    if person.state == PersonState.ENDED:
        raise Refusal("end.already", code=person.code)
    return person


def _say(request: Request, key: str, person: Person, **values: str) -> str:
    """Return words about a person."""
    return request.say(key, code=code_of(person, request.language), **values)


async def _renew(request: Request, person: Person, value: str) -> Screen:
    """Create a new link; confirm it first if somebody has joined, whose phone it then replaces."""
    has_joined = await accounts.of_person(request.tx, person.id) is not None
    if (
        has_joined
        and person.state not in (PersonState.ENDED, PersonState.UNREACHABLE)
        and value != "yes"
    ):
        return screens.confirmation(request.language, person, "renew")
    invited = await invite.renew(request.change(), person)
    link = request.services.invitation_link(invited.invitation.token)
    return screens.invitation(Reader.of(request.person), invited, link)


async def _withdraw(request: Request, person: Person, _value: str) -> Screen:
    change = request.change()
    await invite.withdraw(change, person)
    return await card_with_undo(request, change, person, _say(request, "withdraw.done", person))


async def _assign(request: Request, person: Person, value: str) -> Screen:
    """Assign a patient to one therapist, who replaces all others."""
    patient, change = _require_patient(person), request.change()
    if value == NOTHING:
        return await _ask_therapist(request, patient, "assign")
    therapist = await lookup.therapist_by_code(request.tx, value)
    await change_care.assign(change, patient, therapist)
    above = request.say(
        "assign.done", patient=code_of(patient, request.language), therapist=therapist.code
    )
    return await card_with_undo(request, change, patient, above)


async def _add_therapist(request: Request, person: Person, value: str) -> Screen:
    """Add a therapist; the baseline continues."""
    patient, change = _require_patient(person), request.change()
    if value == NOTHING:
        return await _ask_therapist(request, patient, "co")
    therapist = await lookup.therapist_by_code(request.tx, value)
    await change_care.add_therapist(change, patient, therapist)
    above = _say(request, "co.done", patient, therapist=therapist.code)
    return await card_with_undo(request, change, patient, above)


async def _remove_therapist(request: Request, person: Person, value: str) -> Screen:
    """Remove one of several therapists."""
    patient, change = _require_patient(person), request.change()
    if value == NOTHING:
        return await _ask_therapist(request, patient, "less")
    therapist = await people.by_code(request.tx, value)
    if therapist is None or not await change_care.remove_therapist(change, patient, therapist):
        raise Refusal("assign.no_therapist", code=value)
    above = _say(request, "less.done", patient, therapist=therapist.code)
    return await card_with_undo(request, change, patient, above)


async def _ask_therapist(request: Request, patient: Person, verb: str) -> Screen:
    """Ask for a therapist; a dot marks the patient's current ones."""
    tx = request.tx
    current = [treating.therapist_code for treating in await care.therapists_of(tx, patient.id)]
    if verb == "less":
        choice = [(code, "") for code in current]
    else:
        codes = [therapist.code for therapist in await people.of_role(tx, PersonRole.THERAPIST)]
        choice = [
            (code, "• " if code in current else "")
            for code in codes
            if verb == "assign" or code not in current
        ]
    return screens.therapist_choice(request.language, patient, verb, choice)


async def _pause(request: Request, person: Person, value: str) -> Screen:
    """Pause a patient until a day, or until they are resumed."""
    patient, change = _require_patient(person), request.change()
    today = request.now.astimezone(zone_named(patient.zone)).date()
    if value == NOTHING:
        days = [today + timedelta(days=length) for length in PAUSE_DAYS]
        return screens.pause_end_choice(request.language, patient, days)
    until = None if value == "open" else _parse_day(value, today)
    await change_status.pause(change, patient, until)
    if until is None:
        above = _say(request, "pause.done", patient)
    else:
        day = long_day(until, request.language)
        above = _say(request, "pause.done_until", patient, day=day)
    return await card_with_undo(request, change, patient, above)


def _parse_day(text: str, today: date) -> date:
    try:
        return parse_input.parse_date(text, today=today)
    except Refusal:
        raise Refusal("pause.bad_day") from None


async def _resume(request: Request, person: Person, _value: str) -> Screen:
    patient, change = _require_patient(person), request.change()
    await change_status.resume(change, patient)
    return await card_with_undo(request, change, patient, _say(request, "resume.done", patient))


async def _end(request: Request, person: Person, value: str) -> Screen:
    """End a treatment, or somebody's work here, after confirmation."""
    if person.state == PersonState.ENDED:
        raise Refusal("end.already", code=person.code)
    if value != "yes":
        return screens.confirmation(request.language, person, "end")
    change = request.change()
    await end_of_treatment.end(change, person)
    above = _say(request, f"end.done.{person.role}", person)
    return await card_with_undo(request, change, person, above)


async def _mark_test(request: Request, person: Person, _value: str, *, is_test: bool) -> Screen:
    """Mark a patient as a test patient, or remove the mark."""
    patient, change = _require_patient(person), request.change()
    await change_status.mark_test(change, patient, is_test=is_test)
    above = request.say("test.done" if is_test else "untest.done", code=patient.code)
    return await card_with_undo(request, change, patient, above)


async def _set_answer_channel(request: Request, person: Person, value: str) -> Screen:
    """Set where a patient answers: in the chat, on the answer page, or the site default."""
    patient, change = _require_patient(person), request.change()
    if request.services.site.page_url is None:
        raise Refusal("answers.no_page")
    if value == NOTHING:
        return answer_channel_screens.coordinator_choice(request.language, patient)
    if value not in answer_channel_screens.COORDINATOR_CHOICES:
        raise Refusal("answers.how")
    channel = None if value == answer_channel_screens.SITE_DEFAULT else value
    await answer_channel.set_answer_channel(change, patient, channel)
    above = _say(request, f"answers.done.{value}", patient)
    return await card_with_undo(request, change, patient, above)


READ_ONLY_ACTIONS = frozenset({"card", "reach", "spoken"})
"""Actions after which nothing new can be due."""

ACTIONS: dict[str, CardAction] = {
    "card": _show_card,
    "renew": _renew,
    "withdraw": _withdraw,
    "assign": _assign,
    "co": _add_therapist,
    "less": _remove_therapist,
    "pause": _pause,
    "resume": _resume,
    "end": _end,
    "test": partial(_mark_test, is_test=True),
    "untest": partial(_mark_test, is_test=False),
    "answers": _set_answer_channel,
    "reach": unreachable.show_advice,
    "spoken": unreachable.record_contact,
}
"""What each button on a card does; the commands do the same."""
