"""How Telegram refuses a call: one exception, and Telegram's own sentences."""

from typing import Any


class BotApiRefusal(Exception):
    """Telegram answers ``ok: false`` with a code and a description.

    Attributes:
        code: HTTP status, repeated as ``error_code`` in the body.
        description: Telegram's sentence.
        retry_after: Seconds to wait, where Telegram names them.
        is_misuse: Whether no bot should ever cause it, whatever the state of the chat.
    """

    def __init__(
        self,
        code: int,
        description: str,
        *,
        retry_after: int | None = None,
        is_misuse: bool = False,
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.is_misuse = is_misuse

    def body(self) -> dict[str, Any]:
        """Return the JSON body of the reply."""
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
CHAT_NOT_FOUND = "chat not found"
TOPIC_NOT_FOUND = "message thread not found"
TEXT_EMPTY = "message text is empty"
TEXT_TOO_LONG = "message is too long"
CAPTION_TOO_LONG = "message caption is too long"
EDIT_NOT_FOUND = "message to edit not found"
DELETE_NOT_FOUND = "message to delete not found"
CANNOT_EDIT = "message can't be edited"
CANNOT_DELETE = "message can't be deleted for everyone"
NO_TEXT_TO_EDIT = "there is no text in the message to edit"
NO_CAPTION_TO_EDIT = "there is no caption in the message to edit"
TEXT_BUTTON = (
    "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
)
WRONG_FILE_ID = "wrong remote file identifier specified: Wrong string length"
UNFETCHED_URL = "failed to get HTTP URL content"
EMPTY_FILE = "file must be non-empty"
FILE_TOO_BIG = "file is too big"
NOT_AN_IMAGE = "IMAGE_PROCESS_FAILED"
PHOTO_DIMENSIONS = "PHOTO_INVALID_DIMENSIONS"
INSECURE_WEBHOOK = "bad webhook: An HTTPS URL must be provided for webhook"

BLOCKED = "bot was blocked by the user"
DEACTIVATED = "user is deactivated"
NEVER_STARTED = "bot can't initiate conversation with a user"

OTHER_POLLER = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_ACTIVE = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
    "webhook first"
)

REFUSAL_TEXTS = {
    "InlineKeyboardButton.callback_data": "BUTTON_DATA_INVALID",
    "InlineKeyboardButton.text": 'can\'t parse inline keyboard button: Field "text" is invalid',
    "answerCallbackQuery.text": "MESSAGE_TOO_LONG",
    "answerCallbackQuery.callback_query_id": QUERY_TOO_OLD,
    "sendMessage.text": TEXT_EMPTY,
    "editMessageText.text": TEXT_EMPTY,
    "sendPhoto.photo": "there is no photo in the request",
    "sendDocument.document": "there is no document in the request",
    "sendMessage.chat_id": "chat_id is empty",
    "sendPhoto.chat_id": "chat_id is empty",
    "sendDocument.chat_id": "chat_id is empty",
    "BotCommand.command": "BOT_COMMAND_INVALID",
    "BotCommand.description": "BOT_COMMAND_DESCRIPTION_INVALID",
    "setMyCommands.commands": "BOT_COMMANDS_TOO_MUCH",
}
"""Telegram's sentences for some schema mismatches; the others get one of ours."""


def bad_request(description: str) -> BotApiRefusal:
    """Return a refusal that depends on the state of the chat: 400."""
    return BotApiRefusal(400, f"Bad Request: {description}")


def misuse(description: str) -> BotApiRefusal:
    """Return a refusal that no bot should ever cause: 400."""
    return BotApiRefusal(400, f"Bad Request: {description}", is_misuse=True)


def forbidden(description: str) -> BotApiRefusal:
    """Return a refusal because of the person: 403."""
    return BotApiRefusal(403, f"Forbidden: {description}")


def conflict(description: str) -> BotApiRefusal:
    """Return a refusal because of another receiver of updates: 409."""
    return BotApiRefusal(409, f"Conflict: {description}")


def flood(seconds: int) -> BotApiRefusal:
    """Return a refusal that asks the bot to wait: 429."""
    return BotApiRefusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def unauthorized() -> BotApiRefusal:
    """Return the refusal of a wrong token: 401."""
    return BotApiRefusal(401, "Unauthorized")


def not_found(description: str = "Not Found: method not found") -> BotApiRefusal:
    """Return the refusal of an unknown method or file: 404."""
    return BotApiRefusal(404, description)
