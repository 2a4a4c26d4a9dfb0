"""Our parsing of updates agrees with that of the framework."""

import pytest
from telegram import Message, Update

from bot.simulator import Phone, SimulatedTelegram
from bot.telegram.client import Raw, TelegramClient
from bot.telegram.http import build_request
from bot.telegram.messages import keyboard
from bot.updates.parsing import parse_update
from handlers.app.screen import Button, Screen

TOKEN = "123456:ABCdef"
SCREEN = Screen("1/5", ((Button("8", "1a:b:0:8"),),))


@pytest.fixture
def client() -> TelegramClient:
    """A client without connection."""
    requests = [build_request("aiohttp", connections=1, read_seconds=1.0) for _ in range(2)]
    return TelegramClient(TOKEN, api="http://nowhere", speaking=requests[0], polling=requests[1])


def pending(telegram: SimulatedTelegram) -> list[Raw]:
    """Return the pending updates."""
    updates: list[Raw] = telegram.call("getUpdates", {"limit": 100})
    return updates


@pytest.fixture
def raws() -> list[Raw]:
    """A command, a tap and a block, as Telegram sends them."""
    telegram = SimulatedTelegram(token=TOKEN, seed=1)
    phone: Phone = telegram.phone(name="Ada", language_code="de")
    phone.start()
    markup = keyboard(SCREEN)
    assert markup is not None
    telegram.call(
        "sendMessage", {"chat_id": phone.id, "text": "1/5", "reply_markup": markup.to_json()}
    )
    phone.tap("8")
    phone.block()
    return pending(telegram)


def test_updates_other_than_taps_are_parsed_by_the_framework(
    client: TelegramClient, raws: list[Raw]
) -> None:
    """A message and a membership change are equal to the framework's."""
    for raw in (raws[0], raws[2]):
        assert parse_update(raw, client).to_dict() == Update.de_json(raw, client).to_dict()


def test_a_tap_has_everything_that_handlers_use(client: TelegramClient, raws: list[Raw]) -> None:
    """Sender, chat, time and data are equal to the framework's; the message text is left out."""
    ours, framework = parse_update(raws[1], client), Update.de_json(raws[1], client)
    assert ours.update_id == framework.update_id
    assert ours.callback_query is not None
    assert framework.callback_query is not None
    tap, full_tap = ours.callback_query.to_dict(), framework.callback_query.to_dict()
    brief, message = tap.pop("message"), full_tap.pop("message")
    assert tap == full_tap
    assert brief == {name: message[name] for name in ("message_id", "date", "chat")}
    assert not isinstance(ours.callback_query.message, Message)
    assert ours.effective_user == framework.effective_user
    assert ours.effective_chat == framework.effective_chat
    assert ours.callback_query.get_bot() is client


def test_a_message_that_is_too_old_is_inaccessible(client: TelegramClient, raws: list[Raw]) -> None:
    """Telegram sends it with the date 0."""
    raws[1]["callback_query"]["message"]["date"] = 0
    query = parse_update(raws[1], client).callback_query
    assert query is not None
    assert query.message is not None
    assert not query.message.is_accessible


@pytest.mark.parametrize("missing", ["id", "from", "chat_instance", "message"])
def test_a_malformed_tap_is_refused(client: TelegramClient, raws: list[Raw], missing: str) -> None:
    """An incomplete tap is an error, so that the poller sets it aside."""
    tap = raws[1]["callback_query"]
    if missing == "message":
        tap["message"] = "none"
    else:
        del tap[missing]
    with pytest.raises(Exception, match=r"."):
        parse_update(raws[1], client)
