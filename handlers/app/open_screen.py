"""Buttons that open a coordinator's screen in place of the one that they belong to."""

from collections.abc import Awaitable, Callable

from alliance.errors import Refusal
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.calendar import absences, preview, sessions
from handlers.groups import group
from handlers.taps import OpenTap, unpack

SCREENS: dict[str, Callable[[Request, str], Awaitable[Screen]]] = {
    "sessions": sessions.listing,
    "absences": absences.listing,
    "groups": group.listing,
    "preview": preview.listing,
}


async def on_open(request: Request) -> None:
    """Open a screen about somebody or something."""
    tap = unpack(OpenTap, request.data)
    if tap.what not in SCREENS:
        raise Refusal("stale_button")

    async with request.reading():
        await access.require_role(request)
        screen = await SCREENS[tap.what](request, tap.code)

    await request.reply.show(screen)
