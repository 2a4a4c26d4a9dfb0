"""Arranged failures, as the library sees them."""

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
        (FaultKind.LOGIN_PAGE, TelegramError, False),
        (FaultKind.DROP_BEFORE, NetworkError, False),
        (FaultKind.DROP_AFTER, NetworkError, True),
        (FaultKind.SILENT_BEFORE, TimedOut, False),
        (FaultKind.SILENT_AFTER, TimedOut, True),
    ],
)
async def test_a_failure_happens_once(
    telegram: SimulatedTelegram,
    bot: Bot,
    phone: Phone,
    kind: FaultKind,
    error: type[Exception],
    is_done: bool,
) -> None:
    """The call fails, carried out or not, as arranged; the next one works."""
    telegram.faults.add(kind, method="sendMessage")

    with pytest.raises(error):
        await bot.send_message(phone.id, "first", read_timeout=0.1)
    await bot.send_message(phone.id, "second")

    assert phone.notifications == (["first", "second"] if is_done else ["second"])
    assert not telegram.violations


async def test_a_failure_can_be_limited_to_one_chat(
    telegram: SimulatedTelegram, bot: Bot, phone: Phone
) -> None:
    """Calls for other chats still work."""
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
    """The call is late and then fails; a call that is only late succeeds."""
    loop = asyncio.get_running_loop()
    telegram.faults.add(FaultKind.DELAY, delay=0.05, times=2)
    telegram.faults.add(FaultKind.SERVER_ERROR)

    began = loop.time()
    with pytest.raises(NetworkError):
        await bot.send_message(phone.id, "first")
    await bot.send_message(phone.id, "second")

    assert loop.time() - began >= 0.1
    assert phone.notifications == ["second"]


async def test_a_silent_connection_does_not_delay_shutdown(
    telegram: SimulatedTelegram, bot: Bot
) -> None:
    """The simulator shuts down although a call never gets its reply."""
    telegram.faults.add(FaultKind.SILENT_BEFORE, method="getMe")

    call = asyncio.create_task(bot.get_me(read_timeout=5))
    await wait_until_called(telegram, "getMe")

    call.cancel()
    await asyncio.gather(call, return_exceptions=True)


async def wait_until_called(telegram: SimulatedTelegram, method: str) -> None:
    """Return when the bot has called a method."""
    async with asyncio.timeout(2):
        while not telegram.calls_of(method):
            await telegram.state.changes.wait()
