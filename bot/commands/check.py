"""``attune check``: check that the bot could run; one line for each check, with advice."""

import argparse
import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import aiohttp
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot

from alliance.errors import AttuneError
from bot.config.settings import Settings
from bot.telegram.http import build_request
from handlers.texts import languages
from storage.database.open_database import file_of, open_database
from storage.maintenance.copy_database import check_not_half_copied
from storage.maintenance.migrate import check_database
from storage.maintenance.rotate_keys import check_keys, verify_encrypted_texts

TIMEOUT_SECONDS = 10.0
MAX_CLOCK_DIFFERENCE = timedelta(seconds=30)
"""A clock that is further off sends check-ins at the wrong time, and the log does not show it."""

FOLDER_MISSING = "The folder {} does not exist; create it for the user who runs the bot."

Check = Callable[[Settings], Coroutine[Any, Any, str]]


class CheckFailed(Exception):
    """A check failed; the message says what to do."""


async def check(settings: Settings, _options: argparse.Namespace) -> int:
    """``attune check``: run all checks, even after a failed one; return 2 if any failed."""
    failures = 0
    for name, run_check in CHECKS:
        try:
            print(f"ok     {name}: {await run_check(settings)}")
        except (AttuneError, CheckFailed) as error:
            failures += 1
            print(f"WRONG  {name}: {error}")
    return 2 if failures else 0


async def _settings(settings: Settings) -> str:
    site = settings.site()
    return f"{settings.zone}, {site.defaults.instrument}, texts in {len(languages())} languages"


async def _database(settings: Settings) -> str:
    """Check the database without writing, as a bot may be running on it."""
    encryption, path = settings.encryption(), file_of(settings.database)
    if path is not None and not path.exists():
        if not path.parent.is_dir():
            raise CheckFailed(FOLDER_MISSING.format(path.parent))
        return f"{path} will be created at the first start"
    store = await open_database(settings.database, encryption=encryption, write=False)
    try:
        async with store.read_transaction() as tx:
            await check_database(tx)
        await check_not_half_copied(store)
        await check_keys(store)
        async with store.read_transaction() as tx:
            encrypted = await verify_encrypted_texts(tx)
    finally:
        await store.close()
    return f"opens, schema is current, and the keys decrypt all {encrypted} encrypted texts"


async def _backups(settings: Settings) -> str:
    if file_of(settings.database) is None:
        return "back up the server with its own tools, see docs/backups.md"
    if settings.backup_folder is None:
        return "none; set ATTUNE_BACKUP_FOLDER for daily backups"
    folder = Path(settings.backup_folder)
    if not await asyncio.to_thread(folder.is_dir):
        raise CheckFailed(FOLDER_MISSING.format(folder))
    return f"daily into {folder}"


async def _telegram(settings: Settings) -> str:
    request = build_request(settings.http, connections=1, read_seconds=TIMEOUT_SECONDS)
    api = settings.telegram_api_url.rstrip("/")
    bot: ExtBot[None]
    try:
        async with ExtBot(settings.token, base_url=f"{api}/bot", request=request) as bot:
            return f"the token belongs to @{bot.username}"
    except InvalidToken:
        raise CheckFailed(
            "Telegram does not know this token; check ATTUNE_TELEGRAM_TOKEN."
        ) from None
    except TelegramError as error:
        raise CheckFailed(
            f"Telegram cannot be reached ({type(error.__cause__ or error).__name__});"
            " check the network and ATTUNE_TELEGRAM_API_URL."
        ) from None


async def _clock(settings: Settings) -> str:
    limit = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.head(settings.telegram_api_url, allow_redirects=False) as reply,
        ):
            date = reply.headers.get("Date")
        if date is None:
            return "not compared: this server does not report the time"
        difference = abs(datetime.now(UTC) - parsedate_to_datetime(date))
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise CheckFailed(
            f"It could not be compared with Telegram's ({type(error).__name__})."
        ) from None
    if difference > MAX_CLOCK_DIFFERENCE:
        raise CheckFailed(
            f"It differs from Telegram's by {difference.seconds} s; set it, e.g. with chrony."
        )
    return "agrees with Telegram's"


CHECKS: Sequence[tuple[str, Check]] = (
    ("settings", _settings),
    ("database", _database),
    ("backups", _backups),
    ("telegram", _telegram),
    ("clock", _clock),
)
