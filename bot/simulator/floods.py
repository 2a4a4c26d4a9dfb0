"""How much the bot may say in how little time, as far as Telegram's limits are known."""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages a second and how many may come at once; ``None`` in place of it is no limit.

    The stock values follow Telegram's public advice (30 a second overall, 1 a second in
    one chat) and its tolerance of short bursts.

    Attributes:
        repeated_poll_wait: Seconds for which a repeated ``getUpdates`` with the same
            offset is held at least; Telegram holds it 3 s, which is slow in tests.
        edits: True when edits count like new messages.
    """

    overall_rate: float = 30.0
    overall_burst: int = 60
    chat_rate: float = 1.0
    chat_burst: int = 20
    edits: bool = False
    repeated_poll_wait: float = 0.0


STRICT = Limits(
    overall_burst=30,
    chat_burst=3,
    edits=True,
    repeated_poll_wait=3.0,
)
"""Hardly any tolerance: what survives this survives Telegram."""


class FloodGate:
    """One bucket for everything and one for each chat; real seconds, not the story's."""

    def __init__(self, limits: Limits | None, *, ticks: Callable[[], float]) -> None:
        self.limits = limits
        self._ticks = ticks
        self._overall: tuple[float, float] | None = None
        self._chats: dict[int, tuple[float, float]] = {}

    def retry_after(self, chat_id: int, *, is_edit: bool) -> int:
        """Return 0 and count the message, or the seconds to wait and count nothing."""
        limits = self.limits
        if limits is None or (is_edit and not limits.edits):
            return 0
        now = self._ticks()
        overall = _filled(self._overall, limits.overall_rate, limits.overall_burst, now)
        chat = _filled(self._chats.get(chat_id), limits.chat_rate, limits.chat_burst, now)
        missing = max((1 - overall) / limits.overall_rate, (1 - chat) / limits.chat_rate)
        if missing > 0:
            return math.ceil(missing)
        self._overall = (overall - 1, now)
        self._chats[chat_id] = (chat - 1, now)
        if len(self._chats) > 10_000:
            self._forget_full_buckets(limits, now)
        return 0

    def _forget_full_buckets(self, limits: Limits, now: float) -> None:
        self._chats = {
            chat_id: bucket
            for chat_id, bucket in self._chats.items()
            if _filled(bucket, limits.chat_rate, limits.chat_burst, now) < limits.chat_burst
        }


def _filled(bucket: tuple[float, float] | None, rate: float, burst: int, now: float) -> float:
    if bucket is None:
        return float(burst)
    level, at = bucket
    return min(float(burst), level + (now - at) * rate)
