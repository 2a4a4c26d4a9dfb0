"""The updates Telegram keeps for the bot, and how long it keeps them."""

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.simulator.signals import Signal

TAP_LIFETIME = timedelta(seconds=150)
LIFETIME = timedelta(hours=24)

NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(slots=True, eq=False)
class Pending:
    """One update nobody has confirmed yet.

    Attributes:
        queue: Updates with the same key reach a webhook strictly one after another.
    """

    id: int
    kind: str
    body: dict[str, Any]
    expires_at: datetime
    queue: Hashable


class UpdateQueue:
    """Updates in the order in which Telegram hands them out."""

    def __init__(self, *, first_id: int, now: Callable[[], datetime]) -> None:
        self.arrived = Signal()
        self.to_deliver = Signal()
        self.allowed: frozenset[str] | None = None
        self.pending: deque[Pending] = deque()
        self.dropped: list[int] = []
        self.twice = 0
        self._next_id = first_id
        self._now = now
        self._held: list[tuple[str, dict[str, Any], Hashable]] = []
        self._hold = 0

    def __len__(self) -> int:
        self.forget_expired()
        return len(self.pending)

    def allow(self, kinds: Iterable[str] | None) -> None:
        """Keep the setting for all updates to come; None leaves it, empty is the default."""
        if kinds is not None:
            self.allowed = frozenset(kinds) or None

    def put(self, kind: str, body: dict[str, Any], queue: Hashable = None) -> None:
        """Keep one update, unless the bot has not asked for its kind."""
        wanted = kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT
        if not wanted:
            return
        if self._hold:
            self._held.append((kind, body, queue))
            if len(self._held) == self._hold:
                self.let_go()
            return
        copies = 1
        if self.twice:
            self.twice -= 1
            copies = 2
        for _ in range(copies):
            self._append(kind, body, queue)
        self.wake()

    def reverse_next(self, count: int) -> None:
        """Withhold the next ``count`` updates, then hand them out last first."""
        self._hold = count

    def let_go(self) -> None:
        """Hand out what is withheld, last first."""
        held, self._held, self._hold = self._held, [], 0
        for kind, body, queue in reversed(held):
            self._append(kind, body, queue)
        self.wake()

    def repeat_newest(self) -> None:
        """Hand out the newest pending update once more under a new id."""
        newest = self.pending[-1]
        self._append(newest.kind, newest.body, newest.queue)
        self.wake()

    def wake(self) -> None:
        """Let the poll that waits, and the webhook's deliveries, look again."""
        self.arrived.ring()
        self.to_deliver.ring()

    def take(self, *, offset: int, limit: int) -> list[Pending]:
        """Confirm what lies before ``offset`` and return what follows, at most ``limit``."""
        self.forget_expired()
        if offset > 0:
            while self.pending and self.pending[0].id < offset:
                self.pending.popleft()
        elif offset < 0:
            while len(self.pending) > -offset:
                self.pending.popleft()
        return [update for update, _ in zip(self.pending, range(limit), strict=False)]

    def confirm(self, update: Pending) -> None:
        """Forget one update that a webhook has accepted."""
        if update in self.pending:
            self.pending.remove(update)

    def clear(self) -> None:
        """Forget everything, as ``drop_pending_updates`` asks."""
        self.pending.clear()

    def forget_expired(self) -> None:
        """Drop what nobody fetched in time; Telegram says nothing when it does."""
        now = self._now()
        if any(update.expires_at <= now for update in self.pending):
            self.dropped += [update.id for update in self.pending if update.expires_at <= now]
            self.pending = deque(update for update in self.pending if update.expires_at > now)

    def _append(self, kind: str, body: dict[str, Any], queue: Hashable) -> None:
        lifetime = TAP_LIFETIME if kind == "callback_query" else LIFETIME
        self.pending.append(
            Pending(
                id=self._next_id,
                kind=kind,
                body={"update_id": self._next_id, kind: body},
                expires_at=self._now() + lifetime,
                queue=queue,
            )
        )
        self._next_id += 1
