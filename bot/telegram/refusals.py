"""What Telegram's refusals mean, as one table of its published error texts.

The texts are those of the Bot API server (tdlib/telegram-bot-api, ``Client.cpp``), the codes in
capitals that it passes on from Telegram's own servers (core.telegram.org/api/errors), and what
earlier servers said. The same thing comes with different status codes and in different spellings,
so only the words count.
"""

from collections.abc import Mapping
from enum import Enum, auto

from telegram.error import Forbidden, TelegramError


class Meaning(Enum):
    """What a refusal says about the person, the chat or the message."""

    UNREACHABLE = auto()  # this person cannot be written to
    TOPIC_GONE = auto()  # the chat is there, but not that topic of it
    UNCHANGED = auto()  # the message shows that already
    MESSAGE_GONE = auto()  # the message is deleted, or cannot be edited into that
    UNDELETABLE = auto()  # the message is too old to be deleted
    TAP_TOO_OLD = auto()  # nobody waits for the answer to that tap any more
    FILE_TOO_LARGE = auto()
    OTHER = auto()


TEXTS: Mapping[Meaning, tuple[str, ...]] = {
    Meaning.UNREACHABLE: (
        "bot was blocked by the user",
        "bot was kicked",
        "bot can't initiate conversation",
        "bot can't send messages to",
        "user is deactivated",
        "user is deleted",
        "deleted user",
        "user not found",
        "chat not found",
        "have no write access to the chat",
        "have no rights to send",
        "not enough rights to send text messages",
        "PEER_ID_INVALID",
        "PEER_ID_NOT_SUPPORTED",
        "CHAT_ID_INVALID",
        "USER_ID_INVALID",
        "USER_INVALID",
        "USER_IS_BLOCKED",
        "USER_BLOCKED",
        "YOU_BLOCKED_USER",
        "USER_IS_BOT",
        "USER_DEACTIVATED",
        "USER_PRIVACY_RESTRICTED",
        "PRIVACY_PREMIUM_REQUIRED",
        "ALLOW_PAYMENT_REQUIRED",
        "CHAT_FORBIDDEN",
        "CHAT_RESTRICTED",
        "CHAT_WRITE_FORBIDDEN",
        "CHAT_SEND_PLAIN_FORBIDDEN",
        "CHAT_GUEST_SEND_FORBIDDEN",
    ),
    Meaning.TOPIC_GONE: (
        "message thread not found",
        "invalid message thread",
        "TOPIC_DELETED",
        "TOPIC_CLOSED",
        "TOPIC_ID_INVALID",
    ),
    Meaning.UNCHANGED: ("message is not modified", "MESSAGE_NOT_MODIFIED"),
    Meaning.MESSAGE_GONE: (
        "message to edit not found",
        "message to delete not found",
        "message can't be edited",
        "there is no text in the message to edit",
        "there is no caption in the message to edit",
        "there is no media in the message to edit",
        "MESSAGE_ID_INVALID",
        "MESSAGE_AUTHOR_REQUIRED",
        "MESSAGE_EDIT_TIME_EXPIRED",
    ),
    Meaning.UNDELETABLE: ("message can't be deleted", "MESSAGE_DELETE_FORBIDDEN"),
    Meaning.TAP_TOO_OLD: ("query is too old", "query ID is invalid", "QUERY_ID_INVALID"),
    Meaning.FILE_TOO_LARGE: ("too big", "Request Entity Too Large"),
}


def _plain(text: str) -> str:
    """Return a text in small letters, with blanks for underscores and straight apostrophes."""
    return text.lower().replace("_", " ").replace("\u2019", "'")


_PLAIN_TEXTS = [(_plain(text), meaning) for meaning, texts in TEXTS.items() for text in texts]


def meaning_of(error: TelegramError) -> Meaning:
    """Return what an error means; a 403 in words we do not know means unreachable."""
    said = _plain(error.message)
    for text, meaning in _PLAIN_TEXTS:
        if text in said:
            return meaning
    return Meaning.UNREACHABLE if isinstance(error, Forbidden) else Meaning.OTHER
