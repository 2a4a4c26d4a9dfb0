"""Waking those who wait: no polling, no sleeping."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """Something visible happened: what, where, and a number that only grows."""

    kind: str
    chat_id: int | None
    number: int


Listener = Callable[[Change], None]


class Signal:
    """Wakes every task that waits for it, each time it is rung. One event loop only."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()
        self._watching: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Wake everybody who waits now."""
        _wake(self._waiting)

    def next_ring(self) -> asyncio.Future[None]:
        """Return a future of the next ring, counted from this very moment.

        A task that only begins to wait later would miss what rings in between.
        """
        _wake(self._watching)
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        return future

    async def wait(self) -> None:
        """Return when rung for the next time."""
        await self.next_ring()

    async def waited_for(self) -> None:
        """Return when somebody waits: a test can be sure that a poll has begun."""
        if not self._waiting:
            await _wait_in(self._watching)


async def _wait_in(waiting: set[asyncio.Future[None]]) -> None:
    future = asyncio.get_running_loop().create_future()
    waiting.add(future)
    try:
        await future
    finally:
        waiting.discard(future)


def _wake(waiting: set[asyncio.Future[None]]) -> None:
    woken = list(waiting)
    waiting.clear()
    for future in woken:
        if not future.done():
            future.set_result(None)


class Changes:
    """The news of one simulator: to wait for, and to listen to."""

    def __init__(self) -> None:
        self.number = 0
        self._signal = Signal()
        self._listeners: list[Listener] = []

    def tell(self, kind: str, chat_id: int | None = None) -> None:
        """Announce one change."""
        self.number += 1
        self._signal.ring()
        if self._listeners:
            change = Change(kind, chat_id, self.number)
            for listener in tuple(self._listeners):
                listener(change)

    async def wait(self) -> None:
        """Return at the next change."""
        await self._signal.wait()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` at each change; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
