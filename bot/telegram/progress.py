"""How the handling of one update goes, for the poller or webhook that waits for it."""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass, field

TURNS_BEFORE_SPEAKING = 3
"""Turns of the event loop that let the next poll leave before replies are sent.

A commit ends for a hundred updates at once. If all of them replied at once, the next updates
would be fetched only afterwards; with 50 ms to Telegram that costs an eighth of all taps.
"""


@dataclass(slots=True, eq=False)
class UpdateProgress:
    """How the handling of one update goes.

    Attributes:
        before: The same chat's update before this one, while it is in progress.
        saved: Set once the effect is on disk, or there is none to come.
        finished: Set once every reply was sent, too.
        has_effect: Whether something is on disk.
        failure: What a handler failed with, if it did.
        is_stranger: Whether it came from an account that takes no part; None while unknown.
    """

    before: "UpdateProgress | None" = None
    saved: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    has_effect: bool = False
    failure: Exception | None = None
    is_stranger: bool | None = None

    def begin(self) -> None:
        """Forget an earlier failure: the update is tried again."""
        self.failure = None

    async def turn_to_speak(self) -> None:
        """Wait until every reply to the chat's earlier update was sent.

        Whoever replies has saved what there was to save, so the chat's next update may be
        handled and Telegram may forget this one: a chat that must be silent for a minute
        holds up nobody.
        """
        self.saved.set()
        if self.before is not None:
            await self.before.finished.wait()

    def end(self) -> None:
        """Let whoever waits for this update continue."""
        self.before = None
        self.saved.set()
        self.finished.set()


UPDATE_PROGRESS: ContextVar[UpdateProgress | None] = ContextVar("update_progress", default=None)


async def record_commit(*, is_message: bool) -> None:
    """Note that the effect of the update that is handled now is on disk.

    Args:
        is_message: Whether somebody wrote or tapped. Anybody may block the bot; only people who
            take part get further when they write.
    """
    progress = UPDATE_PROGRESS.get()
    if progress is None:
        return
    progress.has_effect = True
    if is_message:
        progress.is_stranger = False
    progress.saved.set()
    for _ in range(TURNS_BEFORE_SPEAKING):
        await asyncio.sleep(0)
