"""The simulator refuses what Telegram refuses, with the same sentences."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from telegram import Bot
from telegram.error import BadRequest, EndPointNotFound, Forbidden, InvalidToken, RetryAfter

from bot.simulator import Address, BotApiRefusal, FaultKind, Phone, SimulatedTelegram
from bot.simulator.schema import Upload
from tests.bot.simulator.conftest import TOKEN, StoppedClock
from tests.bot.simulator.pictures import png

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup "
    "are exactly the same as a current content and reply markup of the message"
)
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


def refusal(telegram: SimulatedTelegram, method: str, **params: Any) -> str:
    """Return the sentence of a refusal."""
    with pytest.raises(BotApiRefusal) as caught:
        telegram.call(method, params)
    return caught.value.description


def buttons(*buttons: dict[str, Any]) -> dict[str, Any]:
    """Return one row of raw buttons."""
    return {"inline_keyboard": [list(buttons)]}


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"text": ""}, "Bad Request: message text is empty"),
        ({}, "Bad Request: message text is empty"),
        ({"text": " \n "}, "Bad Request: message text is empty"),
        ({"text": "x" * 4097}, "Bad Request: message is too long"),
        ({"text": "🙂" * 2049}, "Bad Request: message is too long"),
        ({"text": "a", "reply_markup": buttons({"text": "a", "callback_data": "ж" * 33})},
         "Bad Request: BUTTON_DATA_INVALID"),
        ({"text": "a", "reply_markup": buttons({"text": "a", "callback_data": ""})},
         "Bad Request: BUTTON_DATA_INVALID"),
        ({"text": "a", "reply_markup": buttons({"text": "a"})},
         "Bad Request: can't parse inline keyboard button: "
         "Text buttons are unallowed in the inline keyboard"),
        ({"text": "a", "reply_markup": buttons({"text": "a", "url": "ftp://a.b"})},
         "Bad Request: inline keyboard button URL 'ftp://a.b' is invalid: "
         "Unsupported URL protocol"),
        ({"text": "a", "reply_markup": buttons({"text": "a", "url": "nowhere"})},
         "Bad Request: inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL"),
        ({"text": "a", "reply_markup": buttons({"text": " ", "callback_data": "a"})},
         "Bad Request: inline keyboard button text must be non-empty"),
        ({"text": "a", "reply_markup": buttons(*[{"text": "a", "callback_data": "a"}] * 101)},
         "Bad Request: REPLY_MARKUP_TOO_LONG"),
        ({"text": "a", "reply_markup": {"keyboard": [[{"text": "Yes"}]]}},
         "Bad Request: only inline keyboards are simulated"),
        ({"text": "a", "parse_mode": "HTML"},
         "Bad Request: parse_mode is not simulated: the bot sends plain text"),
        ({"text": "a", "entities": [{"type": "bold", "offset": 0, "length": 1}]},
         "Bad Request: entities is not simulated: the bot sends plain text"),
        ({"text": "a", "colour": "blue"},
         "Bad Request: not as the Bot API describes sendMessage: colour is unknown to sendMessage"),
    ],
)  # fmt: skip
def test_texts_and_buttons_that_cannot_be_sent(
    telegram: SimulatedTelegram, phone: Phone, params: dict[str, Any], sentence: str
) -> None:
    """An invalid message is not sent."""
    assert refusal(telegram, "sendMessage", chat_id=phone.id, **params) == sentence
    assert [message for message in phone.messages if message.from_bot] == []


def test_surrounding_white_space_does_not_count(telegram: SimulatedTelegram, phone: Phone) -> None:
    """Telegram strips it, and 4096 characters are still allowed."""
    telegram.call("sendMessage", {"chat_id": phone.id, "text": f"\n {'x' * 4096} "})

    assert len(phone.screen.text) == 4096


def test_an_unchanged_edit_is_refused(telegram: SimulatedTelegram, phone: Phone) -> None:
    """An edit must change the text or the buttons."""
    same = {"text": "Q", "reply_markup": buttons({"text": "1", "callback_data": "1"})}
    telegram.call("sendMessage", {"chat_id": phone.id, **same})
    where = {"chat_id": phone.id, "message_id": phone.screen.id}

    assert refusal(telegram, "editMessageText", **where, **same) == NOT_MODIFIED
    telegram.call("editMessageText", {**where, "text": "Q"})
    assert refusal(telegram, "editMessageText", **where, text=" Q ") == NOT_MODIFIED
    assert not telegram.violations


def test_missing_messages_are_named(telegram: SimulatedTelegram, phone: Phone) -> None:
    """Editing and deleting have a sentence each."""
    where = {"chat_id": phone.id, "message_id": 4_000_000}

    assert refusal(telegram, "editMessageText", **where, text="a") == (
        "Bad Request: message to edit not found"
    )
    assert refusal(telegram, "deleteMessage", **where) == "Bad Request: message to delete not found"


def test_only_its_own_messages_can_be_edited(telegram: SimulatedTelegram, phone: Phone) -> None:
    """A person's message cannot."""
    message_id = phone.say("mine").id

    assert refusal(
        telegram, "editMessageText", chat_id=phone.id, message_id=message_id, text="a"
    ) == ("Bad Request: message can't be edited")


def test_messages_can_be_deleted_for_48_hours(
    telegram: SimulatedTelegram, phone: Phone, clock: StoppedClock
) -> None:
    """Later they can only be edited."""
    first = telegram.call("sendMessage", {"chat_id": phone.id, "text": "one"})["message_id"]
    second = telegram.call("sendMessage", {"chat_id": phone.id, "text": "two"})["message_id"]

    clock.advance(hours=48)
    telegram.call("deleteMessage", {"chat_id": phone.id, "message_id": first})
    clock.advance(seconds=1)

    assert refusal(telegram, "deleteMessage", chat_id=phone.id, message_id=second) == (
        "Bad Request: message can't be deleted for everyone"
    )
    telegram.call("editMessageText", {"chat_id": phone.id, "message_id": second, "text": "–"})


def test_a_tap_is_answered_once_and_within_15_seconds(
    telegram: SimulatedTelegram, phone: Phone, clock: StoppedClock
) -> None:
    """Answered, old and unknown queries are refused alike."""
    telegram.call("sendMessage", {
        "chat_id": phone.id, "text": "Q",
        "reply_markup": buttons({"text": "1", "callback_data": "1"}),
    })  # fmt: skip
    once, late = phone.double_tap("1")

    telegram.call("answerCallbackQuery", {"callback_query_id": once.id})
    assert refusal(telegram, "answerCallbackQuery", callback_query_id=once.id) == TOO_OLD
    clock.advance(seconds=16)
    assert refusal(telegram, "answerCallbackQuery", callback_query_id=late.id) == TOO_OLD
    assert refusal(telegram, "answerCallbackQuery", callback_query_id="7") == TOO_OLD
    assert late.answer is None


def test_a_toast_has_at_most_200_characters(telegram: SimulatedTelegram, phone: Phone) -> None:
    """A longer one is recorded as the bot's mistake."""
    telegram.call("sendMessage", {"chat_id": phone.id, "text": "Q"})
    query = phone.tap_data("x")

    too_long = refusal(telegram, "answerCallbackQuery", callback_query_id=query.id, text="x" * 201)

    assert too_long == "Bad Request: MESSAGE_TOO_LONG"
    assert list(telegram.violations) == ["answerCallbackQuery: Bad Request: MESSAGE_TOO_LONG"]


def test_captions_have_at_most_1024_characters(telegram: SimulatedTelegram, phone: Phone) -> None:
    """The limit is lower than that of a text."""
    photo = Upload("p.png", png(), "image/png")

    assert refusal(telegram, "sendPhoto", chat_id=phone.id, photo=photo, caption="x" * 1025) == (
        "Bad Request: message caption is too long"
    )


async def test_unreachable_people(telegram: SimulatedTelegram, bot: Bot) -> None:
    """Never started, unknown, blocked, deleted: four different sentences."""
    stranger, blocker, deleted = (telegram.phone(name=name) for name in ("Cy", "Di", "Ed"))
    blocker.start()
    blocker.block()
    deleted.start()
    deleted.delete_account()

    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(stranger.id, "a")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(12345, "a")
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(blocker.id, "a")
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(deleted.id, "a")
    blocker.unblock()
    await bot.send_message(blocker.id, "welcome back")


async def test_a_wrong_token_and_an_unknown_method_are_refused(address: Address, bot: Bot) -> None:
    """Each with the library's own error."""
    stranger = Bot("1:wrong", base_url=f"{address.url}/bot")
    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()

    with pytest.raises(EndPointNotFound):
        await bot.do_api_request("sendDreams")


async def test_retry_after_is_in_body_and_header(
    telegram: SimulatedTelegram, bot: Bot, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library reads it from the body of a 429."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    telegram.faults.add(FaultKind.FLOOD, method="sendMessage", retry_after=7)

    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(phone.id, "a")

    assert caught.value.retry_after == timedelta(seconds=7)

    telegram.faults.add(FaultKind.FLOOD, retry_after=7)
    async with aiohttp.ClientSession() as session, session.get(f"{bot.base_url}/getMe") as reply:
        assert reply.status == 429
        assert reply.headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("sendMessage", {"text": "a", "reply_markup": {"inline_keyboard": "none"}}),
        ("setMyCommands", {"commands": [{"command": "Über", "description": "a"}]}),
        ("setMyCommands", {"commands": [{"command": "a", "description": "a"}] * 101}),
        ("setMyDescription", {"description": "x" * 513}),
        ("getUpdates", {"limit": 101}),
        ("setMyDescription", {"description": "d", "language_code": "german"}),
        ("setWebhook", {"url": "https://a.example", "secret_token": "not secret"}),
        ("editMessageText", {"text": "nowhere"}),
    ],
)
def test_other_mistakes_are_refused_and_recorded(
    telegram: SimulatedTelegram, phone: Phone, method: str, params: dict[str, Any]
) -> None:
    """Tests can assert on every call that the Bot API does not allow."""
    where = {"chat_id": phone.id} if method == "sendMessage" else {}

    sentence = refusal(telegram, method, **where, **params)

    assert list(telegram.violations) == [f"{method}: {sentence}"]


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title])
async def test_method_names_ignore_case(bot: Bot, spell: Callable[[str], str]) -> None:
    """``getme`` is ``getMe``."""
    assert (await bot.do_api_request(spell("getMe")))["id"] == int(TOKEN.split(":")[0])
