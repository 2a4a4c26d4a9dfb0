"""/unreachable: who cannot be written to, since when, and what to do about it."""

from telegram import Update

from handlers.app import access, replies
from handlers.app.screen import Screen
from handlers.app.services import Context
from handlers.people import unreachable_screens as screens
from handlers.people.card import Wish
from handlers.taps import ReachTap, unpack
from storage.audit import audit_log
from storage.database.tx import Tx
from storage.people import unreachable
from storage.people.people import Person


async def on_unreachable(update: Update, context: Context) -> None:
    """/unreachable: those who wait longest first; a tap says what helps."""
    message, desk = access.written(update), context.desk
    async with desk.keeping(update) as page:
        coordinator = await access.admitted(context, page.tx, access.writer(message))
        screen = await _listing(page.tx, context, coordinator, 0)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_reach(update: Update, context: Context) -> None:
    """Another page of the list, or back to it."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(ReachTap, query.data)
    async with desk.keeping(update) as page:
        coordinator = await access.admitted(context, page.tx, query.from_user)
        number = int(tap.page) if tap.page.isdecimal() and len(tap.page) <= 4 else 0
        screen = await _listing(page.tx, context, coordinator, number)
    await replies.show(query, screen)


async def _listing(tx: Tx, context: Context, coordinator: Person, page: int) -> Screen:
    found = await unreachable.all_now(tx, now=context.desk.now())
    return screens.listing(coordinator.language, coordinator.zone, found, page)


async def reach(wish: Wish) -> Screen:
    """What helps somebody who cannot be written to."""
    tx, coordinator = wish.page.tx, wish.coordinator
    silence = await unreachable.of_person(tx, person_id=wish.person.id, now=wish.now)
    if silence is None:
        return screens.reached(coordinator.language, wish.person)
    return screens.what_helps(coordinator.language, coordinator.zone, silence)


async def spoken(wish: Wish) -> Screen:
    """A coordinator has had a word with somebody; the others see that on the list."""
    tx = wish.page.tx
    if await unreachable.spoken_to(
        tx, person_id=wish.person.id, by=wish.coordinator.id, at=wish.now
    ):
        await audit_log.record(
            tx,
            actor_id=wish.coordinator.id,
            action="person.spoken_to",
            subject_id=wish.person.id,
            at=wish.now,
        )
    return await _listing(tx, wish.context, wish.coordinator, 0)
