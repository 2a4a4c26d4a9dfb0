"""``attune run``: the bot, and the pages that it serves."""

import argparse
import asyncio
import gc
import logging
import signal
from contextlib import AsyncExitStack

from starlette.applications import Starlette
from telegram.error import InvalidToken, TelegramError

from alliance.errors import BadSettings, TelegramAway
from bot import wiring
from bot.config.clock import Timepiece
from bot.config.settings import Settings
from bot.updates.poller import Deaf
from bot.web.answer_page import answer_app
from bot.web.health import routes, served

logger = logging.getLogger(__name__)


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """``attune run``: the bot, until it is told to stop.

    Raises:
        BadSettings: Telegram does not know the token.
        TelegramAway: It cannot be reached, or has not been heard for long.
    """
    try:
        await _until_told(settings, webhook=options.webhook)
    except InvalidToken:
        sentence = "Telegram does not know this token; check ATTUNE_TELEGRAM_TOKEN."
        raise BadSettings(sentence) from None
    except TelegramError as failed:
        reason = type(failed.__cause__ or failed).__name__
        raise TelegramAway(
            f"Telegram cannot be reached ({reason}); check the network and ATTUNE_TELEGRAM_API_URL."
        ) from None
    except Deaf as deaf:
        raise TelegramAway(str(deaf)) from None
    return 0


async def _until_told(settings: Settings, *, webhook: bool) -> None:
    async with AsyncExitStack() as stack:
        bot = await stack.enter_async_context(wiring.opened(settings, Timepiece(), webhook=webhook))
        if settings.health_port is not None:
            page = Starlette(routes=routes(bot.store, bot.signs, bot.desk.now))
            await stack.enter_async_context(
                served(page, host=settings.health_host, port=settings.health_port)
            )
        if settings.page_url is not None:
            await stack.enter_async_context(
                served(answer_app(bot.desk), host=settings.page_host, port=settings.page_port)
            )
        # What is here now stays: looking at it again and again, in the middle of somebody's
        # tap, would cost a tenth of all processor time, and pauses of a tenth of a second.
        gc.collect()
        gc.freeze()
        logger.info("running")
        running = asyncio.ensure_future(bot.run())
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, running.cancel)
        try:
            await running
        except asyncio.CancelledError:
            logger.info("stopped")
