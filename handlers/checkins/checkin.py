"""A patient answers by tapping; whatever is tapped, the chat then shows how things stand."""

from dataclasses import replace

from telegram import Update

from alliance.checkins.instruments import instrument
from alliance.checkins.review import CheckinState
from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app import screen as app_screen
from handlers.app.services import Context, Desk, Page
from handlers.checkins import current_screen
from handlers.checkins import screens as checkin_screens
from handlers.checkins.actions import PUT_OFF, WISH_VERBS, carry_out, put_off
from handlers.checkins.answer import keep_answer
from handlers.consent import screens as consent_screens
from handlers.consent.terms import outstanding, terms_of
from handlers.taps import AnswerTap, CheckinTap, meaning, unpack
from handlers.texts import say
from storage.checkins import checkins
from storage.checkins.checkins import Holder
from storage.database.tx import Tx
from storage.people import relationships
from storage.people.people import Person

WITHOUT_ANSWERS = frozenset({"skip", "undo"})
"""What somebody who answers on the page can also do in the chat."""


async def on_answer(update: Update, context: Context) -> None:
    """One tap on an answer. The same tap again, or an old one, is the same answer again."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(AnswerTap, query.data)

    async with desk.keeping(update) as page:
        patient = await access.admitted(context, page.tx, query.from_user)
        holder = await _theirs(context, page.tx, patient, tap.checkin_id)
        question, value = meaning(tap, instrument(holder.checkin.instrument))
        first = await outstanding(desk, page.tx, patient)
        if first is None and not desk.site.is_on_page(holder.answers_on):
            holder = await keep_answer(desk, page.tx, holder=holder, question=question, value=value)
        first = first or await current_screen.in_chat(desk, page.tx, holder)

    if holder.checkin.state == CheckinState.COMPLETED:
        desk.ring()
    await replies.show(query, first or current_screen.usual(desk.site, holder, desk.now()))


async def on_verb(update: Update, context: Context) -> None:
    """Any other tap on a check-in: back, later, no session, change ..."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(CheckinTap, query.data)
    if tap.verb == "who":
        await _tell_who_reads(update, context, tap)
        return

    async with desk.keeping(update) as page:
        patient = await access.admitted(context, page.tx, query.from_user)
        holder = await _theirs(context, page.tx, patient, tap.checkin_id)
        first = await outstanding(desk, page.tx, patient)
        screen = first or await _carry_out(desk, page, holder, tap.verb)

    if tap.verb in WISH_VERBS:
        desk.ring()
    await replies.show(query, screen)


async def _theirs(context: Context, tx: Tx, patient: Person, checkin_id: str) -> Holder:
    """Return the check-in when it belongs to whoever taps: buttons can be copied and crafted."""
    holder = await checkins.by_id(tx, checkin_id)
    if holder is None:
        raise Refusal("stale_button")
    access.allow(context, patient, relationships.to_belonging(patient, holder.checkin.patient_id))
    return holder


async def _carry_out(desk: Desk, page: Page, holder: Holder, verb: str) -> app_screen.Screen:
    """Do what the verb says, and return what is shown then; views change nothing."""
    now = desk.now()
    on_page = desk.site.is_on_page(holder.answers_on)
    if verb == "later" and holder.checkin.is_open(now):
        return checkin_screens.later(holder, now)
    if verb in PUT_OFF and holder.checkin.is_open(now):
        return checkin_screens.put_off(holder, await put_off(page.tx, holder, verb, now))
    if verb == "change" and not on_page and holder.checkin.may_change(now):
        return checkin_screens.change(holder)
    if not on_page or verb in WITHOUT_ANSWERS:
        holder = await carry_out(desk, page.tx, holder, verb)
    special = await current_screen.in_chat(desk, page.tx, holder)
    return special or current_screen.usual(desk.site, holder, now)


async def _tell_who_reads(update: Update, context: Context, tap: CheckinTap) -> None:
    query = access.tapped(update)
    async with context.desk.store.reading() as tx:
        patient = await access.admitted(context, tx, query.from_user)
        await _theirs(context, tx, patient, tap.checkin_id)
        terms = await terms_of(tx, patient, context.desk.site.consent)
    await replies.answer(query, consent_screens.in_brief(terms), modal=True)


async def bring_up(
    context: Context,
    chat_id: int,
    holder: Holder,
    *,
    hint: str | None = None,
    first: app_screen.Screen | None = None,
) -> None:
    """Show a check-in as a new message and take the earlier one out of the chat.

    ``first`` stands in its place where there is something to agree to before.
    """
    desk = context.desk
    screen = first or await current_screen.anew(desk, holder)
    if hint is not None:
        screen = replace(screen, text=f"{hint}\n\n{screen.text}")
    sent = await replies.persistently(lambda: replies.send(context.bot, chat_id, screen))
    if sent is None:
        return
    async with desk.store.transaction() as tx:
        earlier = await checkins.sent(
            tx, checkin_id=holder.checkin.id, message_id=sent.message_id, at=desk.now()
        )
    if earlier is not None:
        moved = app_screen.Screen(say(holder.language, "checkin.moved"))
        await replies.persistently(lambda: replies.retire(context.bot, chat_id, earlier, moved))


async def on_checkin(update: Update, context: Context) -> None:
    """/checkin: bring the open question up, or say that there is none."""
    message, desk = access.written(update), context.desk
    async with desk.keeping(update) as page:
        patient = await access.admitted(context, page.tx, access.writer(message))
        holder = await checkins.open_of(page.tx, patient_id=patient.id, now=desk.now())
        first = await outstanding(desk, page.tx, patient)
    if holder is None:
        said = first or app_screen.Screen(say(patient.language, "checkin.none_open"))
        await replies.persistently(lambda: replies.send(context.bot, message.chat_id, said))
        return
    await bring_up(context, message.chat_id, holder, first=first)
