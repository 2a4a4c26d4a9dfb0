"""Everything the simulated Telegram knows; what bots and people do to it is elsewhere."""

import random
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.simulator import refusals
from bot.simulator.entities import Words
from bot.simulator.messages import Chat, Json, Message, StoredFile, User
from bot.simulator.queries import ANSWERABLE, Query
from bot.simulator.schema import Schema
from bot.simulator.signals import Changes
from bot.simulator.updates import UpdateQueue

HISTORY = 1_000
"""Messages kept per chat; the oldest give way, so that a long benchmark stays small."""

FILES = 500
"""Files kept in all, for the same reason."""

MEMBERSHIPS: dict[str, Json] = {
    "member": {"status": "member"},
    "left": {"status": "left"},
    "kicked": {"status": "kicked", "until_date": 0},
}
"""What the bot can be in a chat, as ``ChatMember`` writes it."""


class BrokenSimulator(Exception):
    """The simulator was about to say something that Telegram could not have said."""


class State:
    """Users, chats, files, taps and the bot's own settings.

    Args:
        token: The bot's token; its id is the number before the colon.
        username: The bot's user name.
        name: The bot's first name.
        now: The clock of the story; it may stand still or jump.
        seed: Makes all random ids the same again.
        schema: Checks updates before they are kept; None trusts them.
    """

    def __init__(
        self,
        *,
        token: str,
        username: str,
        name: str,
        now: Callable[[], datetime],
        seed: int | None,
        schema: Schema | None,
    ) -> None:
        self.now = now
        # Ids need to look real and be repeatable, not to be secret.
        self.random = random.Random(seed)  # noqa: S311
        self.bot = User(int(token.partition(":")[0]), name, is_bot=True, username=username)
        self.chats: dict[int, Chat] = {}
        self.queries: OrderedDict[str, Query] = OrderedDict()
        self.files: OrderedDict[str, StoredFile] = OrderedDict()
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.menu_buttons: dict[int | None, Json] = {}
        self.profile: dict[tuple[str, str], str] = {}
        self.changes = Changes()
        self.updates = UpdateQueue(first_id=self.random.randint(10**8, 10**9), now=now)
        self.webhook: Json = {"url": ""}
        self._schema = schema
        self._next_message_id = self.random.randint(1, 500)

    # -- new things -------------------------------------------------------------

    def new_id(self) -> int:
        """Return an id of a user as they are given out now: often over 32 bits."""
        while True:
            found = self.random.randint(10**9, 8 * 10**9)
            if found not in self.chats:
                return found

    def new_digits(self, length: int = 18) -> str:
        """Return an opaque id of digits."""
        return str(self.random.randint(10 ** (length - 1), 10**length - 1))

    def new_letters(self, length: int) -> str:
        """Return an opaque id of letters and digits."""
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
        return "".join(self.random.choices(alphabet, k=length))

    def new_message_id(self) -> int:
        """Return the next message id; private chats of one bot share the count."""
        self._next_message_id += 1
        return self._next_message_id

    def new_file(
        self,
        *,
        kind: str,
        name: str,
        mime_type: str,
        content: bytes,
        tells_size: bool | int = True,
    ) -> StoredFile:
        """Keep a file and return it with its ids."""
        ending = name.rpartition(".")[2] if "." in name else "bin"
        file = StoredFile(
            file_id=self.new_letters(64),
            unique_id=self.new_letters(15),
            path=f"{kind}s/file_{len(self.files)}_{self.new_letters(4)}.{ending}",
            name=name,
            mime_type=mime_type,
            content=content,
            tells_size=tells_size,
        )
        self.files[file.file_id] = file
        if len(self.files) > FILES:
            self.files.popitem(last=False)
        return file

    # -- finding things ---------------------------------------------------------

    def chat(self, chat_id: int | str) -> Chat:
        """Return a chat by id or ``@username``.

        Raises:
            Refusal: There is none.
        """
        if isinstance(chat_id, int):
            found = self.chats.get(chat_id)
        else:
            name = chat_id.removeprefix("@").lower()
            found = next(
                (chat for chat in self.chats.values() if (chat.username or "").lower() == name),
                None,
            )
            if found is not None and found.person is not None:
                found = None  # people cannot be addressed by user name
        if found is None:
            raise refusals.bad_request(refusals.CHAT_NOT_FOUND)
        return found

    def reachable(self, chat_id: int | str) -> Chat:
        """Return a chat the bot may write to now.

        Raises:
            Refusal: It does not exist, was never started, or has shut the bot out.
        """
        chat = self.chat(chat_id)
        if chat.upgraded_to is not None:
            raise refusals.Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                parameters={"migrate_to_chat_id": chat.upgraded_to},
            )
        if chat.person is not None and chat.person.is_deleted:
            raise refusals.forbidden(refusals.DEACTIVATED)
        if chat.is_blocked:
            raise refusals.forbidden(refusals.BLOCKED)
        if chat.kind == "private" and not chat.is_started:
            raise refusals.forbidden(refusals.NEVER_STARTED)
        if not chat.is_member:
            is_channel = chat.kind == "channel"
            raise refusals.forbidden(refusals.NOT_A_MEMBER if is_channel else refusals.KICKED)
        return chat

    # -- what happens -----------------------------------------------------------

    def keep(self, message: Message) -> Message:
        """Put a new message at the end of its chat."""
        chat = message.chat
        chat.messages[message.id] = message
        if len(chat.messages) > HISTORY:
            del chat.messages[next(iter(chat.messages))]
        if message.from_bot and not message.is_silent:
            chat.notifications.append(message.text or f"<{_kind(message)}>")
            del chat.notifications[:-HISTORY]
        self.changes.tell("message", chat.id)
        return message

    def change(self, message: Message, **fields: Any) -> Message:
        """Put an edited message in the place of the old one."""
        edited = replace(message, **fields)
        message.chat.messages[message.id] = edited
        self.changes.tell("edit", message.chat.id)
        return edited

    def remove(self, message: Message) -> None:
        """Take a message out of its chat for everybody."""
        del message.chat.messages[message.id]
        if message.id in message.chat.pinned:
            message.chat.pinned.remove(message.id)
        self.changes.tell("delete", message.chat.id)

    def hear(
        self,
        chat: Chat,
        sender: User | None,
        words: Words,
        *,
        kind: str = "message",
        **fields: Any,
    ) -> Message:
        """Keep a message from anybody but the bot and tell the bot about it."""
        message = self.keep(
            Message(
                id=self.new_message_id(),
                chat=chat,
                sender=sender,
                date=self.now(),
                words=words.trimmed().with_links(),
                **fields,
            )
        )
        self.emit(kind, message.as_json(), ("chat", chat.id))
        return message

    def emit(self, kind: str, body: Json, queue: tuple[str, int]) -> None:
        """Queue one update for the bot.

        Raises:
            BrokenSimulator: Telegram could not have sent it.
        """
        if self._schema is not None:
            flaw = self._schema.update({"update_id": 0, kind: body})
            if flaw is not None:
                raise BrokenSimulator(f"update {flaw}")
        self.updates.put(kind, body, queue)

    def tell_membership(self, chat: Chat, by: User, *, before: str, after: str) -> None:
        """Tell the bot that somebody has let it in or shut it out."""
        bot = self.bot.as_json()
        self.emit(
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
        self.changes.tell("membership", chat.id)

    def ask(self, query: Query) -> None:
        """Keep a tap as answerable and forget those that no longer are."""
        oldest = self.now() - ANSWERABLE
        while self.queries and next(iter(self.queries.values())).at < oldest:
            self.queries.popitem(last=False)
        self.queries[query.id] = query
        self.changes.tell("tap", query.person_id)


def _kind(message: Message) -> str:
    return message.media.kind if message.media else next(iter(message.content), "message")
