"""sendMessage, sendPhoto and sendDocument."""

from functools import partial

from bot.simulator import refusals
from bot.simulator.messages import Chat, Json, Media, Message
from bot.simulator.methods.files import media_of
from bot.simulator.methods.keyboards import inline_keyboard
from bot.simulator.methods.texts import caption_of, text_of
from bot.simulator.state import TelegramState


def send_message(state: TelegramState, params: Json) -> Json:
    """Send a text."""
    chat = state.reachable_chat(params["chat_id"])
    return _send(state, chat, params, text_of("sendMessage", params))


def _send_media(kind: str, state: TelegramState, params: Json) -> Json:
    chat = state.reachable_chat(params["chat_id"])
    caption = caption_of(params)
    return _send(state, chat, params, caption, media_of(state, kind, params[kind], params))


send_photo = partial(_send_media, "photo")
send_document = partial(_send_media, "document")


def _send(
    state: TelegramState, chat: Chat, params: Json, text: str, media: Media | None = None
) -> Json:
    topic_id = params.get("message_thread_id")
    if topic_id is not None and topic_id not in chat.topics:
        raise refusals.bad_request(refusals.TOPIC_NOT_FOUND)
    message = Message(
        id=state.new_message_id(),
        chat=chat,
        sender=None if chat.kind == "channel" else state.bot,
        date=state.now(),
        text=text,
        media=media,
        markup=inline_keyboard(params),
        is_silent=params.get("disable_notification", False),
        is_protected=params.get("protect_content", False),
        from_bot=True,
        topic_id=topic_id,
    )
    return state.add_message(message).as_json()
