"""How fast we may speak: thirty messages a second overall, one a second to each chat."""

from collections import deque
from collections.abc import Iterable

OVERALL = 30
WINDOW_SECONDS = 1.0
BETWEEN_SECONDS = 1.0


class Pace:
    """Keeps the limits over any second, not on average: Telegram counts bursts.

    Times are seconds of one monotonic clock. People, not chats, are the key: each has one.
    """

    def __init__(self) -> None:
        self._recent: deque[float] = deque()
        self._resting: dict[str, float] = {}
        self._all_until = 0.0
        self._last_told = -WINDOW_SECONDS

    def wait(self, now: float) -> float:
        """Return the seconds until anything may leave at all; 0 when it may now."""
        while self._recent and self._recent[0] <= now - WINDOW_SECONDS:
            self._recent.popleft()
        until = self._all_until
        if len(self._recent) >= OVERALL:
            until = max(until, self._recent[0] + WINDOW_SECONDS)
        return max(0.0, until - now)

    def spend(self, person_id: str, now: float) -> None:
        """Note that a message to somebody leaves now."""
        self._recent.append(now)
        self.rest(person_id, now + BETWEEN_SECONDS)

    def rest(self, person_id: str, until: float) -> None:
        """Write nothing to somebody before ``until``."""
        self._resting[person_id] = max(until, self._resting.get(person_id, until))

    def told(self, person_id: str, seconds: float, now: float) -> None:
        """Heed a 429: it stops its own chat; a second one within a second stops all."""
        self.rest(person_id, now + seconds)
        if now - self._last_told < WINDOW_SECONDS:
            self._all_until = max(self._all_until, now + seconds)
        self._last_told = now

    def resting(self, now: float) -> Iterable[str]:
        """Return who is not to be written to now."""
        self._resting = {who: until for who, until in self._resting.items() if until > now}
        return tuple(self._resting)

    def next_rested(self, now: float) -> float | None:
        """Return the seconds until the first of the resting may be written to again."""
        return min((until - now for until in self._resting.values()), default=None)
