"""How much of one account is taken: a bucket for each, so that a flood costs nobody else.

Kept in memory only. A bucket is full again within a minute, so a restart forgives little, and
several workers forgive a flood a few times over; a table would cost every honest tap a write.
Seconds are those of one monotonic clock, and arguments.
"""

from dataclasses import dataclass
from enum import Enum

PER_SECOND = 2.0
"""What a bucket gets back. Thumbs are quicker for a moment, not for a minute."""

STRANGERS_AT_ONCE = 5
STRANGERS_PER_SECOND = 0.1
WAY_BACK_SECONDS = 2.5
"""Whoever was too quick must be quiet for so long, at least, before they are heard again."""

BETWEEN_SENTENCES = 60.0
MOST_REMEMBERED = 20_000


class Entry(Enum):
    """What becomes of an update."""

    TAKEN = "taken"
    TOLD = "told"  # left out, and its sender gets a sentence
    LEFT_OUT = "left out"


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float
    is_stranger: bool = False
    is_shut: bool = False
    told_at: float = float("-inf")


class Turnstile:
    """Lets ordinary use through, and of a flood a little.

    What is left out counts as well: a flood that goes on is not heard in between.

    Args:
        at_once: So many updates of one account are taken in a row; 0 takes all of everybody.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._buckets: dict[int, _Bucket] = {}

    @property
    def remembered(self) -> int:
        """How many accounts it has in mind."""
        return len(self._buckets)

    def enter(self, account: int, now: float) -> Entry:
        """Return what becomes of one more update of an account."""
        if not self._at_once:
            return Entry.TAKEN
        bucket = self._buckets.get(account)
        if bucket is None:
            self._forget(now)
            bucket = self._buckets[account] = _Bucket(self._at_once, now)
        most, rate = self._limits(bucket)
        bucket.left = min(most, bucket.left + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.left < (max(1.0, WAY_BACK_SECONDS * rate) if bucket.is_shut else 1.0):
            bucket.left = max(0.0, bucket.left - 1.0)
            return self._refused(bucket, now)
        bucket.left -= 1.0
        bucket.is_shut = False
        return Entry.TAKEN

    def met(self, account: int, *, is_stranger: bool) -> None:
        """Note whether an account is one of ours; strangers get less."""
        bucket = self._buckets.get(account)
        if bucket is not None:
            bucket.is_stranger = is_stranger
            bucket.left = min(bucket.left, self._limits(bucket)[0])

    def _limits(self, bucket: _Bucket) -> tuple[float, float]:
        if bucket.is_stranger:
            return min(self._at_once, STRANGERS_AT_ONCE), STRANGERS_PER_SECOND
        return self._at_once, PER_SECOND

    @staticmethod
    def _refused(bucket: _Bucket, now: float) -> Entry:
        bucket.is_shut = True
        if now - bucket.told_at < BETWEEN_SENTENCES:
            return Entry.LEFT_OUT
        bucket.told_at = now
        return Entry.TOLD

    def _forget(self, now: float) -> None:
        """Forget who has been quiet for long, and everybody else where there are too many."""
        if len(self._buckets) < MOST_REMEMBERED:
            return
        self._buckets = {
            account: bucket
            for account, bucket in self._buckets.items()
            if now - bucket.at < BETWEEN_SENTENCES
        }
        if len(self._buckets) >= MOST_REMEMBERED:
            self._buckets.clear()
