"""The framework's application and context, with what is ours in them."""

from typing import Any

from telegram.ext import Application, CallbackContext

from bot.telegram.client import TelegramClient
from handlers.app.services import Services


class Context(CallbackContext[TelegramClient, dict[Any, Any], dict[Any, Any], Services]):
    """The framework's context; user and chat data stay empty."""

    @property
    def services(self) -> Services:
        """What every handler has at hand."""
        return self.bot_data


App = Application[TelegramClient, Context, dict[Any, Any], dict[Any, Any], Services, None]
