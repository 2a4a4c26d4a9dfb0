"""Users, chats and messages. A message never changes; an edit replaces it by a new one."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.simulator.entities import find_entities

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SimulatedButton:
    """One inline button."""

    label: str
    data: str | None = None
    url: str | None = None


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
        """Return the ``User`` of the Bot API."""
        return {
            "id": self.id,
            "is_bot": self.is_bot,
            "first_name": self.first_name,
        } | _without_none(
            last_name=self.last_name, username=self.username, language_code=self.language_code
        )


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file on the simulated servers.

    Attributes:
        reported_size: True reports the real size before the download, False none, a number that
            number: Telegram may not know the size, or report a wrong one.
    """

    file_id: str
    unique_id: str
    path: str
    name: str
    mime_type: str
    content: bytes = field(repr=False)
    reported_size: bool | int = True

    def as_json(self) -> Json:
        """Return the fields that every kind of file has."""
        size = len(self.content) if self.reported_size is True else self.reported_size
        known = {} if size is False else {"file_size": size}
        return {"file_id": self.file_id, "file_unique_id": self.unique_id} | known


@dataclass(frozen=True, slots=True)
class Media:
    """A photo or a document inside a message."""

    kind: str
    file: StoredFile
    width: int = 0
    height: int = 0

    def as_json(self) -> Json:
        """Return the field of ``Message`` that holds it."""
        if self.kind == "photo":
            size = {"width": self.width, "height": self.height}
            return {"photo": [self.file.as_json() | size]}
        names = {"file_name": self.file.name, "mime_type": self.file.mime_type}
        return {"document": self.file.as_json() | names}


@dataclass(slots=True, eq=False)
class Chat:
    """A private chat, a group or a channel."""

    id: int
    kind: str
    instance: str
    title: str | None = None
    person: User | None = None
    is_started: bool = False
    is_blocked: bool = False
    topics: set[int] = field(default_factory=set)
    messages: dict[int, "Message"] = field(default_factory=dict, repr=False)
    notifications: list[str] = field(default_factory=list, repr=False)

    def as_json(self) -> Json:
        """Return the ``Chat`` of the Bot API."""
        chat: Json = {"id": self.id, "type": self.kind}
        if self.person is None:
            return chat | _without_none(title=self.title)
        return chat | _without_none(
            first_name=self.person.first_name, last_name=self.person.last_name
        )


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it is now.

    Attributes:
        text: The text, or the caption when there is ``media``.
        markup: The inline keyboard as the bot sent it; ``buttons`` reads it.
        content: Any other content in the Bot API's form, e.g. ``{"voice": {...}}``.
        topic_id: The topic of the chat that it is in.
    """

    id: int
    chat: Chat = field(repr=False)
    sender: User | None
    date: datetime
    text: str = ""
    media: Media | None = None
    markup: Json | None = None
    edited: datetime | None = None
    is_silent: bool = False
    is_protected: bool = False
    from_bot: bool = False
    content: Json = field(default_factory=dict)
    topic_id: int | None = None

    @property
    def photo(self) -> bytes | None:
        """The bytes of the photo, if it is one."""
        return self.media.file.content if self.media and self.media.kind == "photo" else None

    @property
    def document(self) -> bytes | None:
        """The bytes of the document, if it is one."""
        return self.media.file.content if self.media and self.media.kind == "document" else None

    @property
    def buttons(self) -> tuple[tuple[SimulatedButton, ...], ...]:
        """The rows of inline buttons below the message."""
        rows = (self.markup or {}).get("inline_keyboard", [])
        return tuple(tuple(_button(button) for button in row) for row in rows)

    def find_button(
        self, *, label: str | None = None, data: str | None = None
    ) -> SimulatedButton | None:
        """Return the first button with that label and data, or None."""
        for row in (self.markup or {}).get("inline_keyboard", []):
            for button in row:
                is_label = label is None or button["text"] == label
                if is_label and (data is None or button.get("callback_data") == data):
                    return _button(button)
        return None

    def as_json(self) -> Json:
        """Return the ``Message`` of the Bot API."""
        message: Json = {
            "message_id": self.id,
            "date": int(self.date.timestamp()),
            "chat": self.chat.as_json(),
        }
        if self.sender is not None:
            message["from"] = self.sender.as_json()
        if self.media is not None:
            message |= self.media.as_json()
        if self.text:
            message["caption" if self.media else "text"] = self.text
            if entities := find_entities(self.text):
                message["caption_entities" if self.media else "entities"] = entities
        if self.edited is not None:
            message["edit_date"] = int(self.edited.timestamp())
        if self.markup is not None:
            message["reply_markup"] = self.markup
        if self.is_protected:
            message["has_protected_content"] = True
        if self.topic_id is not None:
            message |= {"message_thread_id": self.topic_id, "is_topic_message": True}
        return message | self.content

    def lines(self) -> list[str]:
        """Return the message as lines of a transcript."""
        sender = "bot" if self.from_bot else (self.sender.first_name if self.sender else "channel")
        edited = " (edited)" if self.edited else ""
        media = f"<{self.media.kind} {self.media.file.name}> " if self.media else ""
        other = " ".join(f"<{kind}>" for kind in self.content)
        text = re.sub(r"\n", "\n    ", f"{media}{self.text}{other}")
        rows = ["    " + " ".join(f"[{button.label}]" for button in row) for row in self.buttons]
        return [f"{self.id} {sender}{edited}: {text}", *rows]


def _button(button: Json) -> SimulatedButton:
    return SimulatedButton(
        label=button["text"], data=button.get("callback_data"), url=button.get("url")
    )


def _without_none(**fields: Any) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
