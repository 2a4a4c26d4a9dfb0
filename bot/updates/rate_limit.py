"""Token-bucket rate limiter, one bucket per Telegram account, so that a flood costs nobody else.

In memory only. A bucket is full again within a minute, so a restart forgives little, and several
workers let a flood through a few times over; a table would cost every honest tap a write.
Seconds are those of one monotonic clock, and arguments.
"""

from dataclasses import dataclass
from enum import Enum

TOKENS_PER_SECOND = 2.0
"""The refill rate. People tap faster for a moment, but not for a minute."""

STRANGER_BURST = 5
STRANGER_TOKENS_PER_SECOND = 0.1
UNBLOCK_AFTER_SECONDS = 2.5
"""An account that was too fast must be quiet for at least so long."""

WARNING_INTERVAL_SECONDS = 60.0
MAX_ACCOUNTS = 20_000


class Decision(Enum):
    """What happens to an update."""

    ACCEPTED = "accepted"
    WARNED = "warned"  # dropped, and its sender is told
    DROPPED = "dropped"


@dataclass(slots=True)
class _Bucket:
    tokens: float
    updated_at: float
    is_stranger: bool = False
    is_blocked: bool = False
    warned_at: float = float("-inf")


class AccountRateLimiter:
    """Lets ordinary use through, and a little of a flood.

    Dropped updates count as well: a flood that continues does not get through in between.

    Args:
        at_once: So many updates of one account are accepted in a row; 0 switches the limit off.
    """

    def __init__(self, at_once: int) -> None:
        self._burst = at_once
        self._buckets: dict[int, _Bucket] = {}

    @property
    def account_count(self) -> int:
        """How many accounts are remembered."""
        return len(self._buckets)

    def decide(self, account: int, now: float) -> Decision:
        """Return what happens to one more update of an account."""
        if not self._burst:
            return Decision.ACCEPTED
        bucket = self._buckets.get(account)
        if bucket is None:
            self._forget_idle(now)
            bucket = self._buckets[account] = _Bucket(self._burst, now)
        most, rate = self._limits(bucket)
        bucket.tokens = min(most, bucket.tokens + (now - bucket.updated_at) * rate)
        bucket.updated_at = now
        if bucket.tokens < (max(1.0, UNBLOCK_AFTER_SECONDS * rate) if bucket.is_blocked else 1.0):
            bucket.tokens = max(0.0, bucket.tokens - 1.0)
            return self._refuse(bucket, now)
        bucket.tokens -= 1.0
        bucket.is_blocked = False
        return Decision.ACCEPTED

    def set_stranger(self, account: int, *, is_stranger: bool) -> None:
        """Record whether an account takes part; strangers get less."""
        bucket = self._buckets.get(account)
        if bucket is not None:
            bucket.is_stranger = is_stranger
            bucket.tokens = min(bucket.tokens, self._limits(bucket)[0])

    def _limits(self, bucket: _Bucket) -> tuple[float, float]:
        if bucket.is_stranger:
            return min(self._burst, STRANGER_BURST), STRANGER_TOKENS_PER_SECOND
        return self._burst, TOKENS_PER_SECOND

    @staticmethod
    def _refuse(bucket: _Bucket, now: float) -> Decision:
        bucket.is_blocked = True
        if now - bucket.warned_at < WARNING_INTERVAL_SECONDS:
            return Decision.DROPPED
        bucket.warned_at = now
        return Decision.WARNED

    def _forget_idle(self, now: float) -> None:
        """Forget accounts that were quiet for long, and all others if there are too many."""
        if len(self._buckets) < MAX_ACCOUNTS:
            return
        self._buckets = {
            account: bucket
            for account, bucket in self._buckets.items()
            if now - bucket.updated_at < WARNING_INTERVAL_SECONDS
        }
        if len(self._buckets) >= MAX_ACCOUNTS:
            self._buckets.clear()
