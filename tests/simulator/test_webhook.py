"""Updates by webhook: with the secret, in order, again until the bot says yes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from telegram import Bot
from telegram.error import BadRequest, Conflict

from bot.simulator import Phone, SimulatedTelegram
from tests.simulator.conftest import StoppedClock


class Ear:
    """A bot's web server that can be told to be unwell."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.secrets: set[str | None] = set()
        self.failures = 0
        self.url = ""

    async def hear(self, request: web.Request) -> web.Response:
        """Keep an update, or fail."""
        if self.failures:
            self.failures -= 1
            return web.Response(status=500)
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        await self.heard.put(await request.json())
        return web.Response()

    async def text(self) -> str:
        """Return the text of the next update."""
        update = await asyncio.wait_for(self.heard.get(), 2)
        return str(update["message"]["text"])


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    """A web server that listens for updates."""
    ear = Ear()
    app = web.Application()
    app.router.add_post("/hook", ear.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    ear.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield ear
    await runner.cleanup()


async def test_updates_are_delivered_in_order_with_the_secret(
    bot: Bot, ear: Ear, phone: Phone
) -> None:
    """What waited comes first."""
    await bot.set_webhook(ear.url, secret_token="s_-1")
    phone.say("two")
    phone.say("three")

    assert [await ear.text() for _ in range(3)] == ["/start", "two", "three"]
    assert ear.secrets == {"s_-1"}


async def test_a_failing_webhook_is_tried_again(
    telegram: SimulatedTelegram, bot: Bot, ear: Ear, phone: Phone
) -> None:
    """And its trouble is told by getWebhookInfo."""
    telegram.webhook_retry_seconds = 0.01
    ear.failures = 2

    await bot.set_webhook(ear.url)

    assert await ear.text() == "/start"
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"


async def test_a_tap_that_cannot_be_delivered_is_given_up(
    telegram: SimulatedTelegram, bot: Bot, ear: Ear, phone: Phone, clock: StoppedClock
) -> None:
    """After 150 seconds, like any other; what comes later is delivered."""
    telegram.webhook_retry_seconds = 0.01
    ear.failures = 10**6
    await bot.set_webhook(ear.url, drop_pending_updates=True)
    sent = await bot.send_message(phone.id, "Q")
    phone.tap_data("x", message_id=sent.message_id)

    clock.advance(seconds=151)
    ear.failures = 0
    phone.say("later")

    assert await ear.text() == "later"
    assert telegram.pending_updates == 0


async def test_polling_and_webhook_exclude_each_other(bot: Bot, ear: Ear, phone: Phone) -> None:
    """Until the webhook is deleted."""
    await bot.set_webhook(ear.url)
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()

    await bot.delete_webhook(drop_pending_updates=True)

    assert await bot.get_updates() == ()
    assert (await bot.get_webhook_info()).url == ""


async def test_a_webhook_elsewhere_must_be_https(bot: Bot) -> None:
    """Only this very machine may be plain."""
    with pytest.raises(BadRequest, match=r"(?i)an https url must be provided for webhook"):
        await bot.set_webhook("http://clinic.example/hook")
