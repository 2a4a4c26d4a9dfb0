"""Rights: a copy of everything about oneself, and its erasure, by oneself or by a coordinator."""

from telegram import Update

from alliance.errors import Refusal
from handlers import guard, replies
from handlers.coordinator.people import patient_named
from handlers.desk import Context, Desk
from handlers.screens import Screen
from handlers.screens import checkin as checkin_screens
from handlers.screens import rights as screens
from handlers.taps import EraseTap, unpack
from storage import accounts, audit, checkins, erasure, own_data, people
from storage.people import Person
from storage.tx import Tx

FILE = "record-{day}.html"
"""A name that says nothing to whoever sees a list of downloads."""


async def on_mydata(update: Update, context: Context) -> None:
    """/mydata: everything about oneself in one file, to keep: it is theirs to pass on, or not."""
    message, desk = guard.written(update), context.desk
    async with desk.keeping(update) as page:
        patient = await _who(page.tx, guard.writer(message).id)
        if patient.role != "patient":
            raise Refusal("unknown_command")
        if page.fresh:
            await audit.record(
                page.tx,
                actor_id=patient.id,
                action="data.taken",
                subject_id=patient.id,
                at=desk.now(),
            )
        told = await own_data.everything(page.tx, patient)
    name = FILE.format(day=desk.now().date().isoformat())
    content = screens.own_data(patient.language, told)
    await replies.persistently(
        lambda: replies.send_file(context.bot, message.chat_id, name, content)
    )


async def on_erase(update: Update, context: Context) -> None:
    """/erase for oneself, /erase P-017 for a coordinator: a second look, nothing more yet."""
    message, desk = guard.written(update), context.desk
    args = context.args or []
    async with desk.keeping(update) as page:
        somebody = await _who(page.tx, guard.writer(message).id)
        if somebody.role == "patient":
            patient = somebody
        elif somebody.role != "coordinator":
            raise Refusal("unknown_command")
        elif len(args) != 1:
            raise Refusal("erase.how")
        else:
            patient = await patient_named(page.tx, args[0])
    screen = screens.sure(somebody.language, patient, by_self=patient.id == somebody.id)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_erase_tap(update: Update, context: Context) -> None:
    """The second step: everything about a patient goes at once; the patient is told last."""
    query, desk = guard.tapped(update), context.desk
    tap = unpack(EraseTap, query.data)
    if tap.verb not in ("yes", "no"):
        raise Refusal("stale_button")

    async with desk.keeping(update) as page:
        somebody, patient = await _who_and_whom(page.tx, query.from_user.id, tap.person_id)
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


async def _who(tx: Tx, telegram_id: int) -> Person:
    """Return who writes; a patient has these rights also after the end of the treatment."""
    somebody = await people.by_telegram(tx, telegram_id)
    if somebody is None:
        raise Refusal("not_enrolled")
    if somebody.state == "ended" and somebody.role != "patient":
        raise Refusal("has_ended")
    return somebody


async def _who_and_whom(tx: Tx, telegram_id: int, person_id: str) -> tuple[Person, Person]:
    """Return who taps and whom it is about; a button that is not theirs does nothing."""
    somebody = await people.by_telegram(tx, telegram_id)
    patient = await people.by_id_or_none(tx, person_id)
    if somebody is None or patient is None or patient.role != "patient":
        raise Refusal("stale_button")
    is_self = somebody.id == patient.id
    if not is_self and (somebody.role != "coordinator" or somebody.state == "ended"):
        raise Refusal("stale_button")
    return somebody, patient


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
