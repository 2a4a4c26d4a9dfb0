"""Runs the ticks. The only APScheduler code; what is due is in the database."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler


class Scheduler:
    """Runs ticks: every few seconds, at once when woken, and never two at the same time."""

    def __init__(
        self, *, every: timedelta, run_tick: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        self._run_tick = run_tick
        self._running: asyncio.Task[None] | None = None
        self._rerun_requested = False
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        # A late tick still runs, and several missed ones run as one: a tick catches up with
        # everything that has become due.
        self._job = self._scheduler.add_job(
            self._run_ticks,
            "interval",
            seconds=every.total_seconds(),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )

    def start(self) -> None:
        """Start; the first tick runs at once. Needs a running event loop."""
        self._scheduler.start()

    def wake(self) -> None:
        """Run a tick now: something may just have become due."""
        self._rerun_requested = True
        # APScheduler would drop a run during a tick; _run_ticks repeats that tick instead.
        if self._running is None:
            self._job.modify(next_run_time=datetime.now(UTC))

    async def stop(self) -> None:
        """Stop, after the current tick has finished."""
        self._scheduler.pause()
        self._rerun_requested = False
        if self._running is not None:
            await asyncio.wait([self._running])
        self._scheduler.shutdown(wait=False)

    async def _run_ticks(self) -> None:
        self._rerun_requested = True
        while self._rerun_requested:
            self._rerun_requested = False
            self._running = asyncio.ensure_future(self._run_tick())
            try:
                await self._running
            finally:
                self._running = None
