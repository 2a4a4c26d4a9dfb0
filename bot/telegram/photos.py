"""Photos in a chat: a text message becomes a photo by an edit, and each leaves the chat again.

A new message shows its first words on the lock screen, an edit shows nothing. So what is about
somebody else never comes as a new message: a neutral one stands there before.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from telegram import InputMediaPhoto, Message
from telegram.error import BadRequest
from telegram.ext import ExtBot

from bot.telegram import messages
from bot.telegram.refusals import Meaning, meaning_of
from handlers.app.screen import Screen
from handlers.charts import blank_svg, png

DELETABLE = timedelta(hours=47)
"""Telegram deletes messages up to two days old; an hour is left for the way."""


async def send(
    bot: ExtBot[None], chat_id: int, screen: Screen, *, topic_id: int | None = None
) -> Message:
    """Send a screen as a new message, below its picture where it has one."""
    if screen.picture is None:
        return await messages.send(bot, chat_id, screen, topic_id=topic_id)
    photo = await png(screen.picture)
    return await messages.in_topic(
        topic_id,
        lambda topic: bot.send_photo(
            chat_id,
            photo,
            caption=screen.text,
            filename="picture.png",
            message_thread_id=topic,
            reply_markup=messages.keyboard(screen),
            protect_content=screen.protected or None,
            disable_notification=screen.silent or None,
        ),
    )


async def edit(bot: ExtBot[None], chat_id: int, message_id: int, screen: Screen) -> bool:
    """Put a screen with its picture in place of a message; without one, only its words.

    Returns:
        False when the message is gone.
    """
    buttons = messages.keyboard(screen)
    if screen.picture is None:
        return await _is_done(
            lambda: bot.edit_message_caption(
                chat_id, message_id, caption=screen.text, reply_markup=buttons
            )
        )
    media = InputMediaPhoto(await png(screen.picture), caption=screen.text, filename="course.png")
    return await _is_done(
        lambda: bot.edit_message_media(media, chat_id, message_id, reply_markup=buttons)
    )


async def remove(
    bot: ExtBot[None],
    chat_id: int,
    message_id: int,
    screen: Screen,
    *,
    age: timedelta,
    topic_id: int | None = None,
) -> None:
    """Let a message with a photo leave the chat; the neutral ``screen`` takes its place.

    Done again after a failure it does no harm: at worst the neutral words stand there twice.

    Args:
        bot: The bot.
        chat_id: Whose chat.
        message_id: The message with the photo.
        screen: What stays behind.
        age: How old the message is; one that is too old to be deleted is emptied by an edit.
        topic_id: The topic of the chat that the neutral message goes to.
    """
    if age < DELETABLE:
        await messages.send(bot, chat_id, screen, topic_id=topic_id)
        if await _deleted(bot, chat_id, message_id):
            return
    empty = Screen(screen.text, screen.rows, picture=blank_svg())
    await edit(bot, chat_id, message_id, empty)


async def _deleted(bot: ExtBot[None], chat_id: int, message_id: int) -> bool:
    """Delete a message; False when Telegram refuses to. One that is gone is deleted."""
    try:
        await _is_done(lambda: bot.delete_message(chat_id, message_id))
    except BadRequest as refused:
        if meaning_of(refused) is not Meaning.UNDELETABLE:
            raise
        return False
    return True


async def _is_done(call: Callable[[], Awaitable[object]]) -> bool:
    """Carry out an edit or deletion; False when the message is gone."""
    try:
        await call()
    except BadRequest as refused:
        meaning = meaning_of(refused)
        if meaning not in {Meaning.UNCHANGED, Meaning.MESSAGE_GONE}:
            raise
        return meaning is Meaning.UNCHANGED
    return True
