"""editMessage…, deleteMessage(s), pinning."""

from datetime import timedelta
from typing import Any

from bot.simulator import refusals
from bot.simulator.entities import Words
from bot.simulator.markup import inline_keyboard
from bot.simulator.messages import Json, Message
from bot.simulator.methods.files import media_of
from bot.simulator.methods.words import caption_of, text_of
from bot.simulator.state import State

DELETABLE = timedelta(hours=48)


def edit_text(state: State, params: Json) -> Json:
    """Replace the text and the buttons of a message."""
    message = _editable(state, params)
    if message.media is not None:
        raise refusals.bad_request(refusals.NO_TEXT_TO_EDIT)
    return _edit(state, message, params, {"words": text_of("editMessageText", params)})


def edit_caption(state: State, params: Json) -> Json:
    """Replace the caption and the buttons of a picture or file."""
    message = _editable(state, params)
    if message.media is None:
        raise refusals.bad_request(refusals.NO_CAPTION_TO_EDIT)
    return _edit(state, message, params, {"words": caption_of(params)})


def edit_markup(state: State, params: Json) -> Json:
    """Replace the buttons only."""
    return _edit(state, _editable(state, params), params, {})


def edit_media(state: State, params: Json) -> Json:
    """Replace a picture or file and its caption, or put one in the place of a text."""
    message = _editable(state, params)
    given = params["media"]
    if given["type"] not in {"photo", "document"}:
        raise refusals.misuse(f"media of type {given['type']} is not simulated")
    media = media_of(state, given["type"], given["media"], params)
    return _edit(state, message, params, {"media": media, "words": caption_of(given)})


def delete_message(state: State, params: Json) -> bool:
    """Delete one message, the bot's or the person's, up to 48 hours after it was sent."""
    chat = state.chat(params["chat_id"])
    message = chat.messages.get(params["message_id"])
    if message is None:
        raise refusals.bad_request(refusals.DELETE_NOT_FOUND)
    _check_deletable(state, message)
    state.remove(message)
    return True


def delete_messages(state: State, params: Json) -> bool:
    """Delete several messages; those that do not exist are passed over."""
    chat = state.chat(params["chat_id"])
    found = [chat.messages[one] for one in params["message_ids"] if one in chat.messages]
    for message in found:
        _check_deletable(state, message)
    for message in {message.id: message for message in found}.values():
        state.remove(message)
    return True


def pin(state: State, params: Json) -> bool:
    """Pin a message; the newest pin is shown first."""
    chat = state.reachable(params["chat_id"])
    if params["message_id"] not in chat.messages:
        raise refusals.bad_request(refusals.PIN_NOT_FOUND)
    if params["message_id"] in chat.pinned:
        chat.pinned.remove(params["message_id"])
    chat.pinned.append(params["message_id"])
    state.changes.tell("pin", chat.id)
    return True


def unpin(state: State, params: Json) -> bool:
    """Unpin one message, or the newest pin when none is named."""
    chat = state.reachable(params["chat_id"])
    message_id = params.get("message_id") or (chat.pinned[-1] if chat.pinned else None)
    if message_id is None or message_id not in chat.pinned:
        raise refusals.bad_request(refusals.UNPIN_NOT_FOUND)
    chat.pinned.remove(message_id)
    state.changes.tell("pin", chat.id)
    return True


def unpin_all(state: State, params: Json) -> bool:
    """Unpin everything."""
    chat = state.reachable(params["chat_id"])
    chat.pinned.clear()
    state.changes.tell("pin", chat.id)
    return True


def _editable(state: State, params: Json) -> Message:
    if "chat_id" not in params or "message_id" not in params:
        raise refusals.misuse("message identifier is not specified")
    chat = state.reachable(params["chat_id"])
    message = chat.messages.get(params["message_id"])
    if message is None:
        raise refusals.bad_request(refusals.EDIT_NOT_FOUND)
    if not message.from_bot or message.has_reply_keyboard:
        raise refusals.bad_request(refusals.CANNOT_EDIT)
    return message


def _edit(state: State, message: Message, params: Json, fields: dict[str, Any]) -> Json:
    markup = inline_keyboard(params)
    words: Words = fields.get("words", message.words)
    media = fields.get("media", message.media)
    if (words, media, markup) == (message.words, message.media, message.markup):
        raise refusals.bad_request(refusals.NOT_MODIFIED)
    return state.change(message, **fields, markup=markup, edited=state.now()).as_json()


def _check_deletable(state: State, message: Message) -> None:
    if state.now() - message.date > DELETABLE:
        raise refusals.bad_request(refusals.CANNOT_DELETE)
