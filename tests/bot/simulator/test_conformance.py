"""All replies fit aiogram's description, and python-telegram-bot can read them."""

from collections.abc import Callable
from typing import Any

import pytest
import telegram as library

from bot.simulator import Phone, SimulatedTelegram
from bot.simulator.methods import METHODS
from bot.simulator.schema import Upload, load_schema
from tests.bot.simulator.pictures import png

PHOTO = Upload("course.png", png(), "image/png")
SHEET = Upload("figures.csv", b"a,b\n", "text/csv")
KEYBOARD = {"inline_keyboard": [[{"text": "1", "callback_data": "1", "style": "success"}]]}

Reader = Callable[[Any], Any]


def as_true(raw: Any) -> Any:
    """Return what most methods answer."""
    assert raw is True
    return raw


def read_updates(raw: Any) -> list[library.Update]:
    """Return a list of updates."""
    return [library.Update.de_json(update) for update in raw]


CASES: dict[str, tuple[dict[str, Any], Reader]] = {
    "answerCallbackQuery": ({"callback_query_id": "QUERY", "text": "Saved"}, as_true),
    "deleteMessage": ({"chat_id": 0, "message_id": "TEXT"}, as_true),
    "deleteWebhook": ({}, as_true),
    "editMessageCaption": (
        {"chat_id": 0, "message_id": "PHOTO", "caption": "new"}, library.Message.de_json),
    "editMessageMedia": (
        {"chat_id": 0, "message_id": "PHOTO", "up": PHOTO,
         "media": {"type": "photo", "media": "attach://up", "caption": "new"}},
        library.Message.de_json),
    "editMessageText": (
        {"chat_id": 0, "message_id": "TEXT", "text": "/new", "reply_markup": KEYBOARD},
        library.Message.de_json),
    "getFile": ({"file_id": "FILE"}, library.File.de_json),
    "getMe": ({}, library.User.de_json),
    "getUpdates": ({}, read_updates),
    "getWebhookInfo": ({}, library.WebhookInfo.de_json),
    "sendDocument": ({"chat_id": 0, "document": SHEET, "caption": "c"}, library.Message.de_json),
    "sendMessage": (
        {"chat_id": 0, "text": "a", "reply_markup": KEYBOARD, "protect_content": True},
        library.Message.de_json),
    "sendPhoto": ({"chat_id": 0, "photo": PHOTO}, library.Message.de_json),
    "setMyCommands": (
        {"commands": [{"command": "help", "description": "Help"}],
         "scope": {"type": "chat", "chat_id": 0}, "language_code": "de"}, as_true),
    "setMyDescription": ({"description": "d"}, as_true),
    "setWebhook": ({"url": "https://clinic.example/hook", "secret_token": "s_-1"}, as_true),
}  # fmt: skip
"""Every method, with parameters that work and a reader of its result."""


def insert_ids(value: Any, ids: dict[Any, Any]) -> Any:
    """Replace the names in parameters by the ids of this run."""
    if isinstance(value, dict):
        return {
            key: ids[0] if key == "chat_id" else insert_ids(item, ids)
            for key, item in value.items()
        }
    return ids.get(value, value) if isinstance(value, str) else value


def test_every_method_has_a_case() -> None:
    """Every method has a case here and a description in the schema."""
    assert set(CASES) == set(METHODS) == set(load_schema().fields)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_replies_can_be_read(telegram: SimulatedTelegram, phone: Phone, method: str) -> None:
    """``call`` checks the schema; the library reads the result and knows every field."""
    text = telegram.call("sendMessage", {"chat_id": phone.id, "text": "<old>"})
    photo = telegram.call("sendPhoto", {"chat_id": phone.id, "photo": PHOTO})
    ids = {
        0: phone.id,
        "TEXT": text["message_id"],
        "PHOTO": photo["message_id"],
        "FILE": photo["photo"][-1]["file_id"],
        "QUERY": phone.tap_data("x").id,
    }
    params, read = CASES[method]

    result = read(telegram.call(method, insert_ids(params, ids)))

    assert unknown_fields(result) == {}
    assert not telegram.violations


def test_every_kind_of_update_can_be_read(telegram: SimulatedTelegram, phone: Phone) -> None:
    """The library reads updates from people, groups and channels."""
    group, channel = telegram.group(is_supergroup=False), telegram.channel()
    telegram.call("sendMessage", {"chat_id": phone.id, "text": "Q", "reply_markup": KEYBOARD})
    phone.tap("1")
    phone.tap_data("of a deleted message", message_id=1)
    phone.edit(phone.say("typo"), "type")
    phone.send_document("week.ics", b"BEGIN:VCALENDAR", "text/calendar", caption="mine")
    phone.send_content(contact={"phone_number": "1", "first_name": "Ada"})
    phone.send_content(voice={"file_id": "a", "file_unique_id": "b", "duration": 1})
    phone.block()
    phone.unblock()
    group.tap_data(phone, "x", group.say(phone, "hi"))
    group.say_anonymously("boo")
    group.say_as_bot("other_bot", "beep")
    channel.post("news")

    updates = read_updates(telegram.call("getUpdates", {}))

    assert all(unknown_fields(update) == {} for update in updates)
    kinds = {
        kind for update in updates for kind in library.Update.ALL_TYPES if getattr(update, kind)
    }
    assert kinds == {
        "message", "edited_message", "callback_query", "my_chat_member", "channel_post",
    }  # fmt: skip


def unknown_fields(result: Any) -> dict[str, Any]:
    """Return the top-level fields that the library does not know, except those newer than it."""
    newer = {
        "supports_guest_queries",
        "supports_join_request_queries",
        "allows_users_to_create_topics",
        "can_manage_bots",
    }
    unknown = result.api_kwargs if isinstance(result, library.TelegramObject) else {}
    return {name: value for name, value in unknown.items() if name not in newer}
