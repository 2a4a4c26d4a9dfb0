"""How long Telegram keeps updates, and how the bot confirms them."""

import asyncio

import pytest
from telegram import Bot, Update
from telegram.error import Conflict

from bot.simulator import Phone, SimulatedTelegram
from tests.bot.simulator.conftest import TOKEN, StoppedClock, wait_until_polled


def ids(telegram: SimulatedTelegram, **params: object) -> list[int]:
    """Return the ids of the updates that getUpdates returns now."""
    return [update["update_id"] for update in telegram.call("getUpdates", params)]


def test_updates_stay_until_a_higher_offset(telegram: SimulatedTelegram, phone: Phone) -> None:
    """Reading confirms nothing; a higher offset confirms the earlier updates."""
    phone.say("two")
    first, second = ids(telegram)

    assert ids(telegram, offset=first) == [first, second]
    assert ids(telegram, offset=second) == [second]
    assert ids(telegram) == [second]
    assert ids(telegram, offset=second + 1) == []


def test_a_negative_offset_counts_from_the_end(telegram: SimulatedTelegram, phone: Phone) -> None:
    """The updates before it are forgotten."""
    for text in ("two", "three", "four"):
        phone.say(text)
    all_ids = ids(telegram)

    assert ids(telegram, offset=-2) == all_ids[2:]
    assert ids(telegram, limit=1) == all_ids[2:3]


def test_taps_are_dropped_after_150_seconds_and_messages_after_a_day(
    telegram: SimulatedTelegram, phone: Phone, clock: StoppedClock
) -> None:
    """The bot is not told."""
    telegram.call("sendMessage", {"chat_id": phone.id, "text": "Q"})
    phone.tap_data("late")

    clock.advance(seconds=149)
    assert telegram.pending_update_count == 2
    clock.advance(seconds=1)
    assert telegram.pending_update_count == 1
    clock.advance(hours=24)
    assert telegram.pending_update_count == 0


def test_allowed_updates_are_remembered(telegram: SimulatedTelegram, phone: Phone) -> None:
    """The setting holds for later calls and applies to later updates only."""
    telegram.call("sendMessage", {"chat_id": phone.id, "text": "Q"})
    telegram.call("getUpdates", {"allowed_updates": '["callback_query"]', "offset": 2**31})

    phone.say("filtered out")
    phone.tap_data("delivered")

    (update,) = telegram.call("getUpdates", {})
    assert "callback_query" in update


def test_blocking_is_an_update(telegram: SimulatedTelegram, phone: Phone) -> None:
    """There is one update for each change, however often it is repeated."""
    telegram.call("getUpdates", {"offset": 2**31})

    for action in (phone.block, phone.block, phone.unblock, phone.unblock):
        action()

    changes = [Update.de_json(raw).my_chat_member for raw in telegram.call("getUpdates", {})]
    assert [one and one.new_chat_member.status for one in changes] == ["kicked", "member"]


async def test_the_newer_poll_wins(telegram: SimulatedTelegram, bot: Bot, phone: Phone) -> None:
    """The older one gets a conflict."""
    telegram.call("getUpdates", {"offset": 2**31})
    async with Bot(TOKEN, base_url=bot.base_url.removesuffix(TOKEN)) as rival:
        older = asyncio.create_task(rival.get_updates(timeout=5))
        await wait_until_polled(telegram)
        newer = asyncio.create_task(bot.get_updates(timeout=5))

        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await older
        phone.say("hello")
        assert len(await newer) == 1


async def test_a_long_poll_returns_at_once(
    telegram: SimulatedTelegram, bot: Bot, phone: Phone
) -> None:
    """Without an update it returns when its timeout is over."""
    telegram.call("getUpdates", {"offset": 2**31})
    assert await bot.get_updates(timeout=0) == ()

    poll = asyncio.create_task(bot.get_updates(timeout=5))
    await wait_until_polled(telegram)
    phone.say("hello")

    (update,) = await asyncio.wait_for(poll, 2)
    assert update.message is not None


def test_updates_can_be_repeated_or_broken(telegram: SimulatedTelegram, phone: Phone) -> None:
    """Both have been seen in real streams."""
    telegram.call("getUpdates", {"offset": 2**31})
    telegram.repeat_next_updates(1)
    phone.say("twice")
    first, second = telegram.call("getUpdates", {})
    assert first["message"] == second["message"]
    assert first["update_id"] + 1 == second["update_id"]

    telegram.poison("callback_query")
    telegram.poison("message")
    for raw in telegram.call("getUpdates", {})[-2:]:
        with pytest.raises((TypeError, ValueError, AttributeError)):
            Update.de_json(raw)
