"""The line over real HTTP: what we take from the framework's inside still does what we think."""

from collections.abc import AsyncIterator

import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut

from bot.simulator import FaultKind, Phone, SimulatedTelegram, serve
from bot.telegram.http import request_of
from handlers.app.screen import Button, Screen
from handlers.app.telegram_client import Line, numbered

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
async def line(request: pytest.FixtureRequest, telegram: SimulatedTelegram) -> AsyncIterator[Line]:
    """A line over each of the two HTTP libraries."""
    async with serve(telegram) as address:
        speaking, polling = (
            request_of(request.param, connections=2, read_seconds=1.0) for _ in range(2)
        )
        async with Line(TOKEN, api=address.url, speaking=speaking, polling=polling) as line:
            yield line


async def test_a_screen_takes_a_message_s_place(line: Line, phone: Phone) -> None:
    """Words and buttons arrive letter by letter; without buttons there are none."""
    sent = await line.send_message(phone.id, "wait")
    await line.put(phone.id, sent.message_id, QUESTION)
    assert phone.screen.text == QUESTION.text
    [[button]] = phone.screen.buttons
    assert (button.label, button.data) == QUESTION.rows[0][0][:2]
    await line.put(phone.id, sent.message_id, Screen("Thank you."))
    assert (phone.screen.text, phone.screen.buttons) == ("Thank you.", ())


async def test_refusals_are_the_framework_s_own(
    line: Line, phone: Phone, telegram: SimulatedTelegram
) -> None:
    """What Telegram says no to is told in the classes that handlers know."""
    sent = await line.send_message(phone.id, "wait")
    with pytest.raises(BadRequest, match="not modified"):
        await line.put(phone.id, sent.message_id, Screen("wait"))
    with pytest.raises(BadRequest, match="not found"):
        await line.put(phone.id, sent.message_id + 100, QUESTION)
    for kind, error in (
        (FaultKind.FLOOD, RetryAfter),
        (FaultKind.SERVER_ERROR, NetworkError),
        (FaultKind.BAD_GATEWAY, NetworkError),
        (FaultKind.DROP_BEFORE, NetworkError),
        (FaultKind.SILENT_BEFORE, TimedOut),
    ):
        telegram.faults.add(kind, method="editMessageText", times=1)
        with pytest.raises(error):
            await line.put(phone.id, sent.message_id, QUESTION)
    phone.block()
    with pytest.raises(Forbidden):
        await line.put(phone.id, sent.message_id, QUESTION)


async def test_updates_come_as_they_are_and_are_forgotten_when_confirmed(
    line: Line, phone: Phone, telegram: SimulatedTelegram
) -> None:
    """One that nobody can parse comes with the others; ``after`` confirms what is before it."""
    telegram.poison("callback_query")
    phone.say("8")
    found = await line.updates(after=None, most=100, kinds=KINDS, wait=0, patience=5.0)
    assert [set(raw) - {"update_id"} for raw in found] == [
        {"message"},
        {"callback_query"},
        {"message"},
    ]
    [last] = await line.updates(
        after=found[-1]["update_id"], most=1, kinds=KINDS, wait=0, patience=5.0
    )
    assert last["message"]["text"] == "8"
    nothing = await line.updates(
        after=last["update_id"] + 1, most=1, kinds=KINDS, wait=0, patience=5.0
    )
    assert not nothing


async def test_a_poll_is_given_up_after_its_own_patience(
    line: Line, phone: Phone, telegram: SimulatedTelegram
) -> None:
    """A silent poll times out by what it was told, and a fresh connection hears again."""
    telegram.faults.add(FaultKind.SILENT_BEFORE, method="getUpdates", times=1)
    with pytest.raises(TimedOut):
        await line.updates(after=None, most=1, kinds=KINDS, wait=0, patience=0.2)
    await line.poll_anew()
    assert await line.updates(after=None, most=1, kinds=KINDS, wait=0, patience=5.0)


NUMBERS = (None, "1", -1, 0.5, True, 2**64)


@pytest.mark.parametrize(
    "answer",
    [True, None, {}, "none", 7, [None], [[]], [{}], *([{"update_id": one}] for one in NUMBERS)],
)
def test_an_answer_that_holds_no_updates_is_a_failure_of_the_network(answer: object) -> None:
    """Somebody else answers in Telegram's place; it is asked again, and nothing ends."""
    with pytest.raises(NetworkError):
        numbered(answer)


def test_what_has_no_number_takes_the_others_not_down() -> None:
    """They are heard, and it goes with them."""
    assert numbered([{"update_id": 5}, {}, "x", {"update_id": 6}]) == [
        {"update_id": 5},
        {"update_id": 6},
    ]
    assert numbered([]) == []
