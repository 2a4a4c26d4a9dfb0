"""What patients can do besides answering: read who reads, pause, choose a language."""

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.menus import show_menu
from handlers.app.screen import Screen
from handlers.app.services import Context
from handlers.consent import screens as consent_screens
from handlers.consent.terms import terms_of
from handlers.people import enrolment_screens as screens
from handlers.taps import LanguageTap, unpack
from handlers.texts import languages, say
from storage.audit import audit_log
from storage.consent import consents
from storage.people import patient_status, people


async def on_privacy(update: Update, context: Context) -> None:
    """/privacy: who reads the answers, the same words that were agreed to."""
    message = access.written(update)
    desk = context.desk
    async with desk.keeping(update) as page:
        patient = await access.admitted(context, page.tx, access.writer(message))
        terms = await terms_of(page.tx, patient, desk.site.consent)
        decision, about = await consents.latest_with_version(page.tx, patient.id)
    if decision == "agreed" and about == desk.site.consent.version:
        screen = consent_screens.reading(terms)
    elif desk.site.consent.unfilled():
        raise Refusal("consent.not_ready")
    else:
        screen = consent_screens.again(terms, agreed_before=decision == "agreed")
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_help(update: Update, context: Context) -> None:
    """/help: whom to call, who reads, and what there is."""
    message = access.written(update)
    async with context.desk.store.reading() as tx:
        patient = await access.admitted(context, tx, access.writer(message))
        terms = await terms_of(tx, patient, context.desk.site.consent)
    screen = consent_screens.help_for(terms)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_pause(update: Update, context: Context) -> None:
    """/pause: nothing is asked until /resume."""
    await _set_state(update, context, after="paused", action="person.paused")


async def on_resume(update: Update, context: Context) -> None:
    """/resume: questions come again."""
    await _set_state(update, context, after="active", action="person.resumed")


async def _set_state(update: Update, context: Context, *, after: str, action: str) -> None:
    """Pause or go on, where that is a change, and say where things stand."""
    message, desk = access.written(update), context.desk
    async with desk.keeping(update) as page:
        patient = await access.admitted(context, page.tx, access.writer(message))
        stands = (patient.state, patient.paused_until)
        if patient.state in ("active", "paused") and stands != (after, None):
            if after == "paused":
                await people.pause(page.tx, person_id=patient.id, until=None)
            else:
                await people.set_state(page.tx, person_id=patient.id, state=after)
            await audit_log.record(
                page.tx,
                actor_id=patient.id,
                action=action,
                subject_id=patient.id,
                before=patient_status.facts(patient),
                after={"state": after, "until": None},
                at=desk.now(),
            )
    words = "paused" if after == "paused" else "resumed"
    said = Screen(say(patient.language, f"patient.{words}"))
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, said))


async def on_language(update: Update, context: Context) -> None:
    """/language: the choice, each language in its own words."""
    message = access.written(update)
    async with context.desk.keeping(update) as page:
        somebody = await access.admitted(context, page.tx, access.writer(message))
    screen = screens.language_choice(somebody.language)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_language_tap(update: Update, context: Context) -> None:
    """A language was chosen; everything from here on is in it."""
    query = access.tapped(update)
    tap = unpack(LanguageTap, query.data)
    if tap.language not in languages():
        raise Refusal("stale_button")
    async with context.desk.keeping(update) as page:
        somebody = await access.admitted(context, page.tx, query.from_user)
        await people.set_language(page.tx, person_id=somebody.id, language=tap.language)
    await replies.show(query, Screen(say(tap.language, "language.kept")))
    site = context.desk.site
    await show_menu(context.bot, query.from_user.id, somebody, tap.language, site)
