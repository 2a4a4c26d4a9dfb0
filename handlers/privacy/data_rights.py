"""Rights: a copy of everything about oneself, and its erasure, by oneself or by a coordinator."""

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.screen import Screen
from handlers.app.services import Context, Desk
from handlers.checkins import screens as checkin_screens
from handlers.people.invite import patient_named, patient_with_id
from handlers.privacy import screens
from handlers.taps import EraseTap, unpack
from storage.audit import audit_log
from storage.checkins import checkins
from storage.people import accounts, relationships
from storage.people.people import Person
from storage.privacy import data_export, erasure

FILE = "record-{day}.html"
"""A name that says nothing to whoever sees a list of downloads."""


async def on_mydata(update: Update, context: Context) -> None:
    """/mydata: everything about oneself in one file, to keep: it is theirs to pass on, or not."""
    message, desk = access.written(update), context.desk
    async with desk.keeping(update) as page:
        patient = await access.admitted(context, page.tx, access.writer(message))
        if page.fresh:
            await audit_log.record(
                page.tx,
                actor_id=patient.id,
                action="data.taken",
                subject_id=patient.id,
                at=desk.now(),
            )
        told = await data_export.everything(page.tx, patient)
    name = FILE.format(day=desk.now().date().isoformat())
    content = screens.own_data(patient.language, told)
    await replies.persistently(
        lambda: replies.send_file(context.bot, message.chat_id, name, content)
    )


async def on_erase_oneself(update: Update, context: Context) -> None:
    """/erase for oneself: a second look, nothing more yet."""
    message = access.written(update)
    async with context.desk.keeping(update) as page:
        patient = await access.admitted(context, page.tx, access.writer(message))
    screen = screens.sure(patient.language, patient, by_self=True)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_erase(update: Update, context: Context) -> None:
    """/erase P-017 for a coordinator: a second look, nothing more yet."""
    message, args = access.written(update), context.args or []
    async with context.desk.keeping(update) as page:
        coordinator = await access.admitted(context, page.tx, access.writer(message))
        if len(args) != 1:
            raise Refusal("erase.how")
        patient = await patient_named(page.tx, args[0])
    screen = screens.sure(coordinator.language, patient, by_self=False)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_erase_tap(update: Update, context: Context) -> None:
    """The second step: everything about a patient goes at once; the patient is told last."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(EraseTap, query.data)
    if tap.verb not in ("yes", "no"):
        raise Refusal("stale_button")

    async with desk.keeping(update) as page:
        somebody = await access.admitted(context, page.tx, query.from_user)
        patient = await patient_with_id(page.tx, tap.person_id)
        theirs = await relationships.to_patient(page.tx, somebody, patient.id, at=desk.now())
        access.allow(context, somebody, theirs)
        chat_id = await accounts.of_person(page.tx, patient.id)
        waiting = await checkins.open_of(page.tx, patient_id=patient.id, now=desk.now())
        if tap.verb == "yes":
            await erasure.erase(
                page.tx,
                patient=patient,
                by_role="patient" if somebody.id == patient.id else "coordinator",
                actor_id=somebody.id,
                at=desk.now(),
            )

    if tap.verb == "no":
        await replies.show(query, screens.left(somebody.language))
        return
    desk.ring()
    if waiting is not None and chat_id is not None and waiting.checkin.message_id is not None:
        await _take_question_away(context, chat_id, waiting.checkin.message_id, patient.language)
    if somebody.id != patient.id and chat_id is not None:
        await _tell(context, chat_id, _gone(desk, patient.language, patient, for_self=True))
    is_self = somebody.id == patient.id
    await replies.show(query, _gone(desk, somebody.language, patient, for_self=is_self))
    await desk.store.settle()


def _gone(desk: Desk, language: str, patient: Person, *, for_self: bool) -> Screen:
    return screens.erased(language, patient, for_self=for_self, days=desk.site.backups_kept)


async def _tell(context: Context, chat_id: int, screen: Screen) -> None:
    """Say it to a chat that nothing here remembers any more."""
    await replies.persistently(lambda: replies.send(context.bot, chat_id, screen))


async def _take_question_away(
    context: Context, chat_id: int, message_id: int, language: str
) -> None:
    screen = checkin_screens.no_longer_needed(language)
    await replies.persistently(lambda: replies.retire(context.bot, chat_id, message_id, screen))
