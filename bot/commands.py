"""What the commands do."""

import argparse
import asyncio
import gc
import json
import logging
import signal
import sys
from contextlib import AsyncExitStack

from starlette.applications import Starlette
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot

from alliance.errors import BadSettings
from bot import wiring
from bot.answer_page import answer_app
from bot.demo import page, script
from bot.health import routes, served
from bot.settings import Settings
from bot.timepiece import Timepiece
from bot.wire import request_of
from handlers.coordinator import people as coordinator
from handlers.coordinator.people import SitePlace
from storage import alerts, checkins, inbox, outbox, people
from storage.migrations import check_database, migrate
from storage.opening import open_database
from storage.resealing import check_keys
from storage.tx import Store

logger = logging.getLogger(__name__)

UNNAMED = "<bot>"
GREETING_SECONDS = 5.0


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """``attune run``: the bot, until it is told to stop."""
    async with AsyncExitStack() as stack:
        bot = await stack.enter_async_context(
            wiring.opened(settings, Timepiece(), webhook=options.webhook)
        )
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
    return 0


async def invite(settings: Settings, options: argparse.Namespace) -> int:
    """``attune invite``: somebody new, or a new link for somebody who has not come yet."""
    timepiece = Timepiece()
    # Another process may be the one that checkpoints.
    store = await open_database(settings.database, sealing=settings.sealing(), checkpoint=False)
    try:
        await migrate(store, now=timepiece.now())
        await check_keys(store)
        async with store.transaction() as tx:
            made = await coordinator.invite(
                tx,
                code=options.code,
                role=options.role,
                therapist=options.therapist,
                site=SitePlace(settings.language, settings.zone),
                at=timepiece.now(),
            )
        username = await _bot_username(settings, store)
    finally:
        await store.close()
    told = {
        "code": made.person.code,
        "role": made.person.role,
        "token": made.invitation.token,
        "link": coordinator.link(username, made.invitation.token),
        "expires_at": made.invitation.expires_at.isoformat(timespec="seconds"),
    }
    if options.json:
        print(json.dumps(told))
    else:
        print(f"{told['code']} ({told['role']}), once, until {told['expires_at']}:\n{told['link']}")
    return 0


async def _bot_username(settings: Settings, store: Store) -> str:
    """Return the bot's name: as a run has learnt it, else as Telegram says it."""
    async with store.reading() as tx:
        known = await inbox.recall(tx, "bot_username")
    if known is not None:
        return known
    try:
        request = request_of(settings.http, connections=1, read_seconds=GREETING_SECONDS)
        api = settings.telegram_api_url.rstrip("/")
        bot: ExtBot[None]
        async with ExtBot(settings.token, base_url=f"{api}/bot", request=request) as bot:
            return bot.username
    except (BadSettings, InvalidToken, TelegramError) as unknown:
        print(
            f"The bot's name is not known ({type(unknown).__name__}), so the link says {UNNAMED}; "
            "the token is good. Set ATTUNE_TELEGRAM_TOKEN, or start `attune run` once.",
            file=sys.stderr,
        )
        return UNNAMED


async def state(settings: Settings, options: argparse.Namespace) -> int:
    """``attune state``: people, check-ins, alerts and letters, without personal data."""
    store = await open_database(settings.database, sealing=settings.sealing(), write=False)
    try:
        async with store.reading() as tx:
            await check_database(tx)
            told = {
                "people": await people.overview(tx),
                "checkins": await checkins.overview(tx),
                "alerts": await alerts.overview(tx),
                "outbox": await outbox.overview(tx),
            }
    finally:
        await store.close()
    if options.json:
        print(json.dumps(told))
        return 0
    for name, rows in told.items():
        print(f"{name}: {len(rows)}")
        for row in rows:
            print("  " + "  ".join(str(value) for value in row.values()))
    return 0


async def demo(_settings: Settings, options: argparse.Namespace) -> int:
    """``attune demo``: the page with the phones, or with ``--script`` the story in the terminal."""
    if options.script:
        return await script.main()
    return await page.show(options.port)
