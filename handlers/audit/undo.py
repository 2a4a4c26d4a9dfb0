"""/undo: a coordinator takes their last change back, within fifteen minutes."""

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.screen import Screen
from handlers.app.services import Context
from handlers.audit import screens
from handlers.audit.log import words_of
from handlers.taps import UndoTap, unpack
from storage.audit import undo
from storage.audit.undo import Step
from storage.database.tx import Tx
from storage.people import people
from storage.people.people import Person


async def on_undo(update: Update, context: Context) -> None:
    """/undo: what would be taken back, with a button that does it."""
    message, desk = access.written(update), context.desk
    async with desk.keeping(update) as page:
        coordinator = await access.admitted(context, page.tx, access.writer(message))
        step = await undo.last_step(page.tx, actor_id=coordinator.id, now=desk.now())
        if step is None:
            raise Refusal("undo.nothing")
        what = await _what(page.tx, coordinator, step)
    screen = screens.undo(coordinator.language, step, what)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_undo_tap(update: Update, context: Context) -> None:
    """Take it back, once; the message then says so, and what could not be taken back."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(UndoTap, query.data)
    if not tap.number.isdecimal() or len(tap.number) > 15:
        raise Refusal("stale_button")

    async with desk.keeping(update) as page:
        coordinator = await access.admitted(context, page.tx, query.from_user)
        now, number = desk.now(), int(tap.number)
        last = await undo.last_step(page.tx, actor_id=coordinator.id, now=now)
        # Read before it is taken back: a code that was new with it is then gone.
        what = "" if last is None else await _what(page.tx, coordinator, last)
        step = await undo.take_back(page.tx, actor_id=coordinator.id, number=number, at=now)
        about = await people.by_id_or_none(page.tx, step.head.subject_id or "")

    desk.ring()
    desk.knock()
    screen = screens.taken_back(coordinator.language, step, what, is_person=about is not None)
    await replies.show(query, screen)


def with_undo(screen: Screen, language: str, step: Step) -> Screen:
    """Return a screen with the way back from a step at its head, where there is one."""
    if not step.can_be_undone:
        return screen
    row = (screens.undo_button(language, step),)
    return Screen(screen.text, (row, *screen.rows), screen.protected, screen.silent)


async def _what(tx: Tx, coordinator: Person, step: Step) -> str:
    """Return in words what a step did; of many lines, the first says it."""
    [words] = await words_of(tx, [step.head], coordinator.language)
    return words
