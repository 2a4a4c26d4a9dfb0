"""What can go wrong between the bot and Telegram, on demand."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """The ways in which a call can fail."""

    REFUSE = "refuse"  # ok: false with any code and description
    FLOOD = "flood"  # 429 with retry_after
    SERVER_ERROR = "server_error"  # 500 as JSON
    BAD_GATEWAY = "bad_gateway"  # 502 as HTML, from a proxy that knows no JSON
    NONSENSE = "nonsense"  # 200 as HTML, from a network that wants a login first
    SILENT_BEFORE = "silent_before"  # never read, connection stays open
    SILENT_AFTER = "silent_after"  # accepted and done, but the reply never comes
    DROP_BEFORE = "drop_before"  # connection cut, nothing was done
    DROP_AFTER = "drop_after"  # accepted and done, then the connection is cut
    GARBAGE = "garbage"  # 200 as JSON, with any bytes
    DELAY = "delay"  # done and answered, but late


@dataclass(slots=True, eq=False)
class Fault:
    """One arranged failure; None means any method, any chat, no end.

    Attributes:
        method: Of the Bot API; or ``webhook``, for updates on their way to the bot.
        times: How many calls it still hits.
        until: Until when it hits, on the simulator's real-time ticks.
        delay: For DELAY, how late; with other kinds, how long before they strike.
        body: For GARBAGE.
    """

    kind: FaultKind
    method: str | None = None
    chat_id: int | None = None
    times: int | None = None
    until: float | None = None
    delay: float = 0.0
    retry_after: int = 1
    code: int = 400
    description: str = "Bad Request: refused by arrangement"
    body: bytes = b""


class Faults:
    """The failures that are arranged now, oldest first."""

    def __init__(self, *, ticks: Callable[[], float]) -> None:
        self.arranged: list[Fault] = []
        self._ticks = ticks

    def add(
        self,
        kind: FaultKind,
        *,
        method: str | None = None,
        chat_id: int | None = None,
        times: int | None = 1,
        seconds: float | None = None,
        delay: float = 0.0,
        retry_after: int = 1,
        code: int = 400,
        description: str = "Bad Request: refused by arrangement",
        body: bytes = b"",
    ) -> Fault:
        """Arrange a failure.

        Args:
            kind: What goes wrong.
            method: Only this method; None for all.
            chat_id: Only calls for this chat; None for all.
            times: How many calls it hits; None for every call until lifted.
            seconds: It ends by itself after this many real seconds.
            delay: Real seconds that pass first.
            retry_after: For FLOOD.
            code: For REFUSE.
            description: For REFUSE, Telegram's sentence.
            body: For GARBAGE, all that is answered.
        """
        fault = Fault(
            kind=kind,
            method=method.lower() if method else None,
            chat_id=chat_id,
            times=times,
            until=None if seconds is None else self._ticks() + seconds,
            delay=delay,
            retry_after=retry_after,
            code=code,
            description=description,
            body=body,
        )
        self.arranged.append(fault)
        return fault

    def lift(self, fault: Fault) -> None:
        """End one arranged failure; one that has ended already is no error."""
        if fault in self.arranged:
            self.arranged.remove(fault)

    def clear(self) -> None:
        """End all of them."""
        self.arranged.clear()

    def strike(self, method: str, chat_id: int | None) -> list[Fault]:
        """Return what hits this call, and count it: all delays, and the first other one."""
        if not self.arranged:
            return []
        now = self._ticks()
        self.arranged = [one for one in self.arranged if one.until is None or one.until > now]
        struck: list[Fault] = []
        for fault in tuple(self.arranged):
            if fault.method not in {None, method.lower()} or fault.chat_id not in {None, chat_id}:
                continue
            if fault.kind is not FaultKind.DELAY and any(
                one.kind is not FaultKind.DELAY for one in struck
            ):
                continue
            struck.append(fault)
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.lift(fault)
        return struck
