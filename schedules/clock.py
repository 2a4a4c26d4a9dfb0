"""The clock: the only APScheduler code. It knocks; what is due stands in the database."""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

logger = logging.getLogger(__name__)


class Clock:
    """Calls one coroutine every few seconds, never twice at once, and at once when rung."""

    def __init__(self, *, every: timedelta, knock: Callable[[], Awaitable[None]]) -> None:
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        # A late knock is still a knock, and many missed ones are one: the tick itself
        # catches up with whatever has become due.
        self._job = self._scheduler.add_job(
            knock,
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
        self._job.modify(next_run_time=datetime.now(UTC))

    def stop(self) -> None:
        """Knock no more."""
        self._scheduler.shutdown(wait=False)
