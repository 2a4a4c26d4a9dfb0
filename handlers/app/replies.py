"""Speaking: how a screen reaches a chat once its effect is kept.

Nothing here decides anything. What Telegram calls an error but is none (the message says this
already, the query is too old) is no failure; a passing failure is tried again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError
from telegram.ext import ExtBot

from handlers.app.screen import Screen
from handlers.app.services import HEARING
from handlers.app.telegram_client import Line

logger = logging.getLogger(__name__)
T = TypeVar("T")

PAUSES = (0.5, 2.0, 5.0)
"""Seconds before each further try of what can safely be said twice."""

SAYS_THIS_ALREADY = "message is not modified"
_TOO_OLD = ("query is too old", "query id is invalid")
_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")


def keyboard(screen: Screen) -> InlineKeyboardMarkup | None:
    """Return a screen's buttons as Telegram wants them; None where it has none."""
    if not screen.rows:
        return None
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(b.label, callback_data=b.data or None, url=b.url) for b in row]
            for row in screen.rows
        ]
    )


async def send(bot: ExtBot[None], chat_id: int, screen: Screen) -> Message:
    """Send a screen as a new message."""
    return await bot.send_message(
        chat_id,
        screen.text,
        reply_markup=keyboard(screen),
        protect_content=screen.protected or None,
        disable_notification=screen.silent or None,
    )


async def send_file(
    bot: ExtBot[None], chat_id: int, name: str, content: bytes, *, protected: bool = False
) -> Message:
    """Send a file; a protected one may not be forwarded."""
    return await bot.send_document(
        chat_id, content, filename=name, protect_content=protected or None
    )


async def edit(line: Line, chat_id: int, message_id: int, screen: Screen) -> bool:
    """Put a screen in place of a message; False when that message can no longer be edited."""
    try:
        await line.put(chat_id, message_id, screen)
    except BadRequest as refused:
        words = refused.message.lower()
        if SAYS_THIS_ALREADY in words:
            return True
        if any(gone in words for gone in _GONE):
            return False
        raise
    return True


async def retire(line: Line, chat_id: int, message_id: int, screen: Screen) -> None:
    """Take a message out of the chat; what is too old to be deleted is emptied by editing."""
    try:
        await line.delete_message(chat_id, message_id)
    except BadRequest:
        await edit(line, chat_id, message_id, screen)


async def show(query: CallbackQuery, screen: Screen, toast: str | None = None) -> None:
    """Answer a tap: stop its spinner and show the screen in the message that was tapped."""
    message = query.message
    if message is None:
        await answer(query, toast)
        return
    line, chat_id = line_of(query), message.chat.id

    async def shown() -> None:
        if not await edit(line, chat_id, message.message_id, screen):
            await send(line, chat_id, screen)

    answering = asyncio.create_task(answer(query, toast))
    try:
        await persistently(shown)
    finally:
        await answering


async def answer(query: CallbackQuery, toast: str | None = None, *, modal: bool = False) -> None:
    """Stop a tap's spinner, perhaps with a few words; one that is too old needs no answer."""

    async def answered() -> None:
        try:
            await query.answer(toast, show_alert=modal or None)
        except BadRequest as refused:
            if not any(words in refused.message.lower() for words in _TOO_OLD):
                raise

    await persistently(answered)


async def persistently(speak: Callable[[], Awaitable[T]]) -> T | None:
    """Say something that may be said twice, again after a passing failure.

    What one chat's updates have to say is said in their order.

    Returns:
        What ``speak`` returned; None when the person cannot be reached now. Nothing is lost
        by that: the effect is kept, and the next tap or text shows where things stand.
    """
    hearing = HEARING.get()
    if hearing is not None:
        await hearing.turn_to_speak()
    for pause in (*PAUSES, None):
        try:
            return await speak()
        except Forbidden:
            return None
        except BadRequest:
            raise
        except RetryAfter as told:
            wait = seconds(told.retry_after)
        except TelegramError as failed:
            logger.info("could not speak: %s", type(failed).__name__)
            wait = 0.0 if pause is None else pause
        if pause is not None:
            await asyncio.sleep(wait)
    return None


def seconds(wait: float | timedelta) -> float:
    """Return how long a 429 says to wait; the framework gives it in two forms."""
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def line_of(query: CallbackQuery) -> Line:
    """Return the application's own line, over which a tap came."""
    bot = query.get_bot()
    if not isinstance(bot, Line):
        raise TypeError("a query comes over the application's own line")
    return bot
