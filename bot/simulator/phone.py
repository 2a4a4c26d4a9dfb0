"""A person with Telegram on their phone: what they can do, and what they see."""

import asyncio
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.simulator.messages import Chat, Json, Media, Message, SimulatedButton, User
from bot.simulator.queries import Query
from bot.simulator.state import TelegramState

WAIT_SECONDS = 20.0
"""For what should take a moment; generous, because the machine may be busy."""

START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Phone:
    """One person's private chat with the bot.

    Everything they do is an update for the bot. What cannot be done on a real phone raises an
    AssertionError that shows the chat.
    """

    def __init__(self, state: TelegramState, chat: Chat, person: User) -> None:
        self._state = state
        self.chat = chat
        self.person = person

    @property
    def id(self) -> int:
        """The person's Telegram id, which is also the id of the chat."""
        return self.person.id

    # -- what they see ------------------------------------------------------------

    @property
    def messages(self) -> list[Message]:
        """The messages in the chat, oldest first; each is a snapshot."""
        return list(self.chat.messages.values())

    @property
    def screen(self) -> Message:
        """The bot's newest message that is still there."""
        for message in reversed(self.chat.messages.values()):
            if message.from_bot:
                return message
        raise AssertionError(f"{self.person.first_name} has no message from the bot")

    @property
    def notifications(self) -> list[str]:
        """Notifications so far: new messages, but neither edits nor silent messages."""
        return list(self.chat.notifications)

    @property
    def commands(self) -> list[tuple[str, str]]:
        """The command menu: Telegram shows the most specific list."""
        language = (self.person.language_code or "")[:2]
        for scope in (f"chat:{self.id}", "all_private_chats", "default"):
            for key in ((scope, language), (scope, "")):
                if self._state.commands.get(key):
                    commands = self._state.commands[key]
                    return [(one["command"], one["description"]) for one in commands]
        return []

    def transcript(self) -> str:
        """Return the whole chat as text, buttons included."""
        lines = [line for message in self.messages for line in message.lines()]
        return "\n".join([f"--- {self.person.first_name} ---", *lines])

    async def wait_until(
        self, holds: Callable[["Phone"], Any], seconds: float = WAIT_SECONDS, *, why: str = ""
    ) -> None:
        """Wait until ``holds(self)`` is true; it is called again after each change.

        A condition that finds no screen, message or button counts as not yet true.

        Raises:
            AssertionError: It is still false when the time is up; with the transcript.
        """
        try:
            async with asyncio.timeout(seconds):
                while not self._is_true(holds):
                    await self._state.changes.wait()
        except TimeoutError:
            what = f": {why}" if why else ""
            raise AssertionError(f"not true after {seconds} s{what}\n{self.transcript()}") from None

    # -- what they do -------------------------------------------------------------

    def open_link(self, link: str) -> Message:
        """Follow ``https://t.me/<bot>?start=…`` and press Start (or Restart)."""
        parts = urlsplit(link)
        payload = parse_qs(parts.query).get("start", [""])[0]
        name = parts.path.strip("/")
        is_bot = name.lower() == (self._state.bot.username or "").lower()
        self._check(is_bot, f"{link} is the link of another bot")
        self._check(
            not payload or bool(START_PAYLOAD.fullmatch(payload)),
            f"{link}: Telegram passes 1-64 of A-Z a-z 0-9 _ - only",
        )
        if self.chat.is_blocked:
            self.unblock()
        return self.say(f"/start {payload}".strip())

    def start(self) -> Message:
        """Press Start without having followed a link."""
        return self.open_link(f"https://t.me/{self._state.bot.username}")

    def say(self, text: str, *, topic_id: int | None = None) -> Message:
        """Type a text or a command, perhaps in a topic of the chat."""
        return self._send(text, topic_id=topic_id)

    def open_topic(self) -> int:
        """Add a topic to the chat; return its id."""
        topic_id = self._state.new_message_id()
        self.chat.topics.add(topic_id)
        return topic_id

    def delete_topic(self, topic_id: int) -> None:
        """Delete a topic of the chat; the bot gets no update."""
        self.chat.topics.discard(topic_id)

    def send_document(
        self,
        name: str,
        content: bytes,
        mime_type: str = "application/octet-stream",
        caption: str = "",
        *,
        reported_size: bool | int = True,
    ) -> Message:
        """Send a file; ``reported_size`` may hide or falsify its size."""
        file = self._state.new_file(
            kind="document",
            name=name,
            mime_type=mime_type,
            content=content,
            reported_size=reported_size,
        )
        return self._send(caption, media=Media("document", file))

    def send_content(self, text: str = "", **content: Json) -> Message:
        """Send other content in the Bot API's form: ``voice={...}``, ``contact={...}``."""
        return self._send(text, content=content)

    def edit(self, message: Message, text: str) -> Message:
        """Edit a message of their own."""
        self._check(not message.from_bot, "people can edit only their own messages")
        edited = self._state.replace_message(message, text=text.strip(), edited=self._state.now())
        self._state.queue_update("edited_message", edited.as_json(), ("chat", self.chat.id))
        return edited

    def tap(
        self,
        label: str | None = None,
        *,
        data: str | None = None,
        message: Message | int | None = None,
    ) -> Query:
        """Tap a button, of the newest message that has it unless ``message`` is given."""
        tapped, button = self.find(label, data=data, message=message)
        return self.tap_data(_data_of(button), message_id=tapped.id)

    def double_tap(
        self,
        label: str | None = None,
        *,
        data: str | None = None,
        message: Message | int | None = None,
    ) -> tuple[Query, Query]:
        """Tap twice before the bot can react: two taps, two updates."""
        return (
            self.tap(label, data=data, message=message),
            self.tap(label, data=data, message=message),
        )

    def tap_old_version(
        self, message: Message, label: str | None = None, *, data: str | None = None
    ) -> Query:
        """Tap a button of an earlier version of a message."""
        button = message.find_button(label=label, data=data)
        if button is None:
            raise AssertionError(f"that version had no button {label or data!r}")
        return self.tap_data(_data_of(button), message_id=message.id)

    def tap_data(self, data: str, *, message_id: int | None = None) -> Query:
        """Send any callback data, as a hostile app can; by default below the last screen."""
        return tap(
            self._state,
            self.person,
            self.chat,
            data,
            self.screen.id if message_id is None else message_id,
        )

    def block(self) -> None:
        """Block the bot; it gets an update."""
        if not self.chat.is_blocked:
            self.chat.is_blocked = True
            self._state.queue_membership_change(
                self.chat, self.person, before="member", after="kicked"
            )

    def unblock(self) -> None:
        """Unblock the bot; it gets an update."""
        if self.chat.is_blocked:
            self.chat.is_blocked = False
            self._state.queue_membership_change(
                self.chat, self.person, before="kicked", after="member"
            )

    def delete_account(self) -> None:
        """Leave Telegram for good; the bot gets no update and finds out when it writes."""
        self.person.is_deleted = True
        self._state.changes.publish("person", self.id)

    def delete(self, message: Message) -> None:
        """Delete a message for both sides; the bot gets no update."""
        self._state.remove_message(message)

    # -- helpers ------------------------------------------------------------------

    def find(
        self,
        label: str | None = None,
        *,
        data: str | None = None,
        message: Message | int | None = None,
    ) -> tuple[Message, SimulatedButton]:
        """Return a button and the message it belongs to.

        Raises:
            AssertionError: There is no such button now; with the transcript.
        """
        wanted = message.id if isinstance(message, Message) else message
        for shown in reversed(self.chat.messages.values()):
            if not shown.from_bot or wanted not in {None, shown.id}:
                continue
            button = shown.find_button(label=label, data=data)
            if button is not None:
                return shown, button
        raise AssertionError(f"no button {label or data!r} to tap\n{self.transcript()}")

    def _send(self, text: str, **fields: Any) -> Message:
        self._check(not self.person.is_deleted, "this account is deleted")
        self._check(not self.chat.is_blocked, "unblock the bot before writing to it")
        self.chat.is_started = True
        return self._state.receive_message(self.chat, self.person, text, **fields)

    def _is_true(self, holds: Callable[["Phone"], Any]) -> bool:
        try:
            return bool(holds(self))
        except (AssertionError, LookupError):
            return False

    def _check(self, holds: bool, why: str) -> None:
        if not holds:
            raise AssertionError(f"{self.person.first_name}: {why}")


def tap(state: TelegramState, person: User, chat: Chat, data: str, message_id: int) -> Query:
    """Queue a person's tap below a message, in whatever chat it is."""
    query = Query(
        id=state.new_digits(), person_id=person.id, message_id=message_id, data=data, at=state.now()
    )
    state.add_query(query)
    state.queue_update("callback_query", callback_query(query, person, chat), ("tap", person.id))
    return query


def callback_query(query: Query, person: User, chat: Chat) -> Json:
    """Return the ``CallbackQuery`` for a tap; a deleted message is inaccessible."""
    message = chat.messages.get(query.message_id)
    shown: Json = (
        message.as_json()
        if message is not None
        else {"chat": chat.as_json(), "message_id": query.message_id, "date": 0}
    )
    return {
        "id": query.id,
        "from": person.as_json(),
        "message": shown,
        "chat_instance": chat.instance,
        "data": query.data,
    }


def _data_of(button: SimulatedButton) -> str:
    if button.data is None:
        raise AssertionError(f"the button {button.label!r} opens a link and sends no tap")
    return button.data
