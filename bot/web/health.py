"""Health, readiness and metrics over HTTP. Contains no personal data."""

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
from bot.updates.outage import POLL_HEARTBEAT
from bot.web.metrics import MetricsCollector, ProcessStatus
from storage.database import internal_heartbeats
from storage.database.tx import Store
from storage.figures.operational import OperationalMetrics, collect_metrics

NO_CONTACT_SECONDS = 120.0
NO_TICK_SECONDS = 600.0
SHUTDOWN_SECONDS = 10
CONFLICT_SECONDS = 900.0
WRITE_PROBE = "ready"


def health_routes(store: Store, status: ProcessStatus, now: Callable[[], datetime]) -> list[Route]:
    """Return ``/healthz``, ``/readyz`` and ``/metrics``."""

    async def healthz(_request: Request) -> Response:
        """Answer as long as the process runs."""
        return JSONResponse({"status": "alive"})

    async def readyz(_request: Request) -> Response:
        """Return whether everything works; 503 with the problems if not."""
        problems = await _find_problems(store, status, now())
        return JSONResponse({"ready": not problems, "wrong": problems}, 503 if problems else 200)

    async def metrics(_request: Request) -> Response:
        """Return the metrics for Prometheus; 503 if the database does not answer."""
        try:
            operational = await _operational_metrics(store, now())
        except StoreUnavailable:
            return Response("the database does not answer\n", 503, media_type="text/plain")
        registry = CollectorRegistry()
        registry.register(MetricsCollector(operational, status, now()))
        text = generate_latest(status.registry) + generate_latest(registry)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]


async def _operational_metrics(store: Store, now: datetime) -> OperationalMetrics:
    async with store.read_transaction() as tx:
        return await collect_metrics(tx, now=now)


async def _find_problems(store: Store, status: ProcessStatus, now: datetime) -> list[str]:
    """Return the problems, without personal data."""
    monotonic, problems = time.monotonic(), []
    try:
        async with store.read_transaction() as tx:
            await internal_heartbeats.last_heartbeat(tx, POLL_HEARTBEAT)
    except StoreUnavailable:
        problems.append("the database does not answer")
    else:
        problems += await _find_write_problems(store, now)
    if status.is_damaged:
        problems.append("a part of the database cannot be read: restore a backup")
    if (
        status.last_conflict_at is not None
        and monotonic - status.last_conflict_at < CONFLICT_SECONDS
    ):
        problems.append("another program fetches this bot's updates")
    if monotonic - status.last_contact_at > NO_CONTACT_SECONDS:
        problems.append("Telegram has not answered for two minutes")
    if monotonic - status.last_tick_at > NO_TICK_SECONDS:
        problems.append("the scheduler has not run for ten minutes")
    return problems


async def _find_write_problems(store: Store, now: datetime) -> list[str]:
    """Try to write, as reading still works with a full or read-only disk."""
    try:
        async with store.transaction() as tx:
            await internal_heartbeats.record_heartbeat(tx, name=WRITE_PROBE, at=now)
    except StoreUnavailable:
        return ["the database cannot be written: check the disk"]
    return []


class _Server(uvicorn.Server):
    """A web server that leaves signals to the command."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture no signals."""
        yield


@asynccontextmanager
async def serve_app(
    app: ASGIApp, *, host: str, port: int, shared: bool = False
) -> AsyncIterator[int]:
    """Serve an app until the block ends; yield the port.

    Args:
        app: The app; running requests are still answered when the block ends.
        host: Local address.
        port: Local port; 0 takes a free one.
        shared: Whether other workers of the same user can listen on the port too.

    Raises:
        BadSettings: The port is in use or not permitted.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # its lines would contain links to check-ins
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    try:
        listener = socket.create_server((host, port), backlog=config.backlog, reuse_port=shared)
    except OSError as error:
        raise BadSettings(
            f"Port {port} on {host} cannot be used ({error.strerror}); set another port."
        ) from None
    server = _Server(config)
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        await serving
