"""Failures between the bot and Telegram, arranged by a test."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FaultKind(StrEnum):
    """The ways in which a call can fail."""

    REFUSE = "refuse"  # ok: false with any code and description
    FLOOD = "flood"  # 429 with retry_after
    SERVER_ERROR = "server_error"  # 500 as JSON
    BAD_GATEWAY = "bad_gateway"  # 502 as HTML, from a proxy
    LOGIN_PAGE = "login_page"  # 200 as HTML, from a network that wants a login first
    SILENT_BEFORE = "silent_before"  # not carried out, no reply, connection stays open
    SILENT_AFTER = "silent_after"  # carried out, but no reply
    DROP_BEFORE = "drop_before"  # not carried out, connection cut
    DROP_AFTER = "drop_after"  # carried out, then connection cut
    CUSTOM_BODY = "custom_body"  # 200 as JSON, with any bytes
    DELAY = "delay"  # carried out and answered, but late


@dataclass(slots=True, eq=False)
class Fault:
    """One arranged failure.

    Attributes:
        method: Bot API method that fails, or ``webhook`` for the delivery of updates; None: any.
        chat_id: Chat whose calls fail; None: any.
        times: How many more calls fail; None: all until the fault is removed.
        delay: Seconds to wait first; the whole failure for DELAY.
        retry_after: Seconds, for FLOOD.
        code: HTTP status, for REFUSE.
        description: Telegram's sentence, for REFUSE.
        body: The whole reply, for CUSTOM_BODY.
    """

    kind: FaultKind
    method: str | None = None
    chat_id: int | None = None
    times: int | None = 1
    delay: float = 0.0
    retry_after: int = 1
    code: int = 400
    description: str = "Bad Request: refused by arrangement"
    body: bytes = b""

    def matches(self, method: str, chat_id: int | None) -> bool:
        """Say whether this fault applies to a call."""
        is_method = self.method is None or self.method.lower() == method.lower()
        return is_method and self.chat_id in {None, chat_id}


class Faults:
    """The failures that are arranged now, oldest first."""

    def __init__(self) -> None:
        self.active: list[Fault] = []

    def add(self, kind: FaultKind, **details: Any) -> Fault:
        """Arrange a failure; the details are the attributes of ``Fault``."""
        fault = Fault(kind, **details)
        self.active.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """End a failure; one that has already ended is ignored."""
        if fault in self.active:
            self.active.remove(fault)

    def clear(self) -> None:
        """End all failures."""
        self.active.clear()

    def take_matching(self, method: str, chat_id: int | None) -> list[Fault]:
        """Return the faults that apply to a call and count them: all delays, one other fault."""
        matching = [fault for fault in self.active if fault.matches(method, chat_id)]
        taken = [fault for fault in matching if fault.kind is FaultKind.DELAY]
        taken += [fault for fault in matching if fault.kind is not FaultKind.DELAY][:1]
        for fault in taken:
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.remove(fault)
        return taken
