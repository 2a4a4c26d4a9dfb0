"""Who is this, and may they? The one place where handlers ask the table of permissions."""

from telegram import CallbackQuery, Chat, Message, Update, User
from telegram.constants import ChatType

from alliance.errors import Refusal
from alliance.people import permissions
from alliance.people.permissions import Action, Relations, Role
from handlers.app.services import Context
from storage.database.tx import Tx
from storage.people import people
from storage.people.people import Person


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


async def admitted(context: Context, tx: Tx, user: User) -> Person:
    """Return who writes or taps, if the door they came to is one for their role.

    Raises:
        Refusal: We do not know them, their part has ended, or for them there is no such door.
    """
    found = await known(tx, user)
    if found is None or not has(context.action, found):
        raise refusal(context, found)
    return found


async def known(tx: Tx, user: User) -> Person | None:
    """Return whose account that is; a bot is nobody, also one that somebody's link was given to."""
    return None if user.is_bot else await people.by_telegram(tx, user.id)


def allow(
    context: Context, person: Person, relations: Relations, otherwise: str | None = None
) -> None:
    """Let somebody go on if they may do this to one to whom they stand in those relations.

    Args:
        context: Knows what they want to do.
        person: Who.
        relations: As ``storage.people.relationships`` finds them.
        otherwise: Key of the words for what does not exist; None for the door's own.

    Raises:
        Refusal: They may not; it reads as if there were nothing.
    """
    if not may(context.action, person, relations):
        raise Refusal(otherwise or context.otherwise)


def may(action: Action, person: Person, relations: Relations) -> bool:
    """Say whether somebody may do this to one to whom they stand in those relations."""
    return permissions.may(_role(person), action, relations)


def has(action: Action, person: Person | None) -> bool:
    """Say whether there is such an action for what somebody is; None is a stranger."""
    return permissions.has(_role(person), action)


def refusal(context: Context, person: Person | None) -> Refusal:
    """Return what somebody hears whose door this is not: the same at every door."""
    role = _role(person)
    if role is Role.STRANGER:
        return Refusal("not_enrolled")
    if role in (Role.FORMER_PATIENT, Role.FORMER_STAFF):
        return Refusal("has_ended")
    return Refusal(context.otherwise)


def _role(person: Person | None) -> Role:
    return Role.STRANGER if person is None else permissions.role_of(person.role, person.state)
