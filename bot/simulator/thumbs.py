"""What a person can be made to do over HTTP: one small function for each gesture."""

import base64
from collections.abc import Awaitable, Callable
from typing import Any

from bot.simulator.messages import Json, Message
from bot.simulator.phone import Phone
from bot.simulator.queries import Query
from bot.simulator.views import view_chat, view_message, view_query

Gesture = Callable[[Phone, Json], Awaitable[Any]]


async def _open_link(phone: Phone, body: Json) -> Json:
    return view_message(phone.open_link(body["link"]))


async def _start(phone: Phone, _: Json) -> Json:
    return view_message(phone.start())


async def _say(phone: Phone, body: Json) -> Json:
    return view_message(phone.say(body["text"]))


async def _tap(phone: Phone, body: Json) -> Json:
    query = phone.tap(body.get("label"), data=body.get("data"), message=body.get("message_id"))
    return await _seen(query, body)


async def _double_tap(phone: Phone, body: Json) -> list[Json]:
    taps = phone.double_tap(
        body.get("label"), data=body.get("data"), message=body.get("message_id")
    )
    return [await _seen(query, body) for query in taps]


async def _tap_data(phone: Phone, body: Json) -> Json:
    return await _seen(phone.tap_data(body["data"], message_id=body.get("message_id")), body)


async def _send_document(phone: Phone, body: Json) -> Json:
    sent = phone.send_document(
        body["name"],
        base64.b64decode(body["content_base64"]),
        body.get("mime_type", "application/octet-stream"),
        body.get("caption", ""),
    )
    return view_message(sent)


async def _send_photo(phone: Phone, body: Json) -> Json:
    sent = phone.send_photo(base64.b64decode(body["content_base64"]), body.get("caption", ""))
    return view_message(sent)


async def _edit(phone: Phone, body: Json) -> Json:
    return view_message(phone.edit(_message(phone, body), body["text"]))


async def _delete(phone: Phone, body: Json) -> None:
    phone.delete(_message(phone, body))


async def _block(phone: Phone, _: Json) -> None:
    phone.block()


async def _unblock(phone: Phone, _: Json) -> None:
    phone.unblock()


async def _delete_account(phone: Phone, _: Json) -> None:
    phone.delete_account()


async def _until(phone: Phone, body: Json) -> Json:
    text = body["text"]
    await phone.until(
        lambda phone: text in phone.screen.text, float(body.get("seconds", 5.0)), why=text
    )
    return view_chat(phone)


GESTURES: dict[str, Gesture] = {
    "open_link": _open_link,
    "start": _start,
    "say": _say,
    "tap": _tap,
    "double_tap": _double_tap,
    "tap_data": _tap_data,
    "send_document": _send_document,
    "send_photo": _send_photo,
    "edit": _edit,
    "delete": _delete,
    "block": _block,
    "unblock": _unblock,
    "delete_account": _delete_account,
    "until": _until,
}


async def _seen(query: Query, body: Json) -> Json:
    """Wait for the bot's answer when asked to; an answer that never comes is no error."""
    seconds = float(body.get("wait_seconds", 0))
    if seconds > 0:
        try:
            await query.answered(seconds)
        except AssertionError:
            return view_query(query)
    return view_query(query)


def _message(phone: Phone, body: Json) -> Message:
    return phone.chat.messages[body["message_id"]]
