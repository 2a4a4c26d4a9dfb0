"""The simulator's HTTP server: ``create_app`` for any ASGI server, ``serve`` for this loop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from bot.simulator.http.bot_api import BotApi
from bot.simulator.http.control import control_app
from bot.simulator.http.requests import wait_for_disconnect
from bot.simulator.http.webhook import WebhookDelivery
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
        """The root address, for ``ATTUNE_TELEGRAM_API_URL``."""
        return f"http://{self.host}:{self.port}"


def create_app(telegram: SimulatedTelegram) -> ASGIApp:
    """Return the ASGI application: the Bot API for the bot, ``/sim`` for the demo page."""
    bot_api = BotApi(telegram)
    control = control_app(telegram)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # The bot's calls skip the router: there are thousands of them a second.
        is_for_bot = scope["path"].startswith(("/bot", "/file/bot"))
        await (bot_api if is_for_bot else control)(scope, receive, send)

    return app


@asynccontextmanager
async def serve(
    telegram: SimulatedTelegram, *, port: int = 0, host: str = "127.0.0.1"
) -> AsyncIterator[Address]:
    """Serve a simulator in the running loop until the block ends. Port 0 takes any free port.

    uvicorn's protocol is used without its ``Server``, which takes over the process's signals and
    sleeps 0.1 s at each shutdown.
    """
    app = create_app(telegram)
    config = uvicorn.Config(app, log_config=None, lifespan="off", ws="none")
    config.load()
    state = ServerState()
    closing = asyncio.Event()

    def connection() -> Http:
        http = Http(config=config, server_state=state, app_state={})
        http.access_log = False  # its lines would contain the token
        http.app = _with_cut(app, http, closing)
        return http

    loop = asyncio.get_running_loop()
    server = await loop.create_server(connection, host, port, backlog=1024)
    deliveries = asyncio.create_task(WebhookDelivery(telegram).run())
    try:
        bound: socket.socket = server.sockets[0]
        yield Address(host, bound.getsockname()[1])
    finally:
        closing.set()
        server.close()
        deliveries.cancel()
        await _close_connections(state)
        await server.wait_closed()
        await asyncio.wait([deliveries])
        if not deliveries.cancelled():
            deliveries.result()  # it never returns by itself, so this raises its error


def _with_cut(app: ASGIApp, http: Http, closing: asyncio.Event) -> ASGIApp:
    """Let the application cut this connection."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if closing.is_set():  # accepted during shutdown
            http.transport.abort()
            await wait_for_disconnect(receive)
            return
        scope["extensions"] = {"attune.cut": http.transport.abort}
        await app(scope, receive, send)

    return wrapped


async def _close_connections(state: ServerState) -> None:
    """Cut all connections; running requests notice it and end by themselves."""
    await asyncio.sleep(0)  # what was just accepted becomes a connection
    for http in tuple(state.connections):
        http.transport.abort()
    while state.tasks:
        await asyncio.gather(*state.tasks, return_exceptions=True)
    while state.connections:  # noqa: ASYNC110 - each loss is already queued in the loop
        await asyncio.sleep(0)
