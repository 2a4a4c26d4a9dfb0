"""When a handler does not come to its end: a sentence for the person, a class for the log."""

import logging

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.screen import Screen
from handlers.app.services import HEARING, Context
from handlers.texts import language_for, say
from storage.people import people

logger = logging.getLogger(__name__)

TOAST_LIMIT = 200
OF_STRANGERS = ("not_enrolled", "invitation_invalid", "invitation_wait", "has_ended")
"""What is said only to accounts that take no part."""


async def on_error(update: object, context: Context) -> None:
    """Tell a refusal to the person; hand any other failure to the ear, which tries again."""
    error = context.error
    if not isinstance(update, Update) or not isinstance(error, Exception):
        return
    hearing = HEARING.get()
    if isinstance(error, Refusal):
        if hearing is not None:
            hearing.is_stranger = error.key in OF_STRANGERS
        await refuse(update, context, error)
        return
    if hearing is None:
        raise error
    hearing.failure = error


async def refuse(update: Update, context: Context, refused: Refusal) -> None:
    """Say in the person's language why nothing came of it."""
    language = await _language(update, context)
    await tell(update, context, say(language, refused.key, **refused.values))


async def tell(update: Update, context: Context, words: str) -> None:
    """Say one sentence where the update came from: a toast for a tap, a message for a text."""
    if update.callback_query is not None:
        await replies.answer(update.callback_query, words[:TOAST_LIMIT], modal=True)
    elif access.is_private(update.effective_chat) and update.effective_chat is not None:
        chat_id = update.effective_chat.id
        await replies.persistently(lambda: replies.send(context.bot, chat_id, Screen(words)))


async def apologise(update: Update, context: Context, reference: str) -> None:
    """Tell a person that something of ours failed, with a number the log knows too."""
    language = await _language(update, context)
    await tell(update, context, say(language, "our_fault", reference=reference))


async def _language(update: Update, context: Context) -> str:
    user = update.effective_user
    if user is None:
        return context.desk.site.language
    async with context.desk.store.reading() as tx:
        known = await people.by_telegram(tx, user.id)
    if known is not None:
        return known.language
    return language_for(user.language_code, context.desk.site.language)
