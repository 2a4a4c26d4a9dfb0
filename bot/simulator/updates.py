"""The updates that Telegram holds for the bot, and for how long."""

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.simulator.signals import Signal

TAP_LIFETIME = timedelta(seconds=150)
UPDATE_LIFETIME = timedelta(hours=24)

OPT_IN_KINDS = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(slots=True, eq=False)
class PendingUpdate:
    """One update that the bot has not confirmed yet.

    Attributes:
        queue: Updates with the same key reach a webhook strictly one after another.
    """

    id: int
    kind: str
    body: dict[str, Any]
    expires_at: datetime
    queue: Hashable


class UpdateQueue:
    """Updates in the order in which Telegram delivers them."""

    def __init__(self, *, first_id: int, now: Callable[[], datetime]) -> None:
        self.arrival_signal = Signal()
        self.delivery_signal = Signal()
        self.allowed: frozenset[str] | None = None
        self.pending: deque[PendingUpdate] = deque()
        self.expired_ids: list[int] = []
        self.repeat_count = 0
        self._next_id = first_id
        self._now = now

    def __len__(self) -> int:
        self.forget_expired()
        return len(self.pending)

    def allow(self, kinds: Iterable[str] | None) -> None:
        """Set ``allowed_updates`` for later updates; None leaves it, empty is the default."""
        if kinds is not None:
            self.allowed = frozenset(kinds) or None

    def put(self, kind: str, body: dict[str, Any], queue: Hashable = None) -> None:
        """Keep one update, unless the bot has not asked for its kind."""
        is_wanted = kind in self.allowed if self.allowed else kind not in OPT_IN_KINDS
        if not is_wanted:
            return
        copies = 1
        if self.repeat_count:
            self.repeat_count -= 1
            copies = 2
        lifetime = TAP_LIFETIME if kind == "callback_query" else UPDATE_LIFETIME
        for _ in range(copies):
            self.pending.append(
                PendingUpdate(
                    id=self._next_id,
                    kind=kind,
                    body={"update_id": self._next_id, kind: body},
                    expires_at=self._now() + lifetime,
                    queue=queue,
                )
            )
            self._next_id += 1
        self.wake()

    def wake(self) -> None:
        """Let a waiting poll and the webhook deliveries look for updates again."""
        self.arrival_signal.notify()
        self.delivery_signal.notify()

    def take(self, *, offset: int, limit: int) -> list[PendingUpdate]:
        """Confirm the updates before ``offset`` and return at most ``limit`` that follow."""
        self.forget_expired()
        if offset > 0:
            while self.pending and self.pending[0].id < offset:
                self.pending.popleft()
        elif offset < 0:
            while len(self.pending) > -offset:
                self.pending.popleft()
        return [update for update, _ in zip(self.pending, range(limit), strict=False)]

    def confirm(self, update: PendingUpdate) -> None:
        """Forget one update that the webhook has accepted."""
        if update in self.pending:
            self.pending.remove(update)

    def clear(self) -> None:
        """Forget all updates, for ``drop_pending_updates``."""
        self.pending.clear()

    def forget_expired(self) -> None:
        """Drop expired updates; Telegram does so silently."""
        now = self._now()
        if any(update.expires_at <= now for update in self.pending):
            self.expired_ids += [update.id for update in self.pending if update.expires_at <= now]
            self.pending = deque(update for update in self.pending if update.expires_at > now)
