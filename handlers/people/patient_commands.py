"""What patients can do besides answering: read the terms, pause, choose a language."""

from alliance.errors import Refusal
from alliance.people.roles_and_states import PersonState
from handlers.app import access
from handlers.app.menus import show_menu
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.consent import screens as consent_screens
from handlers.consent.terms import terms_of
from handlers.people import enrolment_screens as screens
from handlers.taps import LanguageTap, unpack
from handlers.texts import languages, say
from storage.consent import consents
from storage.people import change_status, people


async def on_privacy(request: Request) -> None:
    """/privacy: who reads the answers, in the terms that the patient has agreed to."""
    consent = request.services.site.consent
    async with request.transaction() as tx:
        patient = await access.require_role(request)
        terms = await terms_of(tx, patient, consent)
        decision, version = await consents.latest(tx, patient.id)
    if decision == "agreed" and version == consent.version:
        screen = consent_screens.withdrawal_screen(terms)
    elif consent.unfilled_slots():
        raise Refusal("consent.not_ready")
    else:
        screen = consent_screens.question_with_notice(terms, agreed_before=decision == "agreed")
    await request.reply.send(screen)


async def on_help(request: Request) -> None:
    """/help: whom to call in an emergency, who reads the answers, and what patients can do."""
    async with request.reading() as tx:
        patient = await access.require_role(request)
        terms = await terms_of(tx, patient, request.services.site.consent)
    await request.reply.send(consent_screens.help_for(terms))


async def on_pause(request: Request) -> None:
    """/pause: no check-ins until /resume."""
    async with request.transaction():
        patient = await access.require_role(request)
        if patient.state in (PersonState.ACTIVE, PersonState.PAUSED):
            await change_status.pause(request.change(), patient, until=None)
    await request.reply.send(Screen(request.say("patient.paused")))


async def on_resume(request: Request) -> None:
    """/resume: check-ins are sent again."""
    async with request.transaction():
        patient = await access.require_role(request)
        if patient.state == PersonState.PAUSED:
            await change_status.resume(request.change(), patient)
    await request.reply.send(Screen(request.say("patient.resumed")))


async def on_language(request: Request) -> None:
    """/language: the choice of languages."""
    async with request.transaction():
        person = await access.require_role(request)
    await request.reply.send(screens.language_choice(person.language))


async def on_language_tap(request: Request) -> None:
    """A language was chosen; every text from now on is in it."""
    tap = unpack(LanguageTap, request.data)
    if tap.language not in languages():
        raise Refusal("stale_button")
    async with request.transaction() as tx:
        person = await access.require_role(request)
        await people.set_language(tx, person_id=person.id, language=tap.language)
    await request.reply.show(Screen(say(tap.language, "language.kept")))
    await show_menu(request, person, tap.language)
