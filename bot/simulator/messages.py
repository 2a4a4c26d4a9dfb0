"""What a chat holds. Messages never change; an edit puts a new one in the old one's place."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.simulator.entities import Entity, Words

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Button:
    """One inline button as the person sees it."""

    label: str
    data: str | None = None
    url: str | None = None
    style: str | None = None


@dataclass(slots=True, eq=False)
class User:
    """A person or a bot."""

    id: int
    first_name: str
    is_bot: bool = False
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_deleted: bool = False

    def as_json(self) -> Json:
        """Return the ``User`` that updates and replies carry."""
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name} | _present(
            last_name=self.last_name, username=self.username, language_code=self.language_code
        )


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file on the simulated servers.

    Attributes:
        tells_size: Whether the bot is told its size before it fetches it; a number is told in
            its place. Telegram need not know, and may be wrong.
    """

    file_id: str
    unique_id: str
    path: str
    name: str
    mime_type: str
    content: bytes = field(repr=False)
    tells_size: bool | int = True

    def as_json(self) -> Json:
        """Return the fields that every kind of file has."""
        told = len(self.content) if self.tells_size is True else self.tells_size
        size = {} if told is False else {"file_size": told}
        return {"file_id": self.file_id, "file_unique_id": self.unique_id} | size


@dataclass(frozen=True, slots=True)
class Media:
    """A photo or a document inside a message."""

    kind: str
    file: StoredFile
    width: int = 0
    height: int = 0

    def as_json(self) -> Json:
        """Return the one field of ``Message`` that holds it."""
        if self.kind == "photo":
            size = {"width": self.width, "height": self.height}
            return {"photo": [self.file.as_json() | size]}
        names = {"file_name": self.file.name, "mime_type": self.file.mime_type}
        return {"document": self.file.as_json() | names}


@dataclass(slots=True, eq=False)
class Chat:
    """A conversation the bot is in, could be in, or has been thrown out of."""

    id: int
    kind: str
    instance: str
    title: str | None = None
    username: str | None = None
    person: User | None = None
    is_started: bool = False
    is_blocked: bool = False
    is_member: bool = True
    upgraded_to: int | None = None
    reply_keyboard: Json | None = None
    messages: dict[int, "Message"] = field(default_factory=dict, repr=False)
    pinned: list[int] = field(default_factory=list)
    notifications: list[str] = field(default_factory=list, repr=False)

    def as_json(self) -> Json:
        """Return the ``Chat`` that messages carry."""
        chat: Json = {"id": self.id, "type": self.kind}
        if self.person is not None:
            return chat | _present(
                first_name=self.person.first_name,
                last_name=self.person.last_name,
                username=self.person.username,
            )
        return chat | _present(title=self.title, username=self.username)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it is now.

    Attributes:
        words: The text, or the caption when there is ``media``.
        markup: The inline keyboard as the bot sent it; ``buttons`` reads it.
        content: Any other content, e.g. ``{"voice": {...}}``, as the Bot API writes it.
    """

    id: int
    chat: Chat = field(repr=False)
    sender: User | None
    date: datetime
    words: Words = field(default_factory=Words)
    media: Media | None = None
    markup: Json | None = None
    edited: datetime | None = None
    reply_to: int | None = None
    is_silent: bool = False
    is_protected: bool = False
    has_reply_keyboard: bool = False
    from_bot: bool = False
    content: Json = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The words the person reads, text or caption."""
        return self.words.text

    @property
    def entities(self) -> tuple[Entity, ...]:
        """The formatting of the words."""
        return self.words.entities

    @property
    def photo(self) -> bytes | None:
        """The picture's bytes, when it is one."""
        return self.media.file.content if self.media and self.media.kind == "photo" else None

    @property
    def document(self) -> bytes | None:
        """The document's bytes, when it is one."""
        return self.media.file.content if self.media and self.media.kind == "document" else None

    @property
    def buttons(self) -> tuple[tuple[Button, ...], ...]:
        """The rows of inline buttons below the message."""
        rows = (self.markup or {}).get("inline_keyboard", [])
        return tuple(tuple(_button(button) for button in row) for row in rows)

    def find_button(self, *, label: str | None = None, data: str | None = None) -> Button | None:
        """Return the first button with that label or data, or None."""
        for row in (self.markup or {}).get("inline_keyboard", []):
            for button in row:
                fits = label is None or button["text"] == label
                if fits and (data is None or button.get("callback_data") == data):
                    return _button(button)
        return None

    def as_json(self) -> Json:
        """Return the ``Message`` that updates and replies carry."""
        message = self._without_original()
        original = self.chat.messages.get(self.reply_to or 0)
        if original is not None:
            # One level only, as Telegram does: the original without its own original.
            message["reply_to_message"] = original._without_original()
        return message

    def _without_original(self) -> Json:
        message: Json = {
            "message_id": self.id,
            "date": int(self.date.timestamp()),
            "chat": self.chat.as_json(),
        }
        if self.sender is not None:
            message["from"] = self.sender.as_json()
        if self.media is not None:
            message |= self.media.as_json()
        if self.words.text:
            prefix = "caption" if self.media else "text"
            message[prefix] = self.words.text
            if self.words.entities:
                message["caption_entities" if self.media else "entities"] = list(
                    self.words.entities
                )
        if self.edited is not None:
            message["edit_date"] = int(self.edited.timestamp())
        if self.markup is not None:
            message["reply_markup"] = self.markup
        if self.is_protected:
            message["has_protected_content"] = True
        return message | self.content

    def lines(self) -> list[str]:
        """Return the message as a transcript shows it."""
        who = "bot" if self.from_bot else (self.sender.first_name if self.sender else "channel")
        mark = " (edited)" if self.edited else ""
        what = f"<{self.media.kind} {self.media.file.name}> " if self.media else ""
        other = " ".join(f"<{kind}>" for kind in self.content)
        shown = re.sub(r"\n", "\n    ", f"{what}{self.text}{other}")
        rows = ["    " + " ".join(f"[{one.label}]" for one in row) for row in self.buttons]
        return [f"{self.id} {who}{mark}: {shown}", *rows]


def _button(button: Json) -> Button:
    return Button(
        label=button["text"],
        data=button.get("callback_data"),
        url=button.get("url"),
        style=button.get("style"),
    )


def _present(**fields: Any) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
