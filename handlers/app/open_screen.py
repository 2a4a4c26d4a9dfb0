"""Buttons that open a coordinator's screen in place of the one they stand under."""

from collections.abc import Awaitable, Callable

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.coordinator_request import Caller
from handlers.app.screen import Screen
from handlers.app.services import Context
from handlers.calendar import absences, preview, sessions
from handlers.groups import group
from handlers.taps import OpenTap, unpack

SCREENS: dict[str, Callable[[Caller, str], Awaitable[Screen]]] = {
    "sessions": sessions.listing,
    "absences": absences.listing,
    "groups": group.listing,
    "preview": preview.listing,
}


async def on_open(update: Update, context: Context) -> None:
    """A screen about somebody or something is opened."""
    query = access.tapped(update)
    tap = unpack(OpenTap, query.data)
    if tap.what not in SCREENS:
        raise Refusal("stale_button")

    async with context.desk.store.reading() as tx:
        person = await access.admitted(context, tx, query.from_user)
        screen = await SCREENS[tap.what](Caller(tx, context, person), tap.code)

    await replies.show(query, screen)
