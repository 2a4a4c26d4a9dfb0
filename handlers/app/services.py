"""What every handler has at hand, and the one way it writes: with the update it answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telegram import Update
from telegram.ext import Application, CallbackContext

from alliance.checkins.instruments import Instrument
from alliance.people.permissions import Action
from alliance.rupture import Detector
from handlers.app.site import Site
from handlers.app.telegram_client import Line
from storage.database import updates
from storage.database.tx import Store, Tx

TURNS_BEFORE_SPEAKING = 3
"""Turns of the event loop that let the ear's next poll leave first.

A commit ends for a hundred updates at once. Would they all speak at once, too, the next ones
were asked for only afterwards; with 50 ms to Telegram that costs an eighth of all taps.
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """What every handler has at hand.

    Attributes:
        store: The open database.
        now: The time, aware; injected so that a demo or a test can move it.
        ring: Wakes the courier; to be called after the transaction that posted a letter.
        knock: Wakes the clock: something has just become due.
        site: The clinic's decisions.
        detector: Makes the detector for an instrument.
    """

    store: Store
    now: Callable[[], datetime]
    ring: Callable[[], None]
    knock: Callable[[], None]
    site: Site
    detector: Callable[[Instrument], Detector]

    @asynccontextmanager
    async def keeping(self, update: Update) -> AsyncIterator["Page"]:
        """Open the transaction of one update; leaving it means that its effect is on disk.

        The update's id is kept in the same transaction, so an update that is repeated after
        a crash is known as such: ``page.fresh`` is False, and what would count twice is left
        out. The ear confirms the update to Telegram from here on; speaking comes after.
        """
        whose = update.effective_user or update.effective_chat
        chat = 0 if whose is None else whose.id
        async with self.store.transaction() as tx:
            fresh = await updates.hear(tx, update_id=update.update_id, chat=chat, at=self.now())
            yield Page(tx, fresh)
        hearing = HEARING.get()
        if hearing is not None:
            hearing.has_effect = True
            if update.my_chat_member is None:  # anybody may block us; to write is for our people
                hearing.is_stranger = False
            hearing.kept.set()
            for _ in range(TURNS_BEFORE_SPEAKING):
                await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Page:
    """The open transaction of one update, and whether that update is new."""

    tx: Tx
    fresh: bool


@dataclass(slots=True, eq=False)
class Hearing:
    """How the handling of one update goes, for the ear that waits for it.

    Attributes:
        before: The same chat's update before this one, while it is under way.
        kept: Set once the effect is on disk, or there is none to come.
        over: Set once everything is said, too.
        has_effect: Whether something is on disk.
        failure: What a handler failed with, if it did.
        is_stranger: Whether it came from an account that takes no part; None while unknown.
    """

    before: "Hearing | None" = None
    kept: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    has_effect: bool = False
    failure: Exception | None = None
    is_stranger: bool | None = None

    def begin(self) -> None:
        """Forget an earlier failure: the update is tried again."""
        self.failure = None

    async def turn_to_speak(self) -> None:
        """Wait until the chat's earlier update has said everything.

        Whoever speaks has kept what there was to keep, so the chat's next update may begin to
        be handled, and Telegram may forget this one: a chat that must be silent for a minute
        holds up nobody.
        """
        self.kept.set()
        if self.before is not None:
            await self.before.over.wait()

    def end(self) -> None:
        """Let whoever waits for this one go on."""
        self.before = None
        self.kept.set()
        self.over.set()


HEARING: ContextVar[Hearing | None] = ContextVar("hearing", default=None)


class Context(CallbackContext[Line, dict[Any, Any], dict[Any, Any], Desk]):
    """The framework's context with what is ours; user and chat data stay empty.

    Attributes:
        action: What the one who writes or taps wants to do, by the door they came to.
        otherwise: Key of the words for what does not exist, or is not theirs.
    """

    action: Action
    otherwise: str

    @property
    def desk(self) -> Desk:
        """What every handler has at hand."""
        return self.bot_data


House = Application[Line, Context, dict[Any, Any], dict[Any, Any], Desk, None]
