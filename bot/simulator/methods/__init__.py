"""The Bot API methods: each is a function of the state and the parameters."""

from collections.abc import Callable
from typing import Any

from bot.simulator.messages import Json
from bot.simulator.methods import answering, editing, files, profile, receiving, sending
from bot.simulator.state import TelegramState

Method = Callable[[TelegramState, Json], Any]

METHODS: dict[str, Method] = {
    "answerCallbackQuery": answering.answer_callback_query,
    "deleteMessage": editing.delete_message,
    "deleteWebhook": receiving.delete_webhook,
    "editMessageCaption": editing.edit_caption,
    "editMessageMedia": editing.edit_media,
    "editMessageText": editing.edit_text,
    "getFile": files.get_file,
    "getMe": profile.get_me,
    "getUpdates": receiving.get_updates,
    "getWebhookInfo": receiving.get_webhook_info,
    "sendDocument": sending.send_document,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "setMyCommands": profile.set_commands,
    "setMyDescription": profile.set_description,
    "setWebhook": receiving.set_webhook,
}

NEW_MESSAGES = frozenset({"sendMessage", "sendPhoto", "sendDocument"})
"""The methods that count towards the flood limits."""
