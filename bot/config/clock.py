"""The time, as everybody here is told it. A demo or a test may move it forward."""

import time
from datetime import UTC, datetime, timedelta


class Timepiece:
    """Real time, plus whatever it was moved forward by."""

    def __init__(self, *, start: datetime | None = None) -> None:
        self._ahead = timedelta() if start is None else start - datetime.now(UTC)

    def now(self) -> datetime:
        """Return the time, aware, UTC."""
        return datetime.now(UTC) + self._ahead

    def ticks(self) -> float:
        """Return seconds that pass evenly whatever is done to the time of day.

        They tell how long something took. Where the system can, they pass while it sleeps, too:
        what waited in Telegram meanwhile has aged as well.
        """
        since_boot: int | None = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic() if since_boot is None else time.clock_gettime(since_boot)

    def move(self, by: timedelta) -> None:
        """Move forward. Time never runs backwards: a negative length is refused."""
        if by < timedelta():
            raise ValueError("time does not run backwards")
        self._ahead += by
