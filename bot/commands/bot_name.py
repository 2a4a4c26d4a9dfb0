"""Ask Telegram for the bot's user name, before its first run on this database."""

from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot

from alliance.errors import BadSettings
from bot.config.settings import Settings
from bot.telegram.http import build_request

TIMEOUT_SECONDS = 5.0


class BotNameUnknown(Exception):
    """There is no valid token, or Telegram does not answer; the message is the kind of error."""


async def fetch_bot_name(settings: Settings) -> str:
    """Return the user name.

    Raises:
        BotNameUnknown: It cannot be fetched now.
    """
    try:
        request = build_request(settings.http, connections=1, read_seconds=TIMEOUT_SECONDS)
        api = settings.telegram_api_url.rstrip("/")
        bot: ExtBot[None]
        async with ExtBot(settings.token, base_url=f"{api}/bot", request=request) as bot:
            return bot.username
    except (BadSettings, InvalidToken, TelegramError) as error:
        raise BotNameUnknown(type(error).__name__) from error
