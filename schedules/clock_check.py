"""Notify coordinators when a tick comes more than ten minutes late, or the clock was set back."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from storage.database import internal_heartbeats
from storage.database.tx import Store
from storage.messages import coordinator_notices

logger = logging.getLogger(__name__)

TOLERANCE = timedelta(minutes=10)
"""A tick that deviates by more than this is late or early."""

RECORD_INTERVAL = timedelta(minutes=1)
"""How often a tick is recorded: the start of an outage is known to within this."""

HEARTBEAT_NAME = "tick"


class ClockCheck:
    """Compares each tick with the previous one, even if the program was stopped in between.

    While the program runs, real time counts: a demo that moves the clock forward is not late.
    The first tick is compared with the recorded tick of the last run.

    Args:
        every: How often ticks should come.
        real: Seconds of real time. They must go on while the machine sleeps, unlike those of a
            monotonic clock.
    """

    def __init__(self, *, every: timedelta, real: Callable[[], float] = time.time) -> None:
        self._every = every
        self._real = real
        self._last: float | None = None
        self._recorded_at = -RECORD_INTERVAL.total_seconds()

    def reset(self) -> None:
        """Another worker runs the ticks now; our next one is compared with the recorded one."""
        self._last = None

    async def check_tick(self, store: Store, now: datetime) -> bool:
        """Check a tick; True when it was so late, or early, that coordinators are notified.

        If it cannot be recorded, the next tick tries again.
        """
        real_now = self._real()
        if self._last is None:
            async with store.read_transaction() as tx:
                before = await internal_heartbeats.last_heartbeat(tx, HEARTBEAT_NAME)
            passed = timedelta() if before is None else now - before
        else:
            passed = timedelta(seconds=real_now - self._last)
        late = passed - self._every
        is_wrong = abs(late) > TOLERANCE
        if is_wrong or abs(real_now - self._recorded_at) >= RECORD_INTERVAL.total_seconds():
            await self._record_tick(store, now, late)
            self._recorded_at = real_now
        self._last = real_now
        return is_wrong

    async def _record_tick(self, store: Store, now: datetime, late: timedelta) -> None:
        minutes = round(abs(late) / timedelta(minutes=1))
        async with store.transaction() as tx:
            await internal_heartbeats.record_heartbeat(tx, name=HEARTBEAT_NAME, at=now)
            if late > TOLERANCE:
                logger.warning("the clock was %.0f s late", late.total_seconds())
                await coordinator_notices.notify_clock_late(tx, minutes=minutes, at=now)
            elif late < -TOLERANCE:
                logger.warning("the clock was set back by %.0f s", -late.total_seconds())
                await coordinator_notices.notify_clock_set_back(tx, minutes=minutes, at=now)
