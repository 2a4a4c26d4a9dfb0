"""From an update as it came to the framework's objects.

Only what is whole is let through: handlers may rely on a sender, on a chat, and on texts that
can be kept and sent again.
"""

from datetime import UTC, datetime
from typing import Any

from telegram import CallbackQuery, Chat, MaybeInaccessibleMessage, Update, User

from bot.telegram.client import Raw, TelegramClient

MESSAGE_KINDS = ("message", "edited_message")
MAX_NUMBER = 2**63
"""Telegram's numbers have 52 bits; a database takes none above this one."""

_INVALID_CHARACTERS = dict.fromkeys((0, *range(55296, 57344)), "�")
"""What is no character at all: no database keeps it, and no server takes it."""


def parse_update(raw: Raw, line: TelegramClient) -> Update:
    """Return an update as handlers read it.

    Of a tapped message they may know where it stands and when it was sent: Telegram itself
    tells no more of an old one. So nothing else is parsed, which is most of a tap's parsing.

    Raises:
        Exception: Of many kinds; the update is malformed.
    """
    _check_number(raw["update_id"])
    for kind in (*MESSAGE_KINDS, "my_chat_member"):
        if kind in raw:
            _check(raw[kind])
            if kind == "my_chat_member":
                _clean_text(raw[kind]["new_chat_member"]["status"])
            raw = {**raw, kind: replace_invalid_characters(raw[kind])}
    tap = raw.get("callback_query")
    if tap is None:
        return Update.de_json(raw, line)
    sender = User.de_json(tap["from"], line)
    _check_number(sender.id)
    _clean_text(sender.language_code or "")
    query = CallbackQuery(
        id=_clean_text(tap["id"]),
        from_user=sender,
        chat_instance=_clean_text(tap["chat_instance"]),
        message=None if tap.get("message") is None else _message_reference(tap["message"], line),
        data=None if tap.get("data") is None else _clean_text(tap["data"]),
    )
    update = Update(raw["update_id"], callback_query=query)
    for made in (query, update):
        made.set_bot(line)
    return update


def _message_reference(message: Raw, line: TelegramClient) -> MaybeInaccessibleMessage:
    _check_number(message["message_id"])
    place = MaybeInaccessibleMessage(
        chat=Chat.de_json(message["chat"], line),
        message_id=message["message_id"],
        date=datetime.fromtimestamp(message["date"], UTC),
    )
    place.set_bot(line)
    return place


def replace_invalid_characters(value: Any) -> Any:
    """Return a value in whose texts every character can be kept and sent again."""
    if isinstance(value, str):
        return value if value.isprintable() else value.translate(_INVALID_CHARACTERS)
    if isinstance(value, dict):
        return {name: replace_invalid_characters(part) for name, part in value.items()}
    return (
        [replace_invalid_characters(part) for part in value] if isinstance(value, list) else value
    )


def _check(body: Any) -> None:
    """Let only through what has a chat, and in a private one its owner as the sender.

    Raises:
        Exception: Of several kinds; a field is missing, or not what it must be.
    """
    chat = body["chat"]
    _check_number(chat["id"])
    if chat["type"] == "private" and body["from"]["id"] != chat["id"]:
        raise ValueError("somebody writes in another's chat")
    for word in (body.get("text"), body.get("from", {}).get("language_code")):
        _clean_text(word or "")
    _check_number(body.get("document", {}).get("file_size", 0))


def _check_number(value: Any) -> None:
    if type(value) is not int or not -MAX_NUMBER <= value < MAX_NUMBER:
        raise TypeError("a number is none")


def _clean_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a word is none")
    return value.translate(_INVALID_CHARACTERS)
