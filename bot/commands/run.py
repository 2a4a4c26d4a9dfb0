"""``attune run``: the bot and its web pages."""

import argparse
import asyncio
import gc
import logging
import signal
from contextlib import AsyncExitStack

from starlette.applications import Starlette
from telegram.error import InvalidToken, TelegramError

from alliance.errors import BadSettings, TelegramUnreachable
from bot import wiring
from bot.config.clock import Clock
from bot.config.settings import Settings
from bot.updates.poller import PollingStalled
from bot.web.answer_page import answer_app
from bot.web.health import health_routes, serve_app

logger = logging.getLogger(__name__)


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """``attune run``: run the bot until it is stopped by a signal.

    Raises:
        BadSettings: Telegram does not know the token.
        TelegramUnreachable: Telegram cannot be reached at the start, or polling has stalled.
    """
    try:
        await _run_until_signal(settings, webhook=options.webhook)
    except InvalidToken:
        sentence = "Telegram does not know this token; check ATTUNE_TELEGRAM_TOKEN."
        raise BadSettings(sentence) from None
    except TelegramError as error:
        reason = type(error.__cause__ or error).__name__
        raise TelegramUnreachable(
            f"Telegram cannot be reached ({reason}); check the network and ATTUNE_TELEGRAM_API_URL."
        ) from None
    except PollingStalled as error:
        raise TelegramUnreachable(str(error)) from None
    return 0


async def _run_until_signal(settings: Settings, *, webhook: bool) -> None:
    async with AsyncExitStack() as stack:
        bot = await stack.enter_async_context(wiring.open_bot(settings, Clock(), webhook=webhook))
        if settings.health_port is not None:
            page = Starlette(routes=health_routes(bot.store, bot.status, bot.services.now))
            await stack.enter_async_context(
                serve_app(page, host=settings.health_host, port=settings.health_port)
            )
        if settings.page_url is not None:
            await stack.enter_async_context(
                serve_app(
                    answer_app(bot.services), host=settings.page_host, port=settings.page_port
                )
            )
        # All objects so far stay for good. Without freezing them, garbage collection would
        # take a tenth of the processor time and pause taps for a tenth of a second.
        gc.collect()
        gc.freeze()
        logger.info("running")
        running = asyncio.ensure_future(bot.run())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, running.cancel)
        try:
            await running
        except asyncio.CancelledError:
            logger.info("stopped")
