"""Seen from outside: is it alive, is it ready, and how does the work stand. No personal data."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from alliance.errors import BadSettings, StoreUnavailable
from bot.updates.outage import PULSE
from bot.web.metrics import Counted, Signs
from storage.database import updates
from storage.database.tx import Store
from storage.figures.operational import Vitals, vitals

DEAF_SECONDS = 120.0
LATE_SECONDS = 600.0
CLOSING_SECONDS = 10
RIVAL_SECONDS = 900.0
PROBE = "ready"


def routes(store: Store, signs: Signs, now: Callable[[], datetime]) -> list[Route]:
    """Return ``/healthz``, ``/readyz`` and ``/metrics``."""

    async def healthz(_request: Request) -> Response:
        """Answer as long as the process can answer at all."""
        return JSONResponse({"status": "alive"})

    async def readyz(_request: Request) -> Response:
        """Say whether everything works; 503 and what does not where it does not."""
        wrong = await _wrong(store, signs, now())
        return JSONResponse({"ready": not wrong, "wrong": wrong}, 503 if wrong else 200)

    async def metrics(_request: Request) -> Response:
        """Return what Prometheus reads; 503 where the database does not answer."""
        try:
            counted = await _vitals(store, now())
        except StoreUnavailable:
            return Response("the database does not answer\n", 503, media_type="text/plain")
        own = CollectorRegistry()
        own.register(Counted(counted, signs, now()))
        text = generate_latest(signs.registry) + generate_latest(own)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]


async def _vitals(store: Store, now: datetime) -> Vitals:
    async with store.reading() as tx:
        return await vitals(tx, now=now)


async def _wrong(store: Store, signs: Signs, now: datetime) -> list[str]:
    """Return what does not work, in words that name nobody."""
    ticks, wrong = time.monotonic(), []
    try:
        async with store.reading() as tx:
            await updates.last_beat(tx, PULSE)
    except StoreUnavailable:
        wrong.append("the database does not answer")
    else:
        wrong += await _unwritable(store, now)
    if signs.is_damaged:
        wrong.append("a part of the database cannot be read: restore a backup")
    if signs.rivalled_at is not None and ticks - signs.rivalled_at < RIVAL_SECONDS:
        wrong.append("another program fetches this bot's updates")
    if ticks - signs.heard_at > DEAF_SECONDS:
        wrong.append("Telegram has not answered for two minutes")
    if ticks - signs.ticked_at > LATE_SECONDS:
        wrong.append("the clock has not ticked for ten minutes")
    return wrong


async def _unwritable(store: Store, now: datetime) -> list[str]:
    """Try to write: a full or read-only disk still answers whoever only reads."""
    try:
        async with store.transaction() as tx:
            await updates.beat(tx, name=PROBE, at=now)
    except StoreUnavailable:
        return ["the database takes nothing: look at the disk"]
    return []


class _Server(uvicorn.Server):
    """A web server that leaves the process's signals alone: they are the wiring's business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def served(app: ASGIApp, *, host: str, port: int, shared: bool = False) -> AsyncIterator[int]:
    """Serve an app until the block is left; give the port, which is a free one for 0.

    Args:
        app: What is served. What is asked of it when the block is left is still answered.
        host: On which address of this machine.
        port: Likewise.
        shared: Other workers of the same user may listen there, too; each connection is one's.

    Raises:
        BadSettings: The port is taken, or is not ours to use.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # its lines would hold what leads to a check-in
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=CLOSING_SECONDS,
    )
    try:
        listening = socket.create_server((host, port), backlog=config.backlog, reuse_port=shared)
    except OSError as failed:
        raise BadSettings(
            f"Port {port} on {host} cannot be used ({failed.strerror}); set another one."
        ) from None
    server = _Server(config)
    serving = asyncio.create_task(server.serve([listening]))
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        await serving
