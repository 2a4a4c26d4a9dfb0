"""Webhook deliveries: with the secret, in order, repeated until the bot accepts them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from telegram import Bot
from telegram.error import BadRequest, Conflict

from bot.simulator import Phone, SimulatedTelegram
from tests.bot.simulator.conftest import StoppedClock


class WebhookServer:
    """A bot's web server that can be told to fail."""

    def __init__(self) -> None:
        self.updates: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.secrets: set[str | None] = set()
        self.failures = 0
        self.url = ""

    async def receive(self, request: web.Request) -> web.Response:
        """Store an update, or fail."""
        if self.failures:
            self.failures -= 1
            return web.Response(status=500)
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        await self.updates.put(await request.json())
        return web.Response()

    async def text(self) -> str:
        """Return the text of the next update."""
        update = await asyncio.wait_for(self.updates.get(), 2)
        return str(update["message"]["text"])


@pytest.fixture
async def server() -> AsyncIterator[WebhookServer]:
    """A web server that receives updates."""
    server = WebhookServer()
    app = web.Application()
    app.router.add_post("/hook", server.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield server
    await runner.cleanup()


async def test_updates_are_delivered_in_order_with_the_secret(
    bot: Bot, server: WebhookServer, phone: Phone
) -> None:
    """Updates from before the webhook was set come first."""
    await bot.set_webhook(server.url, secret_token="s_-1")
    phone.say("two")
    phone.say("three")

    assert [await server.text() for _ in range(3)] == ["/start", "two", "three"]
    assert server.secrets == {"s_-1"}


async def test_a_failing_webhook_is_tried_again(
    telegram: SimulatedTelegram, bot: Bot, server: WebhookServer, phone: Phone
) -> None:
    """GetWebhookInfo reports the error."""
    telegram.webhook_retry_seconds = 0.01
    server.failures = 2

    await bot.set_webhook(server.url)

    assert await server.text() == "/start"
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"


async def test_an_undelivered_tap_expires(
    telegram: SimulatedTelegram, bot: Bot, server: WebhookServer, phone: Phone, clock: StoppedClock
) -> None:
    """It is dropped after 150 seconds; later updates are delivered."""
    telegram.webhook_retry_seconds = 0.01
    server.failures = 10**6
    await bot.set_webhook(server.url, drop_pending_updates=True)
    sent = await bot.send_message(phone.id, "Q")
    phone.tap_data("x", message_id=sent.message_id)

    clock.advance(seconds=151)
    server.failures = 0
    phone.say("later")

    assert await server.text() == "later"
    assert telegram.pending_update_count == 0


async def test_polling_and_webhook_exclude_each_other(
    bot: Bot, server: WebhookServer, phone: Phone
) -> None:
    """Polling works again when the webhook is deleted."""
    await bot.set_webhook(server.url)
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()

    await bot.delete_webhook(drop_pending_updates=True)

    assert await bot.get_updates() == ()
    assert (await bot.get_webhook_info()).url == ""


async def test_a_webhook_elsewhere_must_be_https(bot: Bot) -> None:
    """Plain HTTP is accepted on this machine only."""
    with pytest.raises(BadRequest, match=r"(?i)an https url must be provided for webhook"):
        await bot.set_webhook("http://clinic.example/hook")
