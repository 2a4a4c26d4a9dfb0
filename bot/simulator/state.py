"""Everything that the simulated Telegram knows: chats, files, taps, updates, the bot's settings."""

import random
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.simulator import refusals
from bot.simulator.messages import Chat, Json, Message, StoredFile, User
from bot.simulator.queries import ANSWER_DEADLINE, Query
from bot.simulator.schema import load_schema
from bot.simulator.signals import ChangeFeed
from bot.simulator.updates import UpdateQueue

MAX_MESSAGES_PER_CHAT = 1_000
"""The oldest messages are dropped, so that memory stays bounded in long benchmarks."""

MAX_FILES = 500
"""Likewise, over all chats."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

MEMBERSHIPS: dict[str, Json] = {
    "member": {"status": "member"},
    "kicked": {"status": "kicked", "until_date": 0},
}
"""The bot's standing in a private chat, as ``ChatMember``."""


class BrokenSimulator(Exception):
    """The simulator was about to send something that Telegram could not have sent."""


class TelegramState:
    """Chats, files, taps, pending updates and the bot's own settings.

    Args:
        token: The bot's token; its id is the number before the colon.
        username: The bot's user name.
        now: The clock of the simulation; it may stand still or jump.
        seed: The same seed gives the same ids.
    """

    def __init__(
        self, *, token: str, username: str, now: Callable[[], datetime], seed: int | None
    ) -> None:
        self.now = now
        # Ids must look real and be repeatable; they need not be secret.
        self.random = random.Random(seed)  # noqa: S311
        self.bot = User(int(token.partition(":")[0]), "Attune", is_bot=True, username=username)
        self.chats: dict[int, Chat] = {}
        self.queries: OrderedDict[str, Query] = OrderedDict()
        self.files: OrderedDict[str, StoredFile] = OrderedDict()
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.changes = ChangeFeed()
        self.updates = UpdateQueue(first_id=self.random.randint(10**8, 10**9), now=now)
        self.webhook: Json = {"url": ""}
        self._next_message_id = self.random.randint(1, 500)

    # -- new ids and chats --------------------------------------------------------

    def new_id(self) -> int:
        """Return a user id; like real ones, often over 32 bits."""
        while True:
            user_id = self.random.randint(10**9, 8 * 10**9)
            if user_id not in self.chats:
                return user_id

    def new_digits(self, length: int = 18) -> str:
        """Return an opaque id of digits."""
        return str(self.random.randint(10 ** (length - 1), 10**length - 1))

    def new_letters(self, length: int) -> str:
        """Return an opaque id of letters and digits."""
        return "".join(self.random.choices(LETTERS, k=length))

    def new_message_id(self) -> int:
        """Return the next message id; all chats of one bot share the count."""
        self._next_message_id += 1
        return self._next_message_id

    def new_room(self, kind: str, title: str) -> Chat:
        """Return a new group, supergroup or channel."""
        number = self.random.randint(10**9, 3 * 10**9)
        chat = Chat(
            id=-number if kind == "group" else -(10**12 + number),
            kind=kind,
            instance=self.new_digits(),
            title=title,
        )
        self.chats[chat.id] = chat
        return chat

    def new_file(
        self,
        *,
        kind: str,
        name: str,
        mime_type: str,
        content: bytes,
        reported_size: bool | int = True,
    ) -> StoredFile:
        """Store a file and return it with its ids."""
        ending = name.rpartition(".")[2] if "." in name else "bin"
        file = StoredFile(
            file_id=self.new_letters(64),
            unique_id=self.new_letters(15),
            path=f"{kind}s/file_{len(self.files)}_{self.new_letters(4)}.{ending}",
            name=name,
            mime_type=mime_type,
            content=content,
            reported_size=reported_size,
        )
        self.files[file.file_id] = file
        if len(self.files) > MAX_FILES:
            self.files.popitem(last=False)
        return file

    # -- look up ------------------------------------------------------------------

    def chat(self, chat_id: int) -> Chat:
        """Return a chat.

        Raises:
            BotApiRefusal: It does not exist.
        """
        chat = self.chats.get(chat_id)
        if chat is None:
            raise refusals.bad_request(refusals.CHAT_NOT_FOUND)
        return chat

    def reachable_chat(self, chat_id: int) -> Chat:
        """Return a chat that the bot may write to now.

        Raises:
            BotApiRefusal: It does not exist, was never started, or the bot is blocked.
        """
        chat = self.chat(chat_id)
        if chat.person is not None and chat.person.is_deleted:
            raise refusals.forbidden(refusals.DEACTIVATED)
        if chat.is_blocked:
            raise refusals.forbidden(refusals.BLOCKED)
        if chat.kind == "private" and not chat.is_started:
            raise refusals.forbidden(refusals.NEVER_STARTED)
        return chat

    # -- changes ------------------------------------------------------------------

    def add_message(self, message: Message) -> Message:
        """Append a new message to its chat."""
        chat = message.chat
        chat.messages[message.id] = message
        if len(chat.messages) > MAX_MESSAGES_PER_CHAT:
            del chat.messages[next(iter(chat.messages))]
        if message.from_bot and not message.is_silent:
            kind = message.media.kind if message.media else "message"
            chat.notifications.append(message.text or f"<{kind}>")
            del chat.notifications[:-MAX_MESSAGES_PER_CHAT]
        self.changes.publish("message", chat.id)
        return message

    def replace_message(self, message: Message, **fields: Any) -> Message:
        """Replace a message by its edited version."""
        edited = replace(message, **fields)
        message.chat.messages[message.id] = edited
        self.changes.publish("edit", message.chat.id)
        return edited

    def remove_message(self, message: Message) -> None:
        """Delete a message for everybody."""
        del message.chat.messages[message.id]
        self.changes.publish("delete", message.chat.id)

    def receive_message(
        self, chat: Chat, sender: User | None, text: str, *, kind: str = "message", **fields: Any
    ) -> Message:
        """Add a message from anyone except the bot, and queue the update."""
        message = self.add_message(
            Message(
                id=self.new_message_id(),
                chat=chat,
                sender=sender,
                date=self.now(),
                text=text.strip(),
                **fields,
            )
        )
        self.queue_update(kind, message.as_json(), ("chat", chat.id))
        return message

    def queue_update(self, kind: str, body: Json, queue: tuple[str, int]) -> None:
        """Queue one update for the bot.

        Raises:
            BrokenSimulator: Telegram could not have sent it.
        """
        mismatch = load_schema().check_update({"update_id": 0, kind: body})
        if mismatch is not None:
            raise BrokenSimulator(f"update {mismatch}")
        self.updates.put(kind, body, queue)

    def queue_membership_change(self, chat: Chat, by: User, *, before: str, after: str) -> None:
        """Tell the bot that it was blocked or unblocked."""
        bot = self.bot.as_json()
        self.queue_update(
            "my_chat_member",
            {
                "chat": chat.as_json(),
                "from": by.as_json(),
                "date": int(self.now().timestamp()),
                "old_chat_member": MEMBERSHIPS[before] | {"user": bot},
                "new_chat_member": MEMBERSHIPS[after] | {"user": bot},
            },
            ("chat", chat.id),
        )
        self.changes.publish("membership", chat.id)

    def add_query(self, query: Query) -> None:
        """Keep a tap until its answer is too late."""
        oldest = self.now() - ANSWER_DEADLINE
        while self.queries and next(iter(self.queries.values())).at < oldest:
            self.queries.popitem(last=False)
        self.queries[query.id] = query
        self.changes.publish("tap", query.person_id)
