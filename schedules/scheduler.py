"""The clock: the only APScheduler code. It knocks; what is due stands in the database."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler


class Clock:
    """Calls one coroutine every few seconds, never twice at once, and at once when rung."""

    def __init__(self, *, every: timedelta, knock: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._knock = knock
        self._running: asyncio.Task[None] | None = None
        self._again = False
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        # A late knock is still a knock, and many missed ones are one: the tick itself
        # catches up with whatever has become due.
        self._job = self._scheduler.add_job(
            self._knocked,
            "interval",
            seconds=every.total_seconds(),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )

    def start(self) -> None:
        """Begin to knock, the first time at once. Needs a running event loop."""
        self._scheduler.start()

    def ring(self) -> None:
        """Knock now: something may just have become due."""
        self._again = True
        # APScheduler drops a knock that meets a tick under way; that one goes round once more.
        if self._running is None:
            self._job.modify(next_run_time=datetime.now(UTC))

    async def stop(self) -> None:
        """Knock no more; a tick under way is carried to its end first."""
        self._scheduler.pause()
        self._again = False
        if self._running is not None:
            await asyncio.wait([self._running])
        self._scheduler.shutdown(wait=False)

    async def _knocked(self) -> None:
        self._again = True
        while self._again:
            self._again = False
            self._running = asyncio.ensure_future(self._knock())
            try:
                await self._running
            finally:
                self._running = None
