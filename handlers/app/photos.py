"""Pictures in a chat: words become one by an edit, and each leaves the chat again.

A new message shows its first words on the lock screen, an edit shows nothing. So what is somebody
else's business never comes as a new message: a neutral one stands there before.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from telegram import CallbackQuery, InputMediaPhoto, MaybeInaccessibleMessage
from telegram.error import BadRequest
from telegram.ext import ExtBot

from handlers.app import replies
from handlers.app.screen import Screen
from handlers.charts import blank_svg, png

DELETABLE = timedelta(hours=47)
"""Telegram deletes messages up to two days old; an hour is left for the way."""

_GONE = (
    "message to edit not found",
    "message to delete not found",
    "there is no caption in the message to edit",
)
_UNDELETABLE = "message can't be deleted"


async def show(query: CallbackQuery, screen: Screen, otherwise: Screen) -> bool:
    """Answer a tap: stop its spinner and show the screen in the message that was tapped.

    Returns:
        False when that message is gone; then the neutral ``otherwise`` stands below.
    """
    if query.message is None:
        await replies.answer(query)
        return False
    bot, chat_id, message_id = (
        replies.line_of(query),
        query.message.chat.id,
        query.message.message_id,
    )

    async def shown() -> bool:
        if await put(bot, chat_id, message_id, screen):
            return True
        await replies.send(bot, chat_id, otherwise)
        return False

    _, done = await asyncio.gather(replies.answer(query), replies.persistently(shown))
    return bool(done)


async def put(bot: ExtBot[None], chat_id: int, message_id: int, screen: Screen) -> bool:
    """Put a screen with its picture in place of a message; without one, only its words.

    Returns:
        False when the message is gone.
    """
    buttons = replies.keyboard(screen)
    if screen.picture is None:
        return await _edited(
            lambda: bot.edit_message_caption(
                chat_id, message_id, caption=screen.text, reply_markup=buttons
            )
        )
    media = InputMediaPhoto(await png(screen.picture), caption=screen.text, filename="course.png")
    return await _edited(
        lambda: bot.edit_message_media(media, chat_id, message_id, reply_markup=buttons)
    )


async def take_away(
    bot: ExtBot[None],
    chat_id: int,
    message_id: int,
    screen: Screen,
    *,
    age: timedelta,
) -> None:
    """Let a message with a picture leave the chat; the neutral ``screen`` takes its place.

    Done again after a failure it does no harm: at worst the neutral words stand there twice.

    Args:
        bot: The bot.
        chat_id: Whose chat.
        message_id: The message with the picture.
        screen: What stays behind.
        age: How old the message is; one that is too old to be deleted is emptied by an edit.
    """
    if age < DELETABLE:
        await replies.send(bot, chat_id, screen)
        if await _deleted(bot, chat_id, message_id):
            return
    empty = Screen(screen.text, screen.rows, picture=blank_svg())
    await put(bot, chat_id, message_id, empty)


async def _deleted(bot: ExtBot[None], chat_id: int, message_id: int) -> bool:
    """Delete a message; False when Telegram does not let us. One that is gone is deleted."""
    try:
        await _edited(lambda: bot.delete_message(chat_id, message_id))
    except BadRequest as refused:
        if _UNDELETABLE in refused.message.lower():
            return False
        raise
    return True


async def _edited(act: Callable[[], Awaitable[object]]) -> bool:
    """Carry out an edit or deletion; False when the message is gone."""
    try:
        await act()
    except BadRequest as refused:
        words = refused.message.lower()
        if replies.SAYS_THIS_ALREADY in words:
            return True
        if any(gone in words for gone in _GONE):
            return False
        raise
    return True


def age_of(message: MaybeInaccessibleMessage, now: datetime) -> timedelta:
    """Return how old a message is; Telegram dates one that it no longer tells of to 1970."""
    return now - message.date
