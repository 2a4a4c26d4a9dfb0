"""HTTP around the simulator: ``create_app`` for any ASGI server, ``serve`` for this loop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from bot.simulator.bot_api import BotApi
from bot.simulator.control import Advance, control_app
from bot.simulator.deliveries import Deliveries
from bot.simulator.requests import until_gone
from bot.simulator.simulated_telegram import SimulatedTelegram

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as Http
else:
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as Http
    except ImportError:  # httptools has no wheels for every system
        from uvicorn.protocols.http.h11_impl import H11Protocol as Http


@dataclass(frozen=True, slots=True)
class Address:
    """Where a simulator listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The root, as ``ATTUNE_TELEGRAM_API_URL`` wants it."""
        return f"http://{self.host}:{self.port}"


def create_app(telegram: SimulatedTelegram, *, advance: Advance | None = None) -> ASGIApp:
    """Return the ASGI application: the Bot API for the bot, ``/sim`` for everybody else.

    Args:
        telegram: What it serves.
        advance: Lets ``/sim/clock`` move the story's clock.
    """
    bot_api = BotApi(telegram)
    control = control_app(telegram, advance)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # The bot's calls pass by the router: there are thousands of them a second.
        is_for_bot = scope["path"].startswith(("/bot", "/file/bot"))
        await (bot_api if is_for_bot else control)(scope, receive, send)

    return app


@asynccontextmanager
async def serve(
    telegram: SimulatedTelegram,
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    advance: Advance | None = None,
) -> AsyncIterator[Address]:
    """Serve a simulator in the running loop for as long as the block lasts.

    uvicorn's protocol is used without its ``Server``: that one takes over the process's
    signals and sleeps 0.1 s at each shut-down. Port 0 takes any free port.
    """
    app = create_app(telegram, advance=advance)
    config = uvicorn.Config(app, log_config=None, lifespan="off", ws="none")
    config.load()
    state = ServerState()
    closing = asyncio.Event()

    def connection() -> Http:
        http = Http(config=config, server_state=state, app_state={})
        http.access_log = False  # its lines would hold the token
        http.app = _with_scissors(app, http, closing)
        return http

    loop = asyncio.get_running_loop()
    server = await loop.create_server(connection, host, port, backlog=1024)
    deliveries = asyncio.create_task(Deliveries(telegram).run())
    try:
        bound: socket.socket = server.sockets[0]
        yield Address(host, bound.getsockname()[1])
    finally:
        closing.set()
        server.close()
        deliveries.cancel()
        await _hang_up(state)
        await server.wait_closed()
        await asyncio.wait([deliveries])
        if not deliveries.cancelled():
            deliveries.result()  # it never ends by itself, so this raises what ended it


def _with_scissors(app: ASGIApp, http: Http, closing: asyncio.Event) -> ASGIApp:
    """Give the application a way to cut this very connection."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if closing.is_set():  # accepted in the very moment of shutting down
            http.transport.abort()
            await until_gone(receive)
            return
        scope["extensions"] = {"attune.cut": http.transport.abort}
        await app(scope, receive, send)

    return wrapped


async def _hang_up(state: ServerState) -> None:
    """Cut all connections; requests under way notice it and end by themselves."""
    await asyncio.sleep(0)  # what was accepted just now becomes a connection
    for http in tuple(state.connections):
        http.transport.abort()
    while state.tasks:
        await asyncio.gather(*state.tasks, return_exceptions=True)
    while state.connections:  # noqa: ASYNC110 - each loss is already queued in the loop
        await asyncio.sleep(0)
