"""``attune check``: whether this Attune could run, one line a thing, and what to do if not."""

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
from bot.telegram.http import request_of
from handlers.texts import languages
from storage.database.open_database import file_of, open_database
from storage.maintenance.copy_database import check_whole
from storage.maintenance.migrate import check_database
from storage.maintenance.rotate_keys import check_keys, count_opened

SECONDS = 10.0
APART = timedelta(seconds=30)
"""A clock that is further off asks at the wrong moment, and nobody can tell from the log."""

NO_FOLDER = "The folder {} does not exist; make it, owned by who runs this."

Check = Callable[[Settings], Coroutine[Any, Any, str]]


class Wrong(Exception):
    """Something is not as it must be; the message says what to do."""


async def check(settings: Settings, _options: argparse.Namespace) -> int:
    """Look at everything, also behind the first thing that is wrong."""
    wrong = 0
    for name, look in CHECKS:
        try:
            print(f"ok     {name}: {await look(settings)}")
        except (AttuneError, Wrong) as found:
            wrong += 1
            print(f"WRONG  {name}: {found}")
    return 2 if wrong else 0


async def _settings(settings: Settings) -> str:
    site = settings.site()
    return f"{settings.zone}, {site.instrument}, texts in {len(languages())} languages"


async def _database(settings: Settings) -> str:
    """Look without writing: a bot may run on it."""
    sealing, path = settings.sealing(), file_of(settings.database)
    if path is not None and not path.exists():
        if not path.parent.is_dir():
            raise Wrong(NO_FOLDER.format(path.parent))
        return f"{path} is made at the first start"
    store = await open_database(settings.database, sealing=sealing, write=False)
    try:
        async with store.reading() as tx:
            await check_database(tx)
        await check_whole(store)
        await check_keys(store)
        async with store.reading() as tx:
            sealed = await count_opened(tx)
    finally:
        await store.close()
    return f"opens, has the schema of this program, and {sealed} sealed texts open with the keys"


async def _backups(settings: Settings) -> str:
    if file_of(settings.database) is None:
        return "a server is backed up by its own means, see docs/backups.md"
    if settings.backup_folder is None:
        return "none are made; set ATTUNE_BACKUP_FOLDER to have one each day"
    folder = Path(settings.backup_folder)
    if not await asyncio.to_thread(folder.is_dir):
        raise Wrong(NO_FOLDER.format(folder))
    return f"each day into {folder}"


async def _telegram(settings: Settings) -> str:
    request = request_of(settings.http, connections=1, read_seconds=SECONDS)
    api = settings.telegram_api_url.rstrip("/")
    bot: ExtBot[None]
    try:
        async with ExtBot(settings.token, base_url=f"{api}/bot", request=request) as bot:
            return f"the token is that of @{bot.username}"
    except InvalidToken:
        raise Wrong("Telegram does not know this token; check ATTUNE_TELEGRAM_TOKEN.") from None
    except TelegramError as failed:
        raise Wrong(
            f"Telegram cannot be reached ({type(failed.__cause__ or failed).__name__});"
            " check the network and ATTUNE_TELEGRAM_API_URL."
        ) from None


async def _clock(settings: Settings) -> str:
    limit = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.head(settings.telegram_api_url, allow_redirects=False) as answer,
        ):
            date = answer.headers.get("Date")
        if date is None:
            return "not compared: that server does not tell the time"
        apart = abs(datetime.now(UTC) - parsedate_to_datetime(date))
    except (aiohttp.ClientError, TimeoutError, ValueError) as failed:
        raise Wrong(
            f"It could not be compared with Telegram's ({type(failed).__name__})."
        ) from None
    if apart > APART:
        raise Wrong(f"It is {apart.seconds} s apart from Telegram's; set it, e.g. with chrony.")
    return "as Telegram's"


CHECKS: Sequence[tuple[str, Check]] = (
    ("settings", _settings),
    ("database", _database),
    ("backups", _backups),
    ("telegram", _telegram),
    ("clock", _clock),
)
