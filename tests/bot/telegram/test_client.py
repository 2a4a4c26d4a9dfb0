"""The Telegram client over real HTTP: our use of the framework's internals still works."""

from collections.abc import AsyncIterator

import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut

from bot.simulator import FaultKind, Phone, SimulatedTelegram, serve
from bot.telegram.client import TelegramClient, numbered
from bot.telegram.http import build_request
from handlers.app.screen import Button, Screen

TOKEN = "123456:ABCdef"
QUESTION = Screen("1/5\n0 = none · 10 = all & more", ((Button("8 %", "1a:b+c:0:8"),),))
KINDS = ("message", "callback_query")


@pytest.fixture
def telegram() -> SimulatedTelegram:
    """A simulator whose ids are the same in every run."""
    return SimulatedTelegram(token=TOKEN, seed=1)


@pytest.fixture
def phone(telegram: SimulatedTelegram) -> Phone:
    """Ada's phone; she has pressed Start."""
    phone = telegram.phone(name="Ada")
    phone.start()
    return phone


@pytest.fixture(params=["aiohttp", "httpx"])
async def client(
    request: pytest.FixtureRequest, telegram: SimulatedTelegram
) -> AsyncIterator[TelegramClient]:
    """A client on each of the two HTTP libraries."""
    async with serve(telegram) as address:
        speaking, polling = (
            build_request(request.param, connections=2, read_seconds=1.0) for _ in range(2)
        )
        async with TelegramClient(
            TOKEN, api=address.url, speaking=speaking, polling=polling
        ) as client:
            yield client


async def test_a_screen_replaces_a_message(client: TelegramClient, phone: Phone) -> None:
    """Text and buttons arrive unchanged; a screen without buttons removes them."""
    sent = await client.send_message(phone.id, "wait")
    await client.edit_text(phone.id, sent.message_id, QUESTION)
    assert phone.screen.text == QUESTION.text
    [[button]] = phone.screen.buttons
    assert (button.label, button.data) == QUESTION.rows[0][0][:2]
    await client.edit_text(phone.id, sent.message_id, Screen("Thank you."))
    assert (phone.screen.text, phone.screen.buttons) == ("Thank you.", ())


async def test_refusals_raise_the_framework_s_errors(
    client: TelegramClient, phone: Phone, telegram: SimulatedTelegram
) -> None:
    """Each refusal and failure has the class that callers expect."""
    sent = await client.send_message(phone.id, "wait")
    with pytest.raises(BadRequest, match="not modified"):
        await client.edit_text(phone.id, sent.message_id, Screen("wait"))
    with pytest.raises(BadRequest, match="not found"):
        await client.edit_text(phone.id, sent.message_id + 100, QUESTION)
    for kind, error in (
        (FaultKind.FLOOD, RetryAfter),
        (FaultKind.SERVER_ERROR, NetworkError),
        (FaultKind.BAD_GATEWAY, NetworkError),
        (FaultKind.DROP_BEFORE, NetworkError),
        (FaultKind.SILENT_BEFORE, TimedOut),
    ):
        telegram.faults.add(kind, method="editMessageText", times=1)
        with pytest.raises(error):
            await client.edit_text(phone.id, sent.message_id, QUESTION)
    phone.block()
    with pytest.raises(Forbidden):
        await client.edit_text(phone.id, sent.message_id, QUESTION)


async def test_updates_are_raw_and_confirmed_by_a_higher_number(
    client: TelegramClient, phone: Phone, telegram: SimulatedTelegram
) -> None:
    """An unparsable update comes with the others; ``after`` confirms earlier ones."""
    telegram.poison("callback_query")
    phone.say("8")
    updates = await client.updates(after=None, most=100, kinds=KINDS, wait=0, read_timeout=5.0)
    assert [set(raw) - {"update_id"} for raw in updates] == [
        {"message"},
        {"callback_query"},
        {"message"},
    ]
    [last] = await client.updates(
        after=updates[-1]["update_id"], most=1, kinds=KINDS, wait=0, read_timeout=5.0
    )
    assert last["message"]["text"] == "8"
    nothing = await client.updates(
        after=last["update_id"] + 1, most=1, kinds=KINDS, wait=0, read_timeout=5.0
    )
    assert not nothing


async def test_a_silent_poll_times_out(
    client: TelegramClient, phone: Phone, telegram: SimulatedTelegram
) -> None:
    """It has its own timeout, and polling works again on a new connection."""
    telegram.faults.add(FaultKind.SILENT_BEFORE, method="getUpdates", times=1)
    with pytest.raises(TimedOut):
        await client.updates(after=None, most=1, kinds=KINDS, wait=0, read_timeout=0.2)
    await client.reset_polling()
    assert await client.updates(after=None, most=1, kinds=KINDS, wait=0, read_timeout=5.0)


NUMBERS = (None, "1", -1, 0.5, True, 2**64)


@pytest.mark.parametrize(
    "reply",
    [True, None, {}, "none", 7, [None], [[]], [{}], *([{"update_id": one}] for one in NUMBERS)],
)
def test_a_reply_without_updates_is_a_network_error(reply: object) -> None:
    """Something else answered in Telegram's place; polling continues."""
    with pytest.raises(NetworkError):
        numbered(reply)


def test_updates_without_number_are_dropped() -> None:
    """The others are kept."""
    assert numbered([{"update_id": 5}, {}, "x", {"update_id": 6}]) == [
        {"update_id": 5},
        {"update_id": 6},
    ]
    assert numbered([]) == []
