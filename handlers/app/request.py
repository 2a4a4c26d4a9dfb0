"""What somebody did, and all that is at hand to handle it. It knows no channel.

A handler reads, saves and replies: it opens ``request.transaction()``, and answers through
``request.reply`` once that is committed.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from alliance.calendar.timing import zone_named
from alliance.people.permissions import Action
from alliance.typed.plain_text import plain_text
from handlers.app.reply import MessageRef, Reply
from handlers.app.services import Services
from handlers.texts import say
from storage.audit.change import Change
from storage.conversations.conversations import Conversation
from storage.database import updates
from storage.database.tx import Tx
from storage.people.people import Person

ViewAction = Literal[
    "alert.shown",
    "alert.words_shown",
    "caseload.viewed",
    "data.taken",
    "digest.viewed",
    "episode.shown",
    "group.viewed",
    "patient.viewed",
]
"""The audit actions of people who look at something, or take a copy of it."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The account that wrote, tapped or sent something.

    Attributes:
        account_id: Its number in the channel.
        language_code: What its app is set to, as the channel tells it.
        is_bot: Whether it is a bot, which never takes part.
    """

    account_id: int
    language_code: str | None = None
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that somebody sent.

    Attributes:
        name: As its sender calls it; may be empty.
        fetch: Returns its content. Raises a Refusal when it is too large or cannot be fetched.
    """

    name: str
    fetch: Callable[[], Awaitable[bytes]]


def plain_words(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words after a command in plain form; one of invisible marks alone is none."""
    return tuple(filter(None, map(plain_text, words)))


async def _nothing() -> None:
    """Do nothing when a transaction is committed."""


@dataclass(slots=True, eq=False)
class Request:
    """One thing that somebody did: a command, a text, a tap or a file.

    Attributes:
        update_id: Number of the update; the same number again is the same update again.
        action: What the sender wants to do, by the route they came.
        refusal_key: Key of the words for what does not exist or is not theirs to see.
        text: What was typed, whole; empty for a tap or a file.
        args: The words after a command, in plain form.
        data: What a tapped button carries.
        message: The message that was tapped or written.
        file: The file that was sent.
        has_blocked: For a change of the chat itself: whether the sender now refuses messages.
        is_new: False when this update was handled before a crash: what would count twice is
            then left out. Known inside ``transaction()``.
        on_commit: Called after each commit of ``transaction()``, before anything is replied.
    """

    sender: Sender
    services: Services
    reply: Reply
    update_id: int
    action: Action
    refusal_key: str
    text: str = ""
    args: tuple[str, ...] = ()
    data: str = ""
    message: MessageRef | None = None
    file: SentFile | None = None
    has_blocked: bool = False
    is_new: bool = True
    on_commit: Callable[[], Awaitable[None]] = _nothing
    _tx: Tx | None = field(default=None, init=False)
    _person: Person | None = field(default=None, init=False)
    _conversation: Conversation | None = field(default=None, init=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Open the transaction of this request; leaving it means that its effect is on disk.

        The update's id is saved in the same transaction, so that an update that is repeated
        after a crash is recognised (``is_new``).
        """
        async with self.services.store.transaction() as tx:
            self.is_new = await updates.record_update(
                tx, update_id=self.update_id, chat=self.sender.account_id, at=self.now
            )
            self._tx = tx
            try:
                yield tx
            finally:
                self._tx = None
        await self.on_commit()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """Open a transaction that only reads."""
        async with self.services.store.read_transaction() as tx:
            self._tx = tx
            try:
                yield tx
            finally:
                self._tx = None

    @property
    def tx(self) -> Tx:
        """The open transaction."""
        if self._tx is None:
            raise RuntimeError("no transaction of this request is open")
        return self._tx

    @property
    def person(self) -> Person:
        """Who the sender is; known once ``access.require_role`` has let them in."""
        if self._person is None:
            raise RuntimeError("nobody has asked yet who sent this request")
        return self._person

    @person.setter
    def person(self, person: Person) -> None:
        self._person = person

    @property
    def conversation(self) -> Conversation:
        """The conversation of several steps that this request begins or continues."""
        if self._conversation is None:
            raise RuntimeError("this request belongs to no conversation")
        return self._conversation

    @conversation.setter
    def conversation(self, conversation: Conversation) -> None:
        self._conversation = conversation

    @property
    def now(self) -> datetime:
        """The time, aware."""
        return self.services.now()

    @property
    def zone(self) -> ZoneInfo:
        """The sender's time zone."""
        return zone_named(self.person.zone)

    @property
    def language(self) -> str:
        """The sender's language."""
        return self.person.language

    def say(self, key: str, /, **values: object) -> str:
        """Return words in the sender's language."""
        return say(self.person.language, key, **values)

    def change(self) -> Change:
        """Return the change of the clinic's data that this request makes, for the audit log."""
        return Change(self.tx, self.person.id, self.now)

    async def record_view(
        self, action: ViewAction, subject_id: str | None = None, **facts: str
    ) -> None:
        """Record in the audit log what the sender looks at.

        Changes are recorded by the storage functions that make them.
        """
        await self.change().record(action, subject_id, after=facts or None)
