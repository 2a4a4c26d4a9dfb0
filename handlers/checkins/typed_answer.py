"""A patient types: a number that answers, words of their own, or anything else."""

import re
from dataclasses import dataclass

from telegram import Update

from alliance.checkins.instruments import instrument
from alliance.checkins.review import AFTER, DIRECT, open_question
from alliance.errors import BadAnswer
from handlers.app import access, replies
from handlers.app.screen import Screen
from handlers.app.services import Context, Desk, Page
from handlers.checkins import comment
from handlers.checkins.answer import keep_answer
from handlers.checkins.checkin import bring_up
from handlers.consent.terms import outstanding
from handlers.texts import say
from storage.checkins import checkins
from storage.checkins.checkins import Holder
from storage.people.people import Person

_NUMBER = re.compile(r"^\s*(\d{1,3}(?:[.,]\d{1,2})?)\s*$")
GONE = Screen("·")
"""Stands in place of a message that can no longer be deleted."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What became of a typed text.

    Attributes:
        holder: The check-in that it was about; None where nothing is open.
        hint: What is said above it.
        leaves: Whether the text leaves the chat.
    """

    holder: Holder | None
    hint: str | None = None
    leaves: bool = False


async def on_text(update: Update, context: Context) -> None:
    """A typed number answers the open question; any other text brings it up as a new message.

    The new message matters: buttons of an edited one can go dead on some phones. Words that were
    asked for are a comment. What is kept leaves the chat.
    """
    message, desk = access.written(update), context.desk

    async with desk.keeping(update) as page:
        patient = await access.admitted(context, page.tx, access.writer(message))
        first = await outstanding(desk, page.tx, patient)
        text = message.text or "" if first is None else ""
        typed = await _taken(desk, page, patient, text)

    desk.ring()
    chat_id, bot = message.chat_id, context.bot
    if typed.holder is None:
        said = first or Screen(say(patient.language, "checkin.none_open"))
        await replies.persistently(lambda: replies.send(bot, chat_id, said))
        return
    await bring_up(context, chat_id, typed.holder, hint=typed.hint, first=first)
    if typed.leaves:
        await replies.persistently(lambda: replies.retire(bot, chat_id, message.message_id, GONE))


async def _taken(desk: Desk, page: Page, patient: Person, text: str) -> Typed:
    """Take a text as the comment that is awaited, or as an answer, where it is one."""
    words = await comment.typed(desk, page, patient, text) if text else None
    if words is not None:
        return Typed(words.holder, words.said, leaves=words.was_kept)
    holder = await checkins.open_of(page.tx, patient_id=patient.id, now=desk.now())
    if holder is None or not text:
        return Typed(holder)
    is_number = _NUMBER.match(text) is not None
    if not page.fresh or desk.site.is_on_page(holder.answers_on):
        return Typed(holder, leaves=is_number)
    return await _answered(desk, page, holder, text)


async def _answered(desk: Desk, page: Page, holder: Holder, text: str) -> Typed:
    """Take a text as the answer to the open question, where it is one."""
    asked = instrument(holder.checkin.instrument)
    name, number = open_question(asked, holder.checkin.given), _NUMBER.match(text)
    if name is None or name in (DIRECT, AFTER) or number is None:
        return Typed(holder, leaves=number is not None)
    value = float(number.group(1).replace(",", "."))
    try:
        asked.check(name, value)
    except BadAnswer:
        low, high = asked.choices[0], asked.choices[-1]
        hint = say(holder.language, "checkin.range", low=f"{low:g}", high=f"{high:g}")
        return Typed(holder, hint)
    holder = await keep_answer(desk, page.tx, holder=holder, question=name, value=value)
    return Typed(holder, leaves=True)
