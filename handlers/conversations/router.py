"""Where a coordinator's tap or typed word goes: to the conversation that is kept for them."""

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.screen import Button, Screen
from handlers.app.services import Context
from handlers.calendar import absences, plan, reschedule
from handlers.conversations.flow import Flow, Turn, asked, begin, keep, run_of, taken
from handlers.groups import membership_flow
from handlers.people import invite_flow, time_zone
from handlers.taps import BeginTap, WizardTap, pack, unpack
from handlers.texts import say
from storage.conversations import conversations
from storage.database.tx import Tx
from storage.people import people
from storage.people.people import Person

Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]

FLOWS: dict[str, Flow] = {
    "invite": invite_flow.FLOW,
    "plan": plan.FLOW,
    "zone": time_zone.FLOW,
    "move": reschedule.MOVE,
    "extra": reschedule.EXTRA,
    "absence": absences.FLOW,
    "group": membership_flow.GROUP,
    "join": membership_flow.JOIN,
    "leave": membership_flow.LEAVE,
}


LONG_PAUSE = timedelta(hours=12)
"""Who left a question so long ago no longer has it in mind when they type something."""


async def on_begin(update: Update, context: Context) -> None:
    """A button elsewhere begins a conversation, e.g. the plan of somebody just invited."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(BeginTap, query.data)
    if tap.kind not in FLOWS:
        raise Refusal("stale_button")

    async with desk.keeping(update) as page:
        person = await access.admitted(context, page.tx, query.from_user)
        turn = Turn.new(tap.kind, update, context, page, person)
        screen = await begin(FLOWS[tap.kind], turn, tap.subject)

    _wake(turn)
    await replies.show(query, screen)


def _wake(turn: Turn) -> None:
    """Let the clock and the courier look at what a conversation has brought about."""
    if turn.is_done:
        turn.desk.ring()
        turn.desk.knock()


async def on_tap(update: Update, context: Context) -> None:
    """A choice in a conversation; one of an earlier step or conversation shows the present one."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(WizardTap, query.data)

    async with desk.keeping(update) as page:
        person = await access.admitted(context, page.tx, query.from_user)
        turn = await _turn_or(page.tx, context, person, Refusal("wizard.over"))
        is_old = not page.fresh or tap.run != turn.wizard.run
        screen, toast = await (_where_it_stands(turn) if is_old else _chosen(turn, tap))

    _wake(turn)
    await replies.show(query, screen, toast)


async def _turn(tx: Tx, context: Context, person: Person) -> Turn | None:
    wizard = await conversations.of(tx, person.id)
    return None if wizard is None else Turn(tx, context, person, wizard)


async def _turn_or(tx: Tx, context: Context, person: Person, refusal: Refusal) -> Turn:
    """Return the turn that somebody is at; the refusal when they are in no conversation."""
    turn = await _turn(tx, context, person)
    if turn is None:
        raise refusal
    return turn


async def _where_it_stands(turn: Turn) -> tuple[Screen, str | None]:
    return await asked(FLOWS[turn.wizard.kind], turn), turn.say("wizard.here")


async def _chosen(turn: Turn, tap: WizardTap) -> tuple[Screen, str | None]:
    flow = FLOWS[turn.wizard.kind]
    if tap.step == turn.wizard.step:
        return await taken(flow, turn, tap.value), None
    if tap.step != "do":
        return await _where_it_stands(turn)
    if tap.value == "cancel":
        await conversations.end(turn.tx, turn.person.id)
        return Screen(turn.say("wizard.cancelled")), None
    if tap.value == "back":
        turn.wizard.back()
    await keep(turn)
    return await asked(flow, turn), None


async def on_text(update: Update, context: Context) -> None:
    """A typed word: the value of the step that waits, or nothing we understand."""
    message, desk = access.written(update), context.desk
    try:
        async with desk.keeping(update) as page:
            person = await access.admitted(context, page.tx, access.writer(message))
            turn = await _turn_or(page.tx, context, person, Refusal("unknown_command"))
            screen = await _said(turn, message.text or "", is_new=page.fresh)
        _wake(turn)
    except Refusal as refused:
        screen = await _asked_again(update, context, refused)

    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def _said(turn: Turn, text: str, *, is_new: bool) -> Screen:
    """Take a typed word; after a long pause it may be meant otherwise, so that is asked first."""
    flow, left_at = FLOWS[turn.wizard.kind], turn.wizard.at
    if left_at is not None and turn.now - left_at > LONG_PAUSE:
        return _waiting(turn)
    return await (taken(flow, turn, text) if is_new else asked(flow, turn))


async def _asked_again(update: Update, context: Context, refused: Refusal) -> Screen:
    """Return what was wrong with a typed value above the same question, buttons at hand."""
    async with context.desk.store.reading() as tx:
        person = await access.admitted(context, tx, access.writer(access.written(update)))
        turn = await _turn_or(tx, context, person, refused)
        return await asked(
            FLOWS[turn.wizard.kind], turn, above=turn.say(refused.key, **refused.values)
        )


async def on_cancel(update: Update, context: Context) -> None:
    """/cancel: leave the conversation; nothing of it is carried out."""
    message = access.written(update)
    async with context.desk.keeping(update) as page:
        person = await access.admitted(context, page.tx, access.writer(message))
        turn = await _turn(page.tx, context, person)
        await conversations.end(page.tx, person.id)
    words = say(person.language, "wizard.over" if turn is None else "wizard.cancelled")
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, Screen(words)))


def carrying_on(on_command: Handler) -> Handler:
    """Let a command in the middle of a conversation be carried out, then offer to go on."""

    async def carried_out(update: Update, context: Context) -> None:
        began = context.desk.now()
        await on_command(update, context)
        message = access.written(update)
        async with context.desk.store.reading() as tx:
            person = await people.by_telegram(tx, access.writer(message).id)
            turn = None if person is None else await _turn(tx, context, person)
        if turn is not None and turn.wizard.run != run_of(update) and _stood_at(turn, began):
            screen = _waiting(turn)
            await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))

    return carried_out


def _stood_at(turn: Turn, moment: datetime) -> bool:
    """Say whether it was open then; who taps under a command's answer at once begins it later."""
    return turn.wizard.at is not None and turn.wizard.at < moment


def _waiting(turn: Turn) -> Screen:
    go_on, leave = (
        Button(turn.say(f"wizard.{words}"), pack(WizardTap(turn.wizard.run, "do", verb)))
        for words, verb in (("go_on", "go on"), ("cancel", "cancel"))
    )
    title = FLOWS[turn.wizard.kind].title(turn)
    return Screen(turn.say("wizard.waiting", what=title), ((go_on, leave),))
