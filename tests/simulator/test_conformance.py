"""Two witnesses: all we say fits aiogram's description and can be read by python-telegram-bot."""

from collections.abc import Callable
from typing import Any

import pytest
import telegram as library

from bot.simulator import Phone, SimulatedTelegram
from bot.simulator.methods import METHODS
from bot.simulator.schema import Upload, the_schema
from tests.simulator.pictures import png

PHOTO = Upload("course.png", png(), "image/png")
SHEET = Upload("figures.csv", b"a,b\n", "text/csv")
KEYBOARD = {"inline_keyboard": [[{"text": "1", "callback_data": "1", "style": "success"}]]}

Reader = Callable[[Any], Any]


def as_true(raw: Any) -> Any:
    """Return what most methods answer."""
    assert raw is True
    return raw


def read_list(one: Reader) -> Reader:
    """Return a reader of lists."""
    return lambda raw: [one(item) for item in raw]


CASES: dict[str, tuple[dict[str, Any], Reader]] = {
    "answerCallbackQuery": ({"callback_query_id": "QUERY", "text": "Saved"}, as_true),
    "deleteMessage": ({"chat_id": 0, "message_id": "TEXT"}, as_true),
    "deleteMessages": ({"chat_id": 0, "message_ids": [1, 2]}, as_true),
    "deleteMyCommands": ({}, as_true),
    "deleteWebhook": ({}, as_true),
    "editMessageCaption": (
        {"chat_id": 0, "message_id": "PHOTO", "caption": "new"}, library.Message.de_json),
    "editMessageMedia": (
        {"chat_id": 0, "message_id": "PHOTO", "up": PHOTO,
         "media": {"type": "photo", "media": "attach://up", "caption": "new"}},
        library.Message.de_json),
    "editMessageReplyMarkup": (
        {"chat_id": 0, "message_id": "TEXT", "reply_markup": KEYBOARD}, library.Message.de_json),
    "editMessageText": (
        {"chat_id": 0, "message_id": "TEXT", "text": "<b>new</b>", "parse_mode": "HTML"},
        library.Message.de_json),
    "getChat": ({"chat_id": 0}, library.ChatFullInfo.de_json),
    "getChatMenuButton": ({"chat_id": 0}, library.MenuButton.de_json),
    "getFile": ({"file_id": "FILE"}, library.File.de_json),
    "getMe": ({}, library.User.de_json),
    "getMyCommands": ({}, read_list(library.BotCommand.de_json)),
    "getMyDescription": ({}, library.BotDescription.de_json),
    "getMyName": ({}, library.BotName.de_json),
    "getMyShortDescription": ({}, library.BotShortDescription.de_json),
    "getUpdates": ({}, read_list(library.Update.de_json)),
    "getWebhookInfo": ({}, library.WebhookInfo.de_json),
    "pinChatMessage": ({"chat_id": 0, "message_id": "TEXT"}, as_true),
    "sendChatAction": ({"chat_id": 0, "action": "typing"}, as_true),
    "sendDocument": ({"chat_id": 0, "document": SHEET, "caption": "c"}, library.Message.de_json),
    "sendMessage": (
        {"chat_id": 0, "text": "a", "reply_markup": KEYBOARD, "protect_content": True,
         "reply_parameters": {"message_id": "TEXT"}},
        library.Message.de_json),
    "sendPhoto": ({"chat_id": 0, "photo": PHOTO}, library.Message.de_json),
    "setChatMenuButton": ({"chat_id": 0, "menu_button": {"type": "commands"}}, as_true),
    "setMyCommands": (
        {"commands": [{"command": "help", "description": "Help"}],
         "scope": {"type": "chat", "chat_id": 0}, "language_code": "de"}, as_true),
    "setMyDescription": ({"description": "d"}, as_true),
    "setMyName": ({"name": "n", "language_code": "pl"}, as_true),
    "setMyShortDescription": ({"short_description": "s"}, as_true),
    "setWebhook": ({"url": "https://clinic.example/hook", "secret_token": "s_-1"}, as_true),
    "unpinAllChatMessages": ({"chat_id": 0}, as_true),
    "unpinChatMessage": ({"chat_id": 0}, as_true),
}  # fmt: skip
"""Every method with parameters that work, and what reads its answer."""


def put_in(value: Any, names: dict[Any, Any]) -> Any:
    """Replace the names in parameters by the ids of this run."""
    if isinstance(value, dict):
        return {
            key: names[0] if key == "chat_id" else put_in(item, names)
            for key, item in value.items()
        }
    return names.get(value, value) if isinstance(value, str) else value


def test_every_method_has_a_case() -> None:
    """A method that is added is added here too; and the schema knows each."""
    assert set(CASES) == set(METHODS) == set(the_schema().fields)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_answers_can_be_read(telegram: SimulatedTelegram, phone: Phone, method: str) -> None:
    """By the schema inside ``call``, and by the library here; nothing is unknown to it."""
    text = telegram.call("sendMessage", {"chat_id": phone.id, "text": "<old>"})
    photo = telegram.call("sendPhoto", {"chat_id": phone.id, "photo": PHOTO})
    telegram.call("pinChatMessage", {"chat_id": phone.id, "message_id": text["message_id"]})
    names = {
        0: phone.id,
        "TEXT": text["message_id"],
        "PHOTO": photo["message_id"],
        "FILE": photo["photo"][-1]["file_id"],
        "QUERY": phone.tap_data("x").id,
    }
    params, read = CASES[method]

    answer = read(telegram.call(method, put_in(params, names)))

    assert unread(answer) == {}
    assert not telegram.violations


def test_every_kind_of_update_can_be_read(telegram: SimulatedTelegram, phone: Phone) -> None:
    """People, groups, channels, blocks, taps: the library takes them all."""
    group, channel = telegram.group(is_supergroup=False), telegram.channel()
    telegram.call("sendMessage", {"chat_id": phone.id, "text": "Q", "reply_markup": KEYBOARD})
    phone.tap("1")
    phone.tap_data("into the void", message_id=1)
    phone.edit(phone.say("typo"), "type")
    phone.send_document("week.ics", b"BEGIN:VCALENDAR", "text/calendar", caption="mine")
    phone.send_photo(png())
    phone.send_content(contact={"phone_number": "1", "first_name": "Ada"})
    phone.send_content(voice={"file_id": "a", "file_unique_id": "b", "duration": 1})
    phone.block()
    phone.unblock()
    group.remove_bot(phone)
    group.add_bot(phone)
    group.tap_data(phone, "x", group.say(phone, "hi"))
    group.say_anonymously("boo")
    group.say_as_bot("other_bot", "beep")
    group.upgrade()
    channel.edit(channel.post("news"), "old news")

    found = [library.Update.de_json(raw) for raw in telegram.call("getUpdates", {})]

    assert all(unread(update) == {} for update in found)
    kinds = {kind for update in found for kind in library.Update.ALL_TYPES if getattr(update, kind)}
    assert kinds == {
        "message", "edited_message", "callback_query", "my_chat_member", "channel_post",
        "edited_channel_post",
    }  # fmt: skip


def unread(answer: Any) -> dict[str, Any]:
    """Return the fields the library did not know, at the top of what it read.

    Fields that are newer than the library are known to us and none of its business.
    """
    newer = {
        "supports_guest_queries",
        "supports_join_request_queries",
        "allows_users_to_create_topics",
        "can_manage_bots",
    }
    found = answer.api_kwargs if isinstance(answer, library.TelegramObject) else {}
    return {name: value for name, value in found.items() if name not in newer}
