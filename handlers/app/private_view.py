"""What is about somebody else: shown after a neutral word, and taken away again in its time.

A new message shows its first words on the lock screen, an edit shows nothing. So a neutral
message comes first, without a sound, and is then turned into what was asked for.
"""

from dataclasses import dataclass

from telegram import CallbackQuery

from handlers.app import photos, replies
from handlers.app.screen import Screen
from handlers.app.services import Context
from handlers.texts import say
from storage.messages import shown_messages
from storage.messages.shown_messages import ShowingKind
from storage.people.people import Person


@dataclass(frozen=True, slots=True)
class View:
    """Something that a therapist looks at.

    Attributes:
        subject_id: What it is about; it says what stays behind when the view leaves.
        screen: The view itself.
        neutral: What stays behind when it leaves.
    """

    therapist: Person
    kind: ShowingKind
    subject_id: str
    screen: Screen
    neutral: Screen


async def unfold(context: Context, chat_id: int, view: View) -> None:
    """Show a view in a message of its own, below everything else."""
    bot, desk = context.bot, context.desk
    moment = say(view.therapist.language, "discreet.moment")
    first = Screen(moment, protected=True, silent=True)
    sent = await replies.persistently(lambda: replies.send(bot, chat_id, first))
    if sent is None:
        return
    now, message_id = desk.now(), sent.message_id
    async with desk.store.transaction() as tx:
        await shown_messages.begin(
            tx,
            person_id=view.therapist.id,
            message_id=message_id,
            kind=view.kind,
            subject_id=view.subject_id,
            sent_at=now,
            at=now,
            until=now + desk.site.visible,
        )
    put = replies.edit if view.screen.picture is None else photos.put
    await replies.persistently(lambda: put(bot, chat_id, message_id, view.screen))


async def beside(context: Context, query: CallbackQuery, view: View) -> None:
    """Show a view in a message of its own; the one that was tapped stays as it is."""
    await replies.answer(query)
    if query.message is not None:
        await unfold(context, query.message.chat.id, view)


async def turn(context: Context, query: CallbackQuery, view: View) -> None:
    """Show a view in the message that was tapped."""
    desk, message = context.desk, query.message
    if message is None:
        await replies.answer(query)
        return
    now = desk.now()
    async with desk.store.transaction() as tx:
        await shown_messages.begin(
            tx,
            person_id=view.therapist.id,
            message_id=message.message_id,
            kind=view.kind,
            subject_id=view.subject_id,
            sent_at=now - photos.age_of(message, now),
            at=now,
            until=now + desk.site.visible,
        )
    if view.screen.picture is None:
        await replies.show(query, view.screen)
    else:
        await photos.show(query, view.screen, view.neutral)


async def fold(context: Context, query: CallbackQuery, view: View) -> None:
    """Put a view away: a picture leaves the chat, words are replaced."""
    desk, message = context.desk, query.message
    if message is None:
        await replies.answer(query)
        return
    chat_id, message_id = message.chat.id, message.message_id
    if view.screen.picture is None:
        await replies.show(query, view.neutral)
    else:
        await replies.answer(query)
        age = photos.age_of(message, desk.now())
        await replies.persistently(
            lambda: photos.take_away(context.bot, chat_id, message_id, view.neutral, age=age)
        )
    async with desk.store.transaction() as tx:
        await shown_messages.over(tx, person_id=view.therapist.id, message_id=message_id)
