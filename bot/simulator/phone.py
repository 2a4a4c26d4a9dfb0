"""A person with Telegram in their hand: what they do, and what they see."""

import asyncio
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.simulator.entities import Words
from bot.simulator.messages import Button, Chat, Json, Media, Message, User
from bot.simulator.queries import Query
from bot.simulator.state import State

PATIENCE = 20.0
"""Seconds for what should take a moment; a machine may be busy with something else."""

START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Phone:
    """One person's private chat with the bot.

    Everything they do is an update for the bot; what they cannot do on a real phone
    is an AssertionError here, with the chat in it.
    """

    def __init__(self, state: State, chat: Chat, person: User) -> None:
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
        """What is in the chat now, oldest first. Each is a snapshot: keep it, compare it."""
        return list(self.chat.messages.values())

    @property
    def screen(self) -> Message:
        """The last message of the bot that is still there."""
        for message in reversed(self.chat.messages.values()):
            if message.from_bot:
                return message
        raise AssertionError(f"{self.person.first_name} has no message of the bot")

    @property
    def notifications(self) -> list[str]:
        """What the lock screen has shown: new messages, not edits, not silent ones."""
        return list(self.chat.notifications)

    @property
    def pinned(self) -> list[Message]:
        """The pinned messages, oldest pin first."""
        return [self.chat.messages[one] for one in self.chat.pinned]

    @property
    def commands(self) -> list[tuple[str, str]]:
        """The command menu: Telegram shows the most specific list there is."""
        language = (self.person.language_code or "")[:2]
        for scope in (f"chat:{self.id}", "all_private_chats", "default"):
            for key in ((scope, language), (scope, "")):
                if self._state.commands.get(key):
                    found = self._state.commands[key]
                    return [(one["command"], one["description"]) for one in found]
        return []

    @property
    def menu_button(self) -> Json:
        """The button beside the text field."""
        buttons = self._state.menu_buttons
        return buttons.get(self.id) or buttons.get(None) or {"type": "default"}

    def transcript(self) -> str:
        """Return the whole chat as lines of text, buttons included."""
        lines = [line for message in self.messages for line in message.lines()]
        return "\n".join([f"--- {self.person.first_name} ---", *lines])

    async def until(
        self, holds: Callable[["Phone"], Any], seconds: float = PATIENCE, *, why: str = ""
    ) -> None:
        """Wait until ``holds(self)`` is true, looking again at each change.

        A condition that finds no screen, message or button counts as not true yet.

        Raises:
            AssertionError: It is not when the time is up; with the transcript.
        """
        try:
            async with asyncio.timeout(seconds):
                while not self._is_true(holds):
                    await self._state.changes.wait()
        except TimeoutError:
            what = f": {why}" if why else ""
            raise AssertionError(
                f"did not come true in {seconds} s{what}\n{self.transcript()}"
            ) from None

    # -- what they do -------------------------------------------------------------

    def open_link(self, link: str) -> Message:
        """Follow ``https://t.me/<bot>?start=…`` and press Start (or Restart)."""
        parts = urlsplit(link)
        payload = parse_qs(parts.query).get("start", [""])[0]
        name = parts.path.strip("/")
        self._check(name.lower() == (self._state.bot.username or "").lower(), f"{link}: who?")
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

    def say(self, text: str) -> Message:
        """Type a text; commands are marked as such."""
        return self._send(words=Words(text))

    def send_document(
        self,
        name: str,
        content: bytes,
        mime_type: str = "application/octet-stream",
        caption: str = "",
        *,
        tells_size: bool | int = True,
    ) -> Message:
        """Send a file; perhaps one of which Telegram tells no size, or another one."""
        file = self._state.new_file(
            kind="document",
            name=name,
            mime_type=mime_type,
            content=content,
            tells_size=tells_size,
        )
        return self._send(words=Words(caption), media=Media("document", file))

    def send_photo(self, content: bytes, caption: str = "") -> Message:
        """Send a picture."""
        file = self._state.new_file(
            kind="photo", name="photo.jpg", mime_type="image/jpeg", content=content
        )
        return self._send(words=Words(caption), media=Media("photo", file, 640, 480))

    def send_content(self, text: str = "", **content: Json) -> Message:
        """Send anything else, written as the Bot API does: ``voice={...}``, ``contact={...}``."""
        return self._send(words=Words(text), content=content)

    def edit(self, message: Message, text: str) -> Message:
        """Edit a message of their own."""
        self._check(not message.from_bot, "people edit their own messages only")
        words = Words(text).trimmed().with_links()
        edited = self._state.change(message, words=words, edited=self._state.now())
        self._state.emit("edited_message", edited.as_json(), ("chat", self.chat.id))
        return edited

    def tap(
        self,
        label: str | None = None,
        *,
        data: str | None = None,
        message: Message | int | None = None,
    ) -> Query:
        """Tap a button, in the newest message that has it unless ``message`` says which."""
        found, button = self.find(label, data=data, message=message)
        return self.tap_data(_data_of(button), message_id=found.id)

    def double_tap(
        self,
        label: str | None = None,
        *,
        data: str | None = None,
        message: Message | int | None = None,
    ) -> tuple[Query, Query]:
        """Tap twice before the bot can react: two taps, two updates."""
        found, button = self.find(label, data=data, message=message)
        first = self.tap_data(_data_of(button), message_id=found.id)
        return first, self.tap_data(_data_of(button), message_id=found.id)

    def old_tap(
        self, message: Message, label: str | None = None, *, data: str | None = None
    ) -> Query:
        """Tap a button of an earlier version of a message, as it was when you kept it."""
        button = message.find_button(label=label, data=data)
        if button is None:
            raise AssertionError(f"that version had no button {label or data!r}")
        return self.tap_data(_data_of(button), message_id=message.id)

    def tap_data(self, data: str, *, message_id: int | None = None) -> Query:
        """Send any data as a tap, as a hostile app can; by default under the last screen."""
        if message_id is None:
            message_id = self.screen.id
        query = Query(
            id=self._state.new_digits(),
            person_id=self.person.id,
            message_id=message_id,
            data=data,
            at=self._state.now(),
        )
        self._state.ask(query)
        self._state.emit(
            "callback_query", callback_query(query, self.person, self.chat), ("tap", self.id)
        )
        return query

    def block(self) -> None:
        """Stop and block the bot; it hears of that."""
        if not self.chat.is_blocked:
            self.chat.is_blocked = True
            self._state.tell_membership(self.chat, self.person, before="member", after="kicked")

    def unblock(self) -> None:
        """Let the bot in again; it hears of that."""
        if self.chat.is_blocked:
            self.chat.is_blocked = False
            self._state.tell_membership(self.chat, self.person, before="kicked", after="member")

    def delete_account(self) -> None:
        """Leave Telegram for good; the bot hears nothing and finds out when it writes."""
        self.person.is_deleted = True
        self._state.changes.tell("person", self.id)

    def delete(self, message: Message) -> None:
        """Delete a message for both sides; the bot hears nothing."""
        self._state.remove(message)

    # -- small parts --------------------------------------------------------------

    def find(
        self,
        label: str | None = None,
        *,
        data: str | None = None,
        message: Message | int | None = None,
    ) -> tuple[Message, Button]:
        """Return a button and the message it is under.

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

    def _send(self, words: Words = Words(), **fields: Any) -> Message:  # noqa: B008 - frozen
        self._check(not self.person.is_deleted, "this account is deleted")
        self._check(not self.chat.is_blocked, "unblock the bot before writing to it")
        self.chat.is_started = True
        return self._state.hear(self.chat, self.person, words, **fields)

    def _is_true(self, holds: Callable[["Phone"], Any]) -> bool:
        try:
            return bool(holds(self))
        except (AssertionError, LookupError):
            return False

    def _check(self, holds: bool, why: str) -> None:
        if not holds:
            raise AssertionError(f"{self.person.first_name}: {why}")


def callback_query(query: Query, person: User, chat: Chat) -> Json:
    """Return the ``CallbackQuery`` for a tap; a message that is gone is inaccessible."""
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


def _data_of(button: Button) -> str:
    if button.data is None:
        raise AssertionError(f"the button {button.label!r} opens a link, it is no tap")
    return button.data
