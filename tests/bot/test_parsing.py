"""Updates as handlers read them, beside how the framework alone would have read them."""

import pytest
from telegram import Message, Update

from bot.simulator import Phone, SimulatedTelegram
from bot.telegram.http import request_of
from bot.updates.parsing import parsed
from handlers.app.replies import keyboard
from handlers.app.screen import Button, Screen
from handlers.app.telegram_client import Line, Raw

TOKEN = "123456:ABCdef"
SCREEN = Screen("1/5", ((Button("8", "1a:b:0:8"),),))


@pytest.fixture
def line() -> Line:
    """A line that nobody speaks on."""
    requests = [request_of("aiohttp", connections=1, read_seconds=1.0) for _ in range(2)]
    return Line(TOKEN, api="http://nowhere", speaking=requests[0], polling=requests[1])


def waiting(telegram: SimulatedTelegram) -> list[Raw]:
    """Return the updates that nobody has fetched."""
    found: list[Raw] = telegram.call("getUpdates", {"limit": 100})
    return found


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
    return waiting(telegram)


def test_all_that_is_no_tap_is_the_framework_s_work(line: Line, raws: list[Raw]) -> None:
    """A message and a change of membership are what the framework makes of them."""
    for raw in (raws[0], raws[2]):
        assert parsed(raw, line).to_dict() == Update.de_json(raw, line).to_dict()


def test_a_tap_has_all_that_a_handler_may_know(line: Line, raws: list[Raw]) -> None:
    """Who, where, when and what is as the framework has it; the old words are left out."""
    ours, theirs = parsed(raws[1], line), Update.de_json(raws[1], line)
    assert ours.update_id == theirs.update_id
    assert ours.callback_query is not None
    assert theirs.callback_query is not None
    mine, full = ours.callback_query.to_dict(), theirs.callback_query.to_dict()
    place, message = mine.pop("message"), full.pop("message")
    assert mine == full
    assert place == {name: message[name] for name in ("message_id", "date", "chat")}
    assert not isinstance(ours.callback_query.message, Message)
    assert ours.effective_user == theirs.effective_user
    assert ours.effective_chat == theirs.effective_chat
    assert ours.callback_query.get_bot() is line


def test_a_message_too_old_to_be_seen_is_none(line: Line, raws: list[Raw]) -> None:
    """Telegram tells of an old message with the date 0; so do we."""
    raws[1]["callback_query"]["message"]["date"] = 0
    query = parsed(raws[1], line).callback_query
    assert query is not None
    assert query.message is not None
    assert not query.message.is_accessible


@pytest.mark.parametrize("missing", ["id", "from", "chat_instance", "message"])
def test_a_malformed_tap_is_refused(line: Line, raws: list[Raw], missing: str) -> None:
    """A tap that lacks something is an error, for the ear to set aside."""
    tap = raws[1]["callback_query"]
    if missing == "message":
        tap["message"] = "none"
    else:
        del tap[missing]
    with pytest.raises(Exception, match=r"."):
        parsed(raws[1], line)
