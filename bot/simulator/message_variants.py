"""Messages and taps that only look like a person's own: forwarded, via another bot, inline."""

from bot.simulator.messages import Json, Message, User
from bot.simulator.phone import Phone, callback_query
from bot.simulator.queries import Query
from bot.simulator.simulated_telegram import SimulatedTelegram


def forward(phone: Phone, text: str) -> Message:
    """Forward a text of another person, whose account is hidden."""
    return phone.send_content(text, forward_origin=_forward_origin(phone))


def forward_file(phone: Phone, message: Message) -> Message:
    """Forward the document of a message."""
    file: Json = message.as_json()["document"]
    return phone.send_content(document=file, forward_origin=_forward_origin(phone))


def say_via(telegram: SimulatedTelegram, phone: Phone, username: str, text: str) -> Message:
    """Send an inline result of another bot."""
    other = User(telegram.state.new_id(), "Other bot", is_bot=True, username=username)
    return phone.send_content(text, via_bot=other.as_json())


def tap_inline(telegram: SimulatedTelegram, phone: Phone, data: str) -> Query:
    """Tap a button of an inline message; the update names no chat."""
    state = telegram.state
    query = Query(state.new_digits(), phone.id, 0, data, state.now())
    state.add_query(query)
    body = callback_query(query, phone.person, phone.chat)
    del body["message"]
    body["inline_message_id"] = state.new_digits()
    state.queue_update("callback_query", body, ("tap", phone.id))
    return query


def _forward_origin(phone: Phone) -> Json:
    written = int(phone.messages[-1].date.timestamp()) if phone.messages else 1
    return {"type": "hidden_user", "sender_user_name": "Somebody else", "date": written}
