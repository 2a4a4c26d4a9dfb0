"""Sending, editing and deleting messages with Telegram.

What Telegram calls an error but is none (the message says this already, the query is too old)
is no failure; passing failures are retried.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.error import BadRequest, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.telegram.client import TelegramClient
from bot.telegram.progress import UPDATE_PROGRESS
from bot.telegram.refusals import Meaning, meaning_of
from handlers.app.screen import Screen

logger = logging.getLogger(__name__)
T = TypeVar("T")

RETRY_PAUSES = (0.5, 2.0, 5.0)
"""Seconds before each further attempt of what can safely be said twice."""


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


async def in_topic(
    topic_id: int | None, send_to: Callable[[int | None], Awaitable[Message]]
) -> Message:
    """Send a message to a topic of a chat, or to the chat itself when the topic is gone."""
    if topic_id is not None:
        try:
            return await send_to(topic_id)
        except BadRequest as refused:
            if meaning_of(refused) is not Meaning.TOPIC_GONE:
                raise
    return await send_to(None)


async def send(
    bot: ExtBot[None], chat_id: int, screen: Screen, *, topic_id: int | None = None
) -> Message:
    """Send a screen as a new message."""
    return await in_topic(
        topic_id,
        lambda topic: bot.send_message(
            chat_id,
            screen.text,
            message_thread_id=topic,
            reply_markup=keyboard(screen),
            protect_content=screen.protected or None,
            disable_notification=screen.silent or None,
        ),
    )


async def send_file(
    bot: ExtBot[None],
    chat_id: int,
    name: str,
    content: bytes,
    *,
    topic_id: int | None = None,
    caption: str | None = None,
    is_protected: bool = False,
    is_silent: bool = False,
) -> Message:
    """Send a file; a protected one cannot be forwarded."""
    return await in_topic(
        topic_id,
        lambda topic: bot.send_document(
            chat_id,
            content,
            caption=caption,
            filename=name,
            message_thread_id=topic,
            protect_content=is_protected or None,
            disable_notification=is_silent or None,
        ),
    )


async def edit(client: TelegramClient, chat_id: int, message_id: int, screen: Screen) -> bool:
    """Put a screen in place of a message; False when that message can no longer be edited."""
    try:
        await client.edit_text(chat_id, message_id, screen)
    except BadRequest as refused:
        meaning = meaning_of(refused)
        if meaning not in {Meaning.UNCHANGED, Meaning.MESSAGE_GONE}:
            raise
        return meaning is Meaning.UNCHANGED
    return True


async def delete(client: TelegramClient, chat_id: int, message_id: int, emptied: Screen) -> None:
    """Delete a message; one that is too old to be deleted shows ``emptied`` instead."""
    try:
        await client.delete_message(chat_id, message_id)
    except BadRequest:
        await edit(client, chat_id, message_id, emptied)


async def answer(query: CallbackQuery, toast: str | None = None, *, is_modal: bool = False) -> None:
    """Stop a tap's spinner, perhaps with a few words; one that is too old needs no answer."""

    async def answered() -> None:
        try:
            await query.answer(toast, show_alert=is_modal or None)
        except BadRequest as refused:
            if meaning_of(refused) is not Meaning.TAP_TOO_OLD:
                raise

    await with_retries(answered)


async def with_retries(call: Callable[[], Awaitable[T]]) -> T | None:
    """Run an idempotent Telegram call; retry passing failures.

    Replies to one chat's updates are sent in the order of the updates.

    Returns:
        What ``call`` returned; None when the person cannot be reached now. Nothing is lost
        by that: the effect is saved, and the next tap or text shows how things stand.
    """
    progress = UPDATE_PROGRESS.get()
    if progress is not None:
        await progress.turn_to_speak()
    for pause in (*RETRY_PAUSES, None):
        try:
            return await call()
        except RetryAfter as refused:
            wait = seconds(refused.retry_after)
        except TelegramError as failed:
            if meaning_of(failed) is Meaning.UNREACHABLE:
                return None
            if isinstance(failed, BadRequest):
                raise
            logger.info("a call to Telegram failed: %s", type(failed).__name__)
            wait = 0.0 if pause is None else pause
        if pause is not None:
            await asyncio.sleep(wait)
    return None


def seconds(wait: float | timedelta) -> float:
    """Return how long a 429 says to wait; the framework gives it in two forms."""
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
