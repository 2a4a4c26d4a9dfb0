"""Telegram's flood limits, as far as they are known."""

import math
from collections.abc import Callable
from dataclasses import dataclass

MAX_CHATS = 10_000
"""Above this many chats, those whose bucket is full again are forgotten."""


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """Messages a second, and how many may come at once.

    The defaults follow Telegram's public advice (30 a second overall, 1 a second in one chat)
    and its tolerance of short bursts. Edits are not counted.
    """

    overall_rate: float = 30.0
    overall_burst: int = 60
    chat_rate: float = 1.0
    chat_burst: int = 20


class FloodLimiter:
    """Token buckets, one for all chats together and one for each chat, in real seconds.

    Args:
        limits: None switches it off.
        monotonic: Real seconds.
    """

    def __init__(self, limits: FloodLimits | None, *, monotonic: Callable[[], float]) -> None:
        self.limits = limits
        self._monotonic = monotonic
        self._overall: tuple[float, float] | None = None
        self._chats: dict[int, tuple[float, float]] = {}

    def retry_after(self, chat_id: int) -> int:
        """Count a message and return 0, or count nothing and return the seconds to wait."""
        limits = self.limits
        if limits is None:
            return 0
        now = self._monotonic()
        overall = _refill(self._overall, limits.overall_rate, limits.overall_burst, now)
        chat = _refill(self._chats.get(chat_id), limits.chat_rate, limits.chat_burst, now)
        missing = max((1 - overall) / limits.overall_rate, (1 - chat) / limits.chat_rate)
        if missing > 0:
            return math.ceil(missing)
        self._overall = (overall - 1, now)
        self._chats[chat_id] = (chat - 1, now)
        if len(self._chats) > MAX_CHATS:
            self._forget_full_buckets(limits, now)
        return 0

    def _forget_full_buckets(self, limits: FloodLimits, now: float) -> None:
        self._chats = {
            chat_id: bucket
            for chat_id, bucket in self._chats.items()
            if _refill(bucket, limits.chat_rate, limits.chat_burst, now) < limits.chat_burst
        }


def _refill(bucket: tuple[float, float] | None, rate: float, burst: int, now: float) -> float:
    if bucket is None:
        return float(burst)
    level, at = bucket
    return min(float(burst), level + (now - at) * rate)
