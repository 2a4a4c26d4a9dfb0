"""Everything that can go wrong on the way, as the library sees it."""

import asyncio

import pytest
from telegram import Bot
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut

from bot.simulator import FaultKind, Phone, SimulatedTelegram


@pytest.mark.parametrize(
    ("kind", "error", "is_done"),
    [
        (FaultKind.REFUSE, BadRequest, False),
        (FaultKind.SERVER_ERROR, NetworkError, False),
        (FaultKind.BAD_GATEWAY, NetworkError, False),
        (FaultKind.NONSENSE, TelegramError, False),
        (FaultKind.DROP_BEFORE, NetworkError, False),
        (FaultKind.DROP_AFTER, NetworkError, True),
        (FaultKind.SILENT_BEFORE, TimedOut, False),
        (FaultKind.SILENT_AFTER, TimedOut, True),
    ],
)
async def test_a_failure_strikes_once_and_is_over(
    telegram: SimulatedTelegram,
    bot: Bot,
    phone: Phone,
    kind: FaultKind,
    error: type[Exception],
    is_done: bool,
) -> None:
    """The call fails as arranged, done or not done; the next one works."""
    telegram.faults.add(kind, method="sendMessage")

    with pytest.raises(error):
        await bot.send_message(phone.id, "first", read_timeout=0.1)
    await bot.send_message(phone.id, "second")

    assert phone.notifications == (["first", "second"] if is_done else ["second"])
    assert not telegram.violations


async def test_a_failure_can_be_limited_to_one_chat(
    telegram: SimulatedTelegram, bot: Bot, phone: Phone
) -> None:
    """One chat's trouble is not everybody's."""
    other = telegram.phone(name="Bo")
    other.start()
    telegram.faults.add(FaultKind.SERVER_ERROR, chat_id=phone.id, times=None)

    await bot.send_message(other.id, "hello")
    with pytest.raises(NetworkError):
        await bot.send_message(phone.id, "hello")
    telegram.faults.clear()
    await bot.send_message(phone.id, "hello")


async def test_a_delay_can_come_with_another_failure(
    telegram: SimulatedTelegram, bot: Bot, phone: Phone
) -> None:
    """First slow, then broken; slow alone is done in the end."""
    loop = asyncio.get_running_loop()
    telegram.faults.add(FaultKind.DELAY, delay=0.05, times=2)
    telegram.faults.add(FaultKind.SERVER_ERROR)

    began = loop.time()
    with pytest.raises(NetworkError):
        await bot.send_message(phone.id, "first")
    await bot.send_message(phone.id, "second")

    assert loop.time() - began >= 0.1
    assert phone.notifications == ["second"]


async def test_silence_ends_when_the_server_does(telegram: SimulatedTelegram, bot: Bot) -> None:
    """A held connection does not keep the simulator from shutting down."""
    telegram.faults.add(FaultKind.SILENT_BEFORE, method="getMe")

    held = asyncio.create_task(bot.get_me(read_timeout=5))
    await until_called(telegram, "getMe")

    held.cancel()
    await asyncio.gather(held, return_exceptions=True)


def test_a_failure_for_a_time_ends_by_itself() -> None:
    """Measured in real seconds, on the ticks the simulator was given."""
    now = [0.0]
    telegram = SimulatedTelegram(ticks=lambda: now[0])
    telegram.faults.add(FaultKind.SERVER_ERROR, times=None, seconds=10)

    assert telegram.faults.strike("getMe", None)
    now[0] = 10.0
    assert not telegram.faults.strike("getMe", None)


async def until_called(telegram: SimulatedTelegram, method: str) -> None:
    """Return when the bot has called a method."""
    async with asyncio.timeout(2):
        while not telegram.calls_of(method):
            await telegram.state.changes.wait()
