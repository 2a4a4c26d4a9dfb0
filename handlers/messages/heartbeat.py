"""/heartbeat: a neutral message each day that shows that the bot is running."""

from datetime import time

from alliance.errors import Refusal
from alliance.typed.clock_times import parse_clock
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.messages import coordinator_notices_screens as screens
from handlers.messages.coordinator_notices_screens import DEFAULT_TIME, OFF
from handlers.taps import HeartbeatTap, unpack
from storage.messages import heartbeats


async def on_heartbeat(request: Request) -> None:
    """/heartbeat, /heartbeat on, /heartbeat off, /heartbeat 08:30."""
    wanted = " ".join(request.args).lower()

    async with request.transaction():
        await access.require_role(request)
        if wanted:
            await _set_time(request, DEFAULT_TIME if wanted == "on" else wanted)
        screen = await _screen(request)

    await request.reply.send(screen)


async def on_heartbeat_tap(request: Request) -> None:
    """Choose another time, or switch it off."""
    tap = unpack(HeartbeatTap, request.data)

    async with request.transaction():
        await access.require_role(request)
        await _set_time(request, tap.time)
        screen = await _screen(request)

    await request.reply.show(screen)


async def _set_time(request: Request, wanted: str) -> None:
    wall_time = None if wanted == OFF else _parse_time(wanted)
    await heartbeats.set_time(request.change(), request.person, wall_time)


def _parse_time(text: str) -> time:
    wall_time = parse_clock(text, is_compact=True)
    if wall_time is None:
        raise Refusal("heartbeat.bad_time")
    return wall_time


async def _screen(request: Request) -> Screen:
    return screens.heartbeat_settings(
        request.language, await heartbeats.time_of(request.tx, request.person.id)
    )
