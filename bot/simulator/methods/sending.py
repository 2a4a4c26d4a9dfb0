"""sendMessage, sendPhoto, sendDocument, sendChatAction."""

from bot.simulator import refusals
from bot.simulator.entities import Words
from bot.simulator.markup import inline_keyboard, reply_keyboard
from bot.simulator.messages import Chat, Json, Media, Message
from bot.simulator.methods.files import media_of
from bot.simulator.methods.words import caption_of, text_of
from bot.simulator.state import State


def send_message(state: State, params: Json) -> Json:
    """Send a text."""
    chat = state.reachable(params["chat_id"])
    return _send(state, chat, params, text_of("sendMessage", params), None)


def send_photo(state: State, params: Json) -> Json:
    """Send a picture, with or without a caption."""
    chat = state.reachable(params["chat_id"])
    words = caption_of(params)
    return _send(state, chat, params, words, media_of(state, "photo", params["photo"], params))


def send_document(state: State, params: Json) -> Json:
    """Send a file, with or without a caption."""
    chat = state.reachable(params["chat_id"])
    words = caption_of(params)
    media = media_of(state, "document", params["document"], params)
    return _send(state, chat, params, words, media)


def send_chat_action(state: State, params: Json) -> bool:
    """Show "typing…" for a moment; nothing of it stays."""
    chat = state.reachable(params["chat_id"])
    state.changes.tell("action", chat.id)
    return True


def _send(state: State, chat: Chat, params: Json, words: Words, media: Media | None) -> Json:
    keyboard = reply_keyboard(params)
    message = Message(
        id=state.new_message_id(),
        chat=chat,
        sender=None if chat.kind == "channel" else state.bot,
        date=state.now(),
        words=words,
        media=media,
        markup=inline_keyboard(params),
        reply_to=_original(chat, params),
        is_silent=params.get("disable_notification", False),
        is_protected=params.get("protect_content", False),
        has_reply_keyboard=keyboard is not None and "keyboard" in keyboard,
        from_bot=True,
    )
    if keyboard is not None:
        chat.reply_keyboard = keyboard if "keyboard" in keyboard else None
    return state.keep(message).as_json()


def _original(chat: Chat, params: Json) -> int | None:
    reply = params.get("reply_parameters")
    if reply is None or "message_id" not in reply:
        return None
    if reply["message_id"] in chat.messages:
        return int(reply["message_id"])
    if reply.get("allow_sending_without_reply"):
        return None
    raise refusals.bad_request(refusals.REPLY_NOT_FOUND)
