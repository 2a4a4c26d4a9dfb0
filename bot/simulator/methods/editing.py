"""editMessageText, editMessageCaption, editMessageMedia and deleteMessage."""

from datetime import timedelta

from bot.simulator import refusals
from bot.simulator.messages import Json, Media, Message
from bot.simulator.methods.files import media_of
from bot.simulator.methods.keyboards import inline_keyboard
from bot.simulator.methods.texts import caption_of, text_of
from bot.simulator.state import TelegramState

DELETION_WINDOW = timedelta(hours=48)


def edit_text(state: TelegramState, params: Json) -> Json:
    """Replace the text and the buttons of a message."""
    message = _editable(state, params)
    if message.media is not None:
        raise refusals.bad_request(refusals.NO_TEXT_TO_EDIT)
    return _edit(state, message, params, text_of("editMessageText", params), None)


def edit_caption(state: TelegramState, params: Json) -> Json:
    """Replace the caption and the buttons of a photo or document."""
    message = _editable(state, params)
    if message.media is None:
        raise refusals.bad_request(refusals.NO_CAPTION_TO_EDIT)
    return _edit(state, message, params, caption_of(params), message.media)


def edit_media(state: TelegramState, params: Json) -> Json:
    """Replace a photo or document and its caption, or a text by one."""
    message = _editable(state, params)
    given = params["media"]
    if given["type"] not in {"photo", "document"}:
        raise refusals.misuse(f"media of type {given['type']} is not simulated")
    media = media_of(state, given["type"], given["media"], params)
    return _edit(state, message, params, caption_of(given), media)


def delete_message(state: TelegramState, params: Json) -> bool:
    """Delete a message, the bot's or the person's, up to 48 hours after it was sent."""
    chat = state.chat(params["chat_id"])
    message = chat.messages.get(params["message_id"])
    if message is None:
        raise refusals.bad_request(refusals.DELETE_NOT_FOUND)
    if state.now() - message.date > DELETION_WINDOW:
        raise refusals.bad_request(refusals.CANNOT_DELETE)
    state.remove_message(message)
    return True


def _editable(state: TelegramState, params: Json) -> Message:
    if "chat_id" not in params or "message_id" not in params:
        raise refusals.misuse("message identifier is not specified")
    chat = state.reachable_chat(params["chat_id"])
    message = chat.messages.get(params["message_id"])
    if message is None:
        raise refusals.bad_request(refusals.EDIT_NOT_FOUND)
    if not message.from_bot:
        raise refusals.bad_request(refusals.CANNOT_EDIT)
    return message


def _edit(
    state: TelegramState, message: Message, params: Json, text: str, media: Media | None
) -> Json:
    markup = inline_keyboard(params)
    if (text, media, markup) == (message.text, message.media, message.markup):
        raise refusals.bad_request(refusals.NOT_MODIFIED)
    return state.replace_message(
        message, text=text, media=media, markup=markup, edited=state.now()
    ).as_json()
