"""Ask Telegram for the bot's name, where none has run yet on this database."""

from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot

from alliance.errors import BadSettings
from bot.config.settings import Settings
from bot.telegram.http import request_of

SECONDS = 5.0


class Unknown(Exception):
    """There is no token, or Telegram does not say; the message is the kind of error."""


async def name_of_the_bot(settings: Settings) -> str:
    """Return the name.

    Raises:
        Unknown: It cannot be had now.
    """
    try:
        request = request_of(settings.http, connections=1, read_seconds=SECONDS)
        api = settings.telegram_api_url.rstrip("/")
        bot: ExtBot[None]
        async with ExtBot(settings.token, base_url=f"{api}/bot", request=request) as bot:
            return bot.username
    except (BadSettings, InvalidToken, TelegramError) as failed:
        raise Unknown(type(failed).__name__) from failed
