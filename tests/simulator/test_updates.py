"""How long Telegram keeps what people do, and how the bot confirms it."""

import asyncio

import pytest
from telegram import Bot, Update
from telegram.error import Conflict

from bot.simulator import Phone, SimulatedTelegram
from tests.simulator.conftest import TOKEN, StoppedClock


def ids(telegram: SimulatedTelegram, **params: object) -> list[int]:
    """Return the ids of what getUpdates gives now."""
    return [update["update_id"] for update in telegram.call("getUpdates", params)]


def test_updates_stay_until_a_higher_offset(telegram: SimulatedTelegram, phone: Phone) -> None:
    """Reading does not confirm; asking for what follows does."""
    phone.say("two")
    first, second = ids(telegram)

    assert ids(telegram, offset=first) == [first, second]
    assert ids(telegram, offset=second) == [second]
    assert ids(telegram) == [second]
    assert ids(telegram, offset=second + 1) == []


def test_a_negative_offset_counts_from_the_end(telegram: SimulatedTelegram, phone: Phone) -> None:
    """And forgets all that comes before."""
    for text in ("two", "three", "four"):
        phone.say(text)
    everything = ids(telegram)

    assert ids(telegram, offset=-2) == everything[2:]
    assert ids(telegram, limit=1) == everything[2:3]


def test_taps_are_dropped_after_150_seconds_and_messages_after_a_day(
    telegram: SimulatedTelegram, phone: Phone, clock: StoppedClock
) -> None:
    """Nobody is told."""
    telegram.call("sendMessage", {"chat_id": phone.id, "text": "Q"})
    phone.tap_data("late")

    clock.advance(seconds=149)
    assert telegram.pending_updates == 2
    clock.advance(seconds=1)
    assert telegram.pending_updates == 1
    clock.advance(hours=24)
    assert telegram.pending_updates == 0


def test_allowed_updates_are_remembered(telegram: SimulatedTelegram, phone: Phone) -> None:
    """The setting holds for later calls and concerns only what happens afterwards."""
    telegram.call("sendMessage", {"chat_id": phone.id, "text": "Q"})
    telegram.call("getUpdates", {"allowed_updates": '["callback_query"]', "offset": 2**31})

    phone.say("unheard")
    phone.tap_data("heard")

    (update,) = telegram.call("getUpdates", {})
    assert "callback_query" in update


def test_blocking_is_told(telegram: SimulatedTelegram, phone: Phone) -> None:
    """Once each way, however often it is repeated."""
    telegram.call("getUpdates", {"offset": 2**31})

    for action in (phone.block, phone.block, phone.unblock, phone.unblock):
        action()

    found = [Update.de_json(raw).my_chat_member for raw in telegram.call("getUpdates", {})]
    assert [one and one.new_chat_member.status for one in found] == ["kicked", "member"]


async def test_the_newer_poll_wins(telegram: SimulatedTelegram, bot: Bot, phone: Phone) -> None:
    """The older one is told that there is another bot."""
    telegram.call("getUpdates", {"offset": 2**31})
    async with Bot(TOKEN, base_url=bot.base_url.removesuffix(TOKEN)) as rival:
        older = asyncio.create_task(rival.get_updates(timeout=5))
        await telegram.state.updates.arrived.waited_for()
        newer = asyncio.create_task(bot.get_updates(timeout=5))

        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await older
        phone.say("hello")
        assert len(await newer) == 1


async def test_a_long_poll_wakes_at_once(
    telegram: SimulatedTelegram, bot: Bot, phone: Phone
) -> None:
    """And one in vain ends when its time is up."""
    telegram.call("getUpdates", {"offset": 2**31})
    assert await bot.get_updates(timeout=0) == ()

    waiting = asyncio.create_task(bot.get_updates(timeout=5))
    await telegram.state.updates.arrived.waited_for()
    phone.say("hello")

    (update,) = await asyncio.wait_for(waiting, 2)
    assert update.message is not None


def test_updates_can_come_twice_reversed_or_broken(
    telegram: SimulatedTelegram, phone: Phone
) -> None:
    """The three ways in which real streams have gone wrong."""
    telegram.call("getUpdates", {"offset": 2**31})
    telegram.repeat_next_updates(1)
    phone.say("twice")
    first, second = telegram.call("getUpdates", {})
    assert first["message"] == second["message"]
    assert first["update_id"] + 1 == second["update_id"]

    telegram.reverse_next_updates(2)
    phone.say("one")
    phone.say("two")
    texts = [update["message"]["text"] for update in telegram.call("getUpdates", {})]
    assert texts == ["twice", "twice", "two", "one"]

    telegram.poison("callback_query")
    telegram.poison("message")
    for raw in telegram.call("getUpdates", {})[-2:]:
        with pytest.raises((TypeError, ValueError, AttributeError)):
            Update.de_json(raw)
