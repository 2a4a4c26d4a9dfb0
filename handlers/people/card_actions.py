"""What can be done with a person, by a tap on their card or in one line."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.screen import Screen, code_of
from handlers.app.services import Context
from handlers.people import answer_channel_screens as placing_screens
from handlers.people import changes, screens, unreachable
from handlers.people import invite as coordinating
from handlers.people.card import Wish, card_of
from handlers.people.screens import NOTHING, PAUSES
from handlers.taps import PersonTap, unpack
from handlers.texts import long_day, say
from storage.checkins import answer_channel
from storage.people import accounts, care, people
from storage.people.people import Person

Deed = Callable[[Wish], Awaitable[Screen]]


async def on_person(update: Update, context: Context) -> None:
    """A tap on somebody's card. A repeated update changes nothing and shows the card."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(PersonTap, query.data)

    async with desk.keeping(update) as page:
        coordinator = await access.admitted(context, page.tx, query.from_user)
        person = await people.by_id_or_none(page.tx, tap.person_id)
        if person is None or tap.verb not in DEEDS:
            raise Refusal("stale_button")
        deed = DEEDS[tap.verb] if page.fresh else _card
        wish = Wish(context, page, coordinator, person, tap.value, desk.now())
        screen = await deed(wish)

    desk.ring()
    if tap.verb not in LOOKS:
        desk.knock()
    await replies.show(query, screen)


async def _card(wish: Wish) -> Screen:
    return await card_of(
        wish.page.tx, wish.coordinator, wish.person, site=wish.context.desk.site, now=wish.now
    )


def _patient(wish: Wish) -> Person:
    """Return whom it is about, if that is a patient who has not ended."""
    if wish.person.role != "patient":
        raise Refusal("assign.no_patient", code=wish.person.code)
    if wish.person.state == "ended":
        raise Refusal("end.already", code=wish.person.code)
    return wish.person


async def _renew(wish: Wish) -> Screen:
    """A new link; somebody who has come already may be meant to move to another phone."""
    came = await accounts.of_person(wish.page.tx, wish.person.id) is not None
    if came and wish.person.state not in ("ended", "unreachable") and wish.value != "yes":
        return screens.sure(wish.language, wish.person, "renew")
    made = await coordinating.renew(wish.act, wish.person)
    return coordinating.invited_screen(wish.context, wish.coordinator, made)


async def _withdraw(wish: Wish) -> Screen:
    if not await changes.withdraw(wish.act, wish.person):
        raise Refusal("withdraw.none", code=wish.person.code)
    return await wish.done(wish.say("withdraw.done"))


async def _assign(wish: Wish) -> Screen:
    """Who looks after a patient from now on, alone."""
    patient, tx = _patient(wish), wish.page.tx
    if wish.value == NOTHING:
        return await _whom(wish, "assign")
    therapist = await coordinating.therapist_named(tx, wish.value)
    await changes.assign(wish.act, patient, therapist)
    return await wish.done(
        say(
            wish.language,
            "assign.done",
            patient=code_of(patient, wish.language),
            therapist=therapist.code,
        )
    )


async def _co(wish: Wish) -> Screen:
    """One more therapist; the baseline goes on."""
    patient, tx = _patient(wish), wish.page.tx
    if wish.value == NOTHING:
        return await _whom(wish, "co")
    therapist = await coordinating.therapist_named(tx, wish.value)
    await changes.add_carer(wish.act, patient, therapist)
    return await wish.done(wish.say("co.done", therapist=therapist.code))


async def _less(wish: Wish) -> Screen:
    """One therapist fewer."""
    patient, tx = _patient(wish), wish.page.tx
    if wish.value == NOTHING:
        return await _whom(wish, "less")
    therapist = await people.by_code(tx, wish.value)
    if therapist is None or not await changes.remove_carer(wish.act, patient, therapist):
        raise Refusal("assign.no_therapist", code=wish.value)
    return await wish.done(wish.say("less.done", therapist=therapist.code))


async def _whom(wish: Wish, verb: str) -> Screen:
    """Ask for a therapist; a dot marks those who look after the patient now."""
    tx = wish.page.tx
    now = [one.therapist_code for one in await care.therapists_of(tx, wish.person.id)]
    if verb == "less":
        choice = [(code, "") for code in now]
    else:
        everybody = [one.code for one in await people.of_role(tx, "therapist")]
        marked = [(code, "• " if code in now else "") for code in everybody]
        choice = [one for one in marked if verb == "assign" or not one[1]]
    return screens.whom(wish.language, wish.person, verb, choice)


async def _pause(wish: Wish) -> Screen:
    """Nothing is asked until a day, or until somebody says so."""
    patient = _patient(wish)
    today = wish.now.astimezone(ZoneInfo(patient.zone)).date()
    if wish.value == NOTHING:
        days = [today + timedelta(days=length) for length in PAUSES]
        return screens.until_when(wish.language, patient, days)
    until = None if wish.value == "open" else _day(wish.value)
    await changes.pause(wish.act, patient, until)
    if until is None:
        return await wish.done(wish.say("pause.done"))
    return await wish.done(wish.say("pause.done_until", day=long_day(until, wish.language)))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("pause.bad_day") from None


async def _resume(wish: Wish) -> Screen:
    await changes.resume(wish.act, _patient(wish))
    return await wish.done(wish.say("resume.done"))


async def _end(wish: Wish) -> Screen:
    """The end of a treatment, or of somebody's work here, after a second tap."""
    if wish.person.state == "ended":
        raise Refusal("end.already", code=wish.person.code)
    if wish.value != "yes":
        return screens.sure(wish.language, wish.person, "end")
    await changes.end(wish.act, wish.person)
    return await wish.done(wish.say(f"end.done.{wish.person.role}"))


async def _test(wish: Wish) -> Screen:
    await changes.mark_test(wish.act, _patient(wish), is_test=True)
    return await wish.done(say(wish.language, "test.done", code=wish.person.code))


async def _untest(wish: Wish) -> Screen:
    await changes.mark_test(wish.act, _patient(wish), is_test=False)
    return await wish.done(say(wish.language, "untest.done", code=wish.person.code))


async def _answers(wish: Wish) -> Screen:
    """Where a patient answers: in the chat, on the site's own page, or as the site has it."""
    patient = _patient(wish)
    if wish.context.desk.site.page is None:
        raise Refusal("answers.no_page")
    if wish.value == NOTHING:
        return placing_screens.choice_for(wish.language, patient)
    if wish.value not in (*placing_screens.PLACES, placing_screens.AS_THE_SITE):
        raise Refusal("answers.how")
    on = None if wish.value == placing_screens.AS_THE_SITE else wish.value
    await answer_channel.place(
        wish.page.tx, patient=patient, on=on, actor_id=wish.coordinator.id, at=wish.now
    )
    return await wish.done(wish.say(f"answers.done.{wish.value}"))


LOOKS = frozenset({"card", "reach", "spoken"})
"""Deeds that make nothing due."""

DEEDS: dict[str, Deed] = {
    "card": _card,
    "renew": _renew,
    "withdraw": _withdraw,
    "assign": _assign,
    "co": _co,
    "less": _less,
    "pause": _pause,
    "resume": _resume,
    "end": _end,
    "test": _test,
    "untest": _untest,
    "answers": _answers,
    "reach": unreachable.reach,
    "spoken": unreachable.spoken,
}
"""What a button on a card does; a command in one line does the same."""
