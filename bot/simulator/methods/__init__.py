"""What the bot can ask for: each method is a function of the state and its parameters."""

from collections.abc import Callable
from typing import Any

from bot.simulator.messages import Json
from bot.simulator.methods import answering, editing, files, profile, receiving, sending
from bot.simulator.state import State

Method = Callable[[State, Json], Any]

METHODS: dict[str, Method] = {
    "answerCallbackQuery": answering.answer_callback_query,
    "deleteMessage": editing.delete_message,
    "deleteMessages": editing.delete_messages,
    "deleteMyCommands": profile.delete_commands,
    "deleteWebhook": receiving.delete_webhook,
    "editMessageCaption": editing.edit_caption,
    "editMessageMedia": editing.edit_media,
    "editMessageReplyMarkup": editing.edit_markup,
    "editMessageText": editing.edit_text,
    "getChat": profile.get_chat,
    "getChatMenuButton": profile.get_menu_button,
    "getFile": files.get_file,
    "getMe": profile.get_me,
    "getMyCommands": profile.get_commands,
    "getMyDescription": profile.get_description,
    "getMyName": profile.get_name,
    "getMyShortDescription": profile.get_short_description,
    "getUpdates": receiving.get_updates,
    "getWebhookInfo": receiving.get_webhook_info,
    "pinChatMessage": editing.pin,
    "sendChatAction": sending.send_chat_action,
    "sendDocument": sending.send_document,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "setChatMenuButton": profile.set_menu_button,
    "setMyCommands": profile.set_commands,
    "setMyDescription": profile.set_description,
    "setMyName": profile.set_name,
    "setMyShortDescription": profile.set_short_description,
    "setWebhook": receiving.set_webhook,
    "unpinAllChatMessages": editing.unpin_all,
    "unpinChatMessage": editing.unpin,
}

NEW_MESSAGES = frozenset({"sendMessage", "sendPhoto", "sendDocument"})
EDITS = frozenset(
    {"editMessageCaption", "editMessageMedia", "editMessageReplyMarkup", "editMessageText"}
)
