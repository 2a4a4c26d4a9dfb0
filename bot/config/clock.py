"""The clock of one bot. A demo or a test can move it forward."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Real time, plus the time by which it was moved forward."""

    def __init__(self, *, start: datetime | None = None) -> None:
        self._ahead = timedelta() if start is None else start - datetime.now(UTC)

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return datetime.now(UTC) + self._ahead

    def monotonic(self) -> float:
        """Return monotonic seconds, for durations.

        Where the system supports it, they also pass while the system sleeps, as updates that wait
        in Telegram get older meanwhile.
        """
        since_boot: int | None = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic() if since_boot is None else time.clock_gettime(since_boot)

    def advance(self, by: timedelta) -> None:
        """Move forward; ValueError for a negative duration."""
        if by < timedelta():
            raise ValueError("the clock cannot be moved backwards")
        self._ahead += by
