"""How Telegram says no: one exception, and its own sentences by name."""

from typing import Any


class Refusal(Exception):
    """Telegram answers ``ok: false``; the bot sees code, description and parameters.

    Attributes:
        code: The HTTP status, repeated as ``error_code`` in the body.
        description: Telegram's sentence.
        parameters: ``retry_after`` or ``migrate_to_chat_id``, when there are any.
        is_misuse: True when no bot should ever cause it, whatever the state of the chat.
    """

    def __init__(
        self,
        code: int,
        description: str,
        *,
        parameters: dict[str, int] | None = None,
        is_misuse: bool = False,
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters
        self.is_misuse = is_misuse

    def body(self) -> dict[str, Any]:
        """Return the JSON body of the answer."""
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters is not None:
            body["parameters"] = self.parameters
        return body


NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
CHAT_NOT_FOUND = "chat not found"
TEXT_EMPTY = "message text is empty"
TEXT_TOO_LONG = "message is too long"
CAPTION_TOO_LONG = "message caption is too long"
EDIT_NOT_FOUND = "message to edit not found"
DELETE_NOT_FOUND = "message to delete not found"
PIN_NOT_FOUND = "message to pin not found"
UNPIN_NOT_FOUND = "message to unpin not found"
REPLY_NOT_FOUND = "message to be replied not found"
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
UNSUPPORTED_PARSE_MODE = "unsupported parse_mode"
INSECURE_WEBHOOK = "bad webhook: An HTTPS URL must be provided for webhook"

BLOCKED = "bot was blocked by the user"
DEACTIVATED = "user is deactivated"
NEVER_STARTED = "bot can't initiate conversation with a user"
KICKED = "bot was kicked from the group chat"
NOT_A_MEMBER = "bot is not a member of the channel chat"

OTHER_POLLER = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_ACTIVE = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
    "webhook first"
)

FLAWS = {
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
    "deleteMessages.message_ids": "message identifiers are not specified",
}
"""Telegram's own words for some flaws that the schema finds; the others get ours."""


def bad_request(description: str) -> Refusal:
    """Return a refusal that depends on the state of the chat: 400."""
    return Refusal(400, f"Bad Request: {description}")


def misuse(description: str) -> Refusal:
    """Return a refusal that no bot should ever cause: 400."""
    return Refusal(400, f"Bad Request: {description}", is_misuse=True)


def forbidden(description: str) -> Refusal:
    """Return a refusal by the person or the group: 403."""
    return Refusal(403, f"Forbidden: {description}")


def conflict(description: str) -> Refusal:
    """Return a refusal because of another receiver of updates: 409."""
    return Refusal(409, f"Conflict: {description}")


def flood(retry_after: int) -> Refusal:
    """Return a refusal that asks to wait: 429, the seconds also as a parameter."""
    return Refusal(
        429,
        f"Too Many Requests: retry after {retry_after}",
        parameters={"retry_after": retry_after},
    )


def unauthorized() -> Refusal:
    """Return the refusal of a wrong token: 401."""
    return Refusal(401, "Unauthorized")


def not_found(description: str = "method not found") -> Refusal:
    """Return the refusal of an unknown method or file: 404."""
    return Refusal(404, f"Not Found: {description}")
