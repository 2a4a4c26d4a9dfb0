"""Who is this? The one place where handlers learn it; what is not theirs does not exist."""

from telegram import CallbackQuery, Chat, Message, Update, User
from telegram.constants import ChatType

from alliance.errors import Refusal
from storage import people
from storage.people import Person
from storage.tx import Tx


def is_private(chat: Chat | None) -> bool:
    """Say whether a chat has exactly one reader besides us."""
    return chat is not None and chat.type == ChatType.PRIVATE


def tapped(update: Update) -> CallbackQuery:
    """Return the tap of an update that has one."""
    if update.callback_query is None:
        raise TypeError("this handler takes taps")
    return update.callback_query


def written(update: Update) -> Message:
    """Return the message of an update that has one."""
    if update.message is None:
        raise TypeError("this handler takes messages")
    return update.message


def writer(message: Message) -> User:
    """Return who wrote a message in a private chat."""
    if message.from_user is None:
        raise TypeError("a private message has a writer")
    return message.from_user


async def person(tx: Tx, user: User) -> Person:
    """Return who writes; a Refusal when we do not know them."""
    found = await people.by_telegram(tx, user.id)
    if found is None:
        raise Refusal("not_enrolled")
    if found.state == "ended":
        raise Refusal("has_ended")
    return found


async def of_role(tx: Tx, user: User, role: str) -> Person:
    """Return who writes when they have that role; for all others the command does not exist."""
    found = await person(tx, user)
    if found.role != role:
        raise Refusal("unknown_command")
    return found
