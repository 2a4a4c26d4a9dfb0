"""The clock of a story: it can be moved, so that nobody has to wait in real time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from bot.config.clock import Clock
from storage.database.tx import Tx
from storage.messages import send_limits


class StoryClock(Clock):
    """A clock that can also be set back, and that knows by how much it was moved."""

    def __init__(self, *, start: datetime) -> None:
        super().__init__(start=start)
        self._skipped_seconds = 0.0
        self._advanced = timedelta()

    def monotonic(self) -> float:
        """Return the real seconds plus those that were skipped."""
        return super().monotonic() + self._skipped_seconds

    def advance(self, by: timedelta) -> None:
        """Move forward; ValueError for a negative duration."""
        super().advance(by)
        self._advanced += by

    def elapsed(self) -> float:
        """Return seconds that never go back, with all by which the clock was moved forward."""
        return time.monotonic() + self._advanced.total_seconds()

    def set_back(self, by: timedelta) -> None:
        """Set the time of day back, as an administrator does who finds it wrong."""
        self._ahead -= by

    def skip(self, seconds: float) -> None:
        """Let time pass on both clocks, without a tick."""
        self._skipped_seconds += seconds
        self.advance(timedelta(seconds=seconds))


@contextmanager
def skip_send_limits(clock: StoryClock) -> Iterator[None]:
    """Move the clock over the second between two messages to one person, to save real time.

    The sender asks when the limit ends only if a message waits for nothing else.
    """
    ask = send_limits.next_unblocked_at

    async def skip(tx: Tx, *, now: datetime) -> datetime | None:
        ends_at = await ask(tx, now=now)
        if ends_at is None or ends_at - now > send_limits.PER_PERSON_INTERVAL:
            return ends_at
        clock.advance(max(timedelta(), ends_at - clock.now()))
        return now

    send_limits.next_unblocked_at = skip
    try:
        yield
    finally:
        send_limits.next_unblocked_at = ask
