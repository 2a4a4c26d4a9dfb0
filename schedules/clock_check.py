"""Was the clock late, or set back? By more than ten minutes, and a coordinator hears of it."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from storage.database import updates
from storage.database.tx import Store
from storage.messages import coordinator_notices

logger = logging.getLogger(__name__)

LATE = timedelta(minutes=10)
"""So much later than it should have come, a tick is late."""

NOTED_EVERY = timedelta(minutes=1)
"""How often a tick is put on record: so finely the end of a time away is known."""

PULSE = "tick"


class Punctuality:
    """Compares each tick with the one before, also across a time in which nothing ran.

    While the program runs, real time counts: a clock that a demo moves forward is not late.
    For the first tick the record of the last run counts.

    Args:
        every: How often the clock should knock.
        real: Seconds of real time that go on while a machine sleeps, as a monotonic clock's
            do not.
    """

    def __init__(self, *, every: timedelta, real: Callable[[], float] = time.time) -> None:
        self._every = every
        self._real = real
        self._last: float | None = None
        self._noted = -NOTED_EVERY.total_seconds()

    def stand_by(self) -> None:
        """Others keep the clock: what they have put on record counts when it is ours again."""
        self._last = None

    async def ticked(self, store: Store, now: datetime) -> bool:
        """Note a tick; True when it came so late, or early, that the coordinators are told.

        What cannot be put on record is tried again at the next tick, which is later still.
        """
        here = self._real()
        if self._last is None:
            async with store.reading() as tx:
                before = await updates.last_beat(tx, PULSE)
            passed = timedelta() if before is None else now - before
        else:
            passed = timedelta(seconds=here - self._last)
        late = passed - self._every
        is_wrong = abs(late) > LATE
        if is_wrong or abs(here - self._noted) >= NOTED_EVERY.total_seconds():
            await self._note(store, now, late)
            self._noted = here
        self._last = here
        return is_wrong

    async def _note(self, store: Store, now: datetime, late: timedelta) -> None:
        minutes = round(abs(late) / timedelta(minutes=1))
        async with store.transaction() as tx:
            await updates.beat(tx, name=PULSE, at=now)
            if late > LATE:
                logger.warning("the clock was %.0f s late", late.total_seconds())
                await coordinator_notices.late(tx, minutes=minutes, at=now)
            elif late < -LATE:
                logger.warning("the clock was set back by %.0f s", -late.total_seconds())
                await coordinator_notices.set_back(tx, minutes=minutes, at=now)
