"""Buttons that open a coordinator's screen in place of the one they stand under."""

from collections.abc import Awaitable, Callable

from telegram import Update

from alliance.errors import Refusal
from handlers import guard, replies
from handlers.coordinator import absence, group, previewing, sessions
from handlers.coordinator.caller import Caller
from handlers.desk import Context
from handlers.screens import Screen
from handlers.taps import OpenTap, unpack

SCREENS: dict[str, Callable[[Caller, str], Awaitable[Screen]]] = {
    "sessions": sessions.listing,
    "absences": absence.listing,
    "groups": group.listing,
    "preview": previewing.listing,
}


async def on_open(update: Update, context: Context) -> None:
    """A screen about somebody or something is opened."""
    query = guard.tapped(update)
    tap = unpack(OpenTap, query.data)
    if tap.what not in SCREENS:
        raise Refusal("stale_button")

    async with context.desk.store.reading() as tx:
        person = await guard.admitted(context, tx, query.from_user)
        screen = await SCREENS[tap.what](Caller(tx, context, person), tap.code)

    await replies.show(query, screen)
