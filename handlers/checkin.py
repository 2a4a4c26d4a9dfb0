"""A patient answers: by tapping, or by typing a number."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from telegram import Update

from alliance.cadence import this_evening
from alliance.errors import BadAnswer, Refusal
from alliance.instruments import instrument
from alliance.review import (
    AFTER,
    ANSWERABLE,
    DIRECT,
    WISHES,
    CheckinState,
    open_question,
    questions,
)
from alliance.review import question_before as before
from handlers import guard, replies, screens
from handlers.answering import keep_answer, may_answer
from handlers.desk import Context, Desk, Page
from handlers.screens import checkin as checkin_screens
from handlers.screens import consent as consent_screens
from handlers.taps import AnswerTap, CheckinTap, meaning, unpack
from handlers.terms import outstanding, terms_of
from handlers.texts import say
from storage import checkins, outbox, raising, relations
from storage.checkins import Holder
from storage.people import Person
from storage.tx import Tx

AN_HOUR = timedelta(hours=1)
WISH_VERBS = {f"wish-{wish}": wish for wish in WISHES}
_NUMBER = re.compile(r"^\s*(\d{1,3}(?:[.,]\d{1,2})?)\s*$")


async def on_answer(update: Update, context: Context) -> None:
    """One tap on an answer. The same tap again, or an old one, is the same answer again."""
    query, desk = guard.tapped(update), context.desk
    tap = unpack(AnswerTap, query.data)

    async with desk.keeping(update) as page:
        patient = await guard.admitted(context, page.tx, query.from_user)
        holder = await _theirs(context, page.tx, patient, tap.checkin_id)
        question, value = meaning(tap, instrument(holder.checkin.instrument))
        first = await outstanding(desk, page.tx, patient)
        if first is None:
            holder = await keep_answer(desk, page.tx, holder=holder, question=question, value=value)

    if holder.checkin.state == CheckinState.COMPLETED:
        desk.ring()
    await replies.show(query, first or checkin_screens.current(holder, desk.now()))


async def on_verb(update: Update, context: Context) -> None:
    """Any other tap on a check-in: back, later, no session, change ..."""
    query, desk = guard.tapped(update), context.desk
    tap = unpack(CheckinTap, query.data)
    if tap.verb == "who":
        await _tell_who_reads(update, context, tap)
        return

    async with desk.keeping(update) as page:
        patient = await guard.admitted(context, page.tx, query.from_user)
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
    guard.allow(context, patient, relations.to_belonging(patient, holder.checkin.patient_id))
    return holder


async def _carry_out(desk: Desk, page: Page, holder: Holder, verb: str) -> screens.Screen:
    now, checkin = desk.now(), holder.checkin
    asked = instrument(checkin.instrument)
    is_open = checkin.state in ANSWERABLE and now < checkin.closes_at
    if verb in ("none", "skip") and is_open:
        to = CheckinState.NO_SESSION if verb == "none" else CheckinState.SKIPPED
        await _leave_out(page, holder, to, now)
    elif verb == "undo" and now < checkin.closes_at:
        await checkins.move(
            page.tx,
            checkin_id=checkin.id,
            to=CheckinState.SENT,
            reason="taken back",
            at=now,
            only_from=frozenset({CheckinState.NO_SESSION, CheckinState.SKIPPED}),
        )
    elif verb == "later" and is_open:
        return checkin_screens.later(holder, now)
    elif verb in ("hour", "evening") and is_open:
        until = _put_off_until(holder, verb, now)
        await checkins.set_reminder(page.tx, checkin_id=checkin.id, at=until)
        return checkin_screens.put_off(holder, until)
    elif verb == "back" and is_open:
        place = before(asked, checkin.given)
        await checkins.revisit(page.tx, checkin_id=checkin.id, question=place)
    elif verb == "change" and checkin.state == CheckinState.COMPLETED and may_answer(checkin, now):
        return checkin_screens.change(holder)
    elif verb in WISH_VERBS and checkin.state == CheckinState.COMPLETED:
        await _wish(page, holder, WISH_VERBS[verb], now)
    elif verb.startswith("q") and may_answer(checkin, now):
        names = questions(asked, checkin.given)
        place = names[int(verb[1:])] if verb[1:] in map(str, range(len(names))) else None
        await checkins.revisit(page.tx, checkin_id=checkin.id, question=place)
    changed = await checkins.by_id(page.tx, checkin.id)
    return checkin_screens.current(changed or holder, now)


async def _wish(page: Page, holder: Holder, wish: str, now: datetime) -> None:
    """Keep a wish while answers may be changed; a request must reach the therapist."""
    checkin = holder.checkin
    if not may_answer(checkin, now):
        return
    await checkins.wish(page.tx, checkin_id=checkin.id, wish=wish)
    if wish == "yes":
        await raising.heed_wish(
            page.tx, checkin_id=checkin.id, patient_id=checkin.patient_id, at=now
        )


async def _leave_out(page: Page, holder: Holder, to: CheckinState, now: datetime) -> None:
    await checkins.move(
        page.tx,
        checkin_id=holder.checkin.id,
        to=to,
        reason="the patient said so",
        at=now,
        only_from=ANSWERABLE,
    )
    await outbox.cancel_about(page.tx, subject_id=holder.checkin.id, reason="left out")


def _put_off_until(holder: Holder, verb: str, now: datetime) -> datetime:
    """Return when to ask again, never after the check-in closes."""
    evening = this_evening(now, ZoneInfo(holder.zone))
    wanted = evening if verb == "evening" and evening is not None else now + AN_HOUR
    return min(wanted, holder.checkin.closes_at - timedelta(minutes=15))


async def _tell_who_reads(update: Update, context: Context, tap: CheckinTap) -> None:
    query = guard.tapped(update)
    async with context.desk.store.reading() as tx:
        patient = await guard.admitted(context, tx, query.from_user)
        await _theirs(context, tx, patient, tap.checkin_id)
        terms = await terms_of(tx, patient, context.desk.site.consent)
    await replies.answer(query, consent_screens.in_brief(terms), modal=True)


async def on_text(update: Update, context: Context) -> None:
    """A typed number answers the open question; any other text brings it up as a new message.

    The new message matters: buttons of an edited one can go dead on some phones.
    """
    message, desk = guard.written(update), context.desk

    async with desk.keeping(update) as page:
        patient = await guard.admitted(context, page.tx, guard.writer(message))
        holder = await checkins.open_of(page.tx, patient_id=patient.id, now=desk.now())
        hint = None
        first = await outstanding(desk, page.tx, patient)
        if holder is not None and page.fresh and first is None:
            holder, hint = await _typed(desk, page, holder, message.text or "")

    desk.ring()
    if holder is None:
        said = first or screens.Screen(say(patient.language, "checkin.none_open"))
        await replies.persistently(lambda: replies.send(context.bot, message.chat_id, said))
        return
    await bring_up(context, message.chat_id, holder, hint=hint, first=first)
    if hint is None and _NUMBER.match(message.text or ""):
        await replies.persistently(
            lambda: replies.retire(
                context.bot, message.chat_id, message.message_id, screens.Screen("·")
            )
        )


async def _typed(desk: Desk, page: Page, holder: Holder, text: str) -> tuple[Holder, str | None]:
    """Take a typed text as an answer where it is one; return what to say first where it is not."""
    asked = instrument(holder.checkin.instrument)
    name = open_question(asked, holder.checkin.given)
    number = _NUMBER.match(text)
    if name is None or name in (DIRECT, AFTER) or number is None:
        return holder, None
    value = float(number.group(1).replace(",", "."))
    try:
        asked.check(name, value)
    except BadAnswer:
        low, high = asked.choices[0], asked.choices[-1]
        return holder, say(holder.language, "checkin.range", low=f"{low:g}", high=f"{high:g}")
    return await keep_answer(desk, page.tx, holder=holder, question=name, value=value), None


async def bring_up(
    context: Context,
    chat_id: int,
    holder: Holder,
    *,
    hint: str | None = None,
    first: screens.Screen | None = None,
) -> None:
    """Show a check-in as a new message and take the earlier one out of the chat.

    ``first`` stands in its place where there is something to agree to before.
    """
    desk = context.desk
    screen = first or checkin_screens.current(holder, desk.now())
    if hint is not None:
        screen = screens.Screen(f"{hint}\n\n{screen.text}", screen.rows)
    sent = await replies.persistently(lambda: replies.send(context.bot, chat_id, screen))
    if sent is None:
        return
    async with desk.store.transaction() as tx:
        earlier = await checkins.sent(
            tx, checkin_id=holder.checkin.id, message_id=sent.message_id, at=desk.now()
        )
    if earlier is not None:
        moved = screens.Screen(say(holder.language, "checkin.moved"))
        await replies.persistently(lambda: replies.retire(context.bot, chat_id, earlier, moved))


async def on_checkin(update: Update, context: Context) -> None:
    """/checkin: bring the open question up, or say that there is none."""
    message, desk = guard.written(update), context.desk
    async with desk.keeping(update) as page:
        patient = await guard.admitted(context, page.tx, guard.writer(message))
        holder = await checkins.open_of(page.tx, patient_id=patient.id, now=desk.now())
        first = await outstanding(desk, page.tx, patient)
    if holder is None:
        said = first or screens.Screen(say(patient.language, "checkin.none_open"))
        await replies.persistently(lambda: replies.send(context.bot, message.chat_id, said))
        return
    await bring_up(context, message.chat_id, holder, first=first)
