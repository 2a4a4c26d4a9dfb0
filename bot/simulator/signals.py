"""Wake waiting tasks, without polling or sleeping."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


class Signal:
    """Wakes every task that waits for it, at each notification. For one event loop."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def has_waiters(self) -> bool:
        """Whether a task waits now."""
        return bool(self._waiting)

    def notify(self) -> None:
        """Wake all tasks that wait now."""
        woken = list(self._waiting)
        self._waiting.clear()
        for future in woken:
            if not future.done():
                future.set_result(None)

    def next_notification(self) -> asyncio.Future[None]:
        """Return a future of the next notification, counted from the call.

        A task that begins to wait later would miss the notifications in between.
        """
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        return future

    async def wait(self) -> None:
        """Return at the next notification."""
        await self.next_notification()


@dataclass(frozen=True, slots=True)
class SimulatorChange:
    """Something visible happened in the simulator."""

    kind: str
    chat_id: int | None


Listener = Callable[[SimulatorChange], None]


class ChangeFeed:
    """Everything that happens in one simulator, to wait for or to listen to."""

    def __init__(self) -> None:
        self._signal = Signal()
        self._listeners: list[Listener] = []

    def publish(self, kind: str, chat_id: int | None = None) -> None:
        """Announce one change."""
        self._signal.notify()
        if self._listeners:
            change = SimulatorChange(kind, chat_id)
            for listener in tuple(self._listeners):
                listener(change)

    async def wait(self) -> None:
        """Return at the next change."""
        await self._signal.wait()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` at each change; return the function that ends this."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
