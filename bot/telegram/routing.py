"""From Telegram's updates to requests: which update goes to which route.

Private chats only; everything else is left alone.
"""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from telegram import CallbackQuery, Chat, Message, Update, User
from telegram.constants import ChatType
from telegram.ext import (
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from alliance.errors import Refusal
from alliance.people.permissions import Action
from bot.telegram import files
from bot.telegram.context import App, Context
from bot.telegram.progress import UPDATE_PROGRESS, record_commit
from bot.telegram.reply import TelegramReply
from handlers import routes
from handlers.app import errors
from handlers.app.reply import MessageRef
from handlers.app.request import Request, Sender, SentFile, plain_words
from handlers.people import enrolment
from handlers.routes import Route
from handlers.taps import KINDS
from storage.people import accounts

BLOCKED = "kicked"

Callback = Callable[[Update, Context], Coroutine[Any, Any, None]]


def register(app: App) -> None:
    """Register every route with the framework.

    Words that were forwarded, or that another bot wrote, are nobody's: a coordinator who passes
    on what they were sent has not said it. A file may be passed on: it changes nothing by itself.
    """
    private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
    typed = private & ~(filters.FORWARDED | filters.VIA_BOT)
    for kind, route in routes.TAPS.items():
        app.add_handler(CallbackQueryHandler(_on_tap(route), pattern=f"^{KINDS[kind]}:"))
    app.add_handler(CallbackQueryHandler(_on_tap({})))
    for name, route in routes.COMMANDS.items():
        on_command = _on_message(partial(routes.dispatch_command, route))
        app.add_handler(CommandHandler(name, on_command, filters=typed))
    on_text = _on_message(routes.dispatch_text)
    app.add_handler(MessageHandler(typed & filters.TEXT & ~filters.COMMAND, on_text))
    on_file = _on_message(partial(routes.dispatch, routes.FILE))
    app.add_handler(MessageHandler(private & filters.Document.ALL, on_file))
    app.add_handler(MessageHandler(private, _on_message(partial(routes.dispatch, {}))))
    app.add_handler(ChatMemberHandler(_on_membership, ChatMemberHandler.MY_CHAT_MEMBER))
    app.add_error_handler(_on_error)


def is_private(chat: Chat | None) -> bool:
    """Say whether a chat has exactly one reader besides the bot."""
    return chat is not None and chat.type == ChatType.PRIVATE


def _on_message(dispatch: Callable[[Request], Coroutine[Any, Any, None]]) -> Callback:
    """Return the callback that makes a request of a message and dispatches it."""

    async def callback(update: Update, context: Context) -> None:
        if update.message is None:
            raise TypeError("this route takes messages")
        await _answer(message_request(update, context, update.message), dispatch)
        await _record_topic(update, context, update.message.from_user)

    return callback


def _on_tap(route: Route) -> Callback:
    """Return what a tap goes to; only one from the sender's own chat gets through."""

    async def callback(update: Update, context: Context) -> None:
        query = update.callback_query
        if query is None:
            raise TypeError("this route takes taps")
        request = tap_request(update, context, query)
        chat = None if query.message is None else query.message.chat
        if chat is None or not is_private(chat) or chat.id != query.from_user.id:
            await _refuse(request, Refusal(request.refusal_key))
            return
        await _answer(request, partial(routes.dispatch, route))
        await _record_topic(update, context, query.from_user)

    return callback


async def _on_membership(update: Update, context: Context) -> None:
    """Somebody blocked the bot, or let it back in."""
    change = update.my_chat_member
    if change is None or not is_private(change.chat):
        return
    request = _request(update, context, change.from_user, refusal_key="unknown_command")
    request.has_blocked = change.new_chat_member.status == BLOCKED
    request.on_commit = partial(record_commit, is_message=False)
    await enrolment.on_block(request)


async def _answer(request: Request, handle: Callable[[Request], Coroutine[Any, Any, None]]) -> None:
    """Handle a request; a refusal is told to the person."""
    try:
        await handle(request)
    except Refusal as refused:
        await _refuse(request, refused)


async def _record_topic(update: Update, context: Context, user: User | None) -> None:
    """Let later messages to somebody go to the topic of the chat that they are in now."""
    topic_id = _topic_of(update)
    if topic_id is None or user is None:
        return
    async with context.services.store.transaction() as tx:
        await accounts.record_topic(tx, telegram_id=user.id, topic_id=topic_id)


def _topic_of(update: Update) -> int | None:
    """Return the topic of the chat that an update comes from; None if it has no topics."""
    query = update.callback_query
    message = update.message if query is None else query.message
    return message.message_thread_id if isinstance(message, Message) else None


async def _refuse(request: Request, refused: Refusal) -> None:
    progress = UPDATE_PROGRESS.get()
    if progress is not None:
        progress.is_stranger = refused.key in errors.STRANGER_ERROR_KEYS
    await errors.refuse(request, refused)


async def _on_error(_update: object, context: Context) -> None:
    """Hand a failure to the poller or webhook, which tries the update again."""
    error, progress = context.error, UPDATE_PROGRESS.get()
    if not isinstance(error, Exception):
        return
    if progress is None:
        raise error
    progress.failure = error


def request_of(update: Update, context: Context) -> Request | None:
    """Return the request that an update makes; None when there is nobody to answer."""
    if update.callback_query is not None:
        return tap_request(update, context, update.callback_query)
    if update.message is not None and is_private(update.message.chat):
        return message_request(update, context, update.message)
    return None


def tap_request(update: Update, context: Context, query: CallbackQuery) -> Request:
    """Return the request that a tap makes."""
    request = _request(update, context, query.from_user, refusal_key="stale_button", query=query)
    request.data = query.data or ""
    if query.message is not None:
        request.message = MessageRef(query.message.message_id, query.message.date)
    return request


def message_request(update: Update, context: Context, message: Message) -> Request:
    """Return the request that a message makes."""
    if message.from_user is None:
        raise TypeError("a private message has a sender")
    request = _request(update, context, message.from_user, refusal_key="unknown_command")
    request.text = message.text or ""
    request.args = plain_words(context.args or ())
    request.message = MessageRef(message.message_id, message.date)
    if message.document is not None:
        document = message.document
        request.file = SentFile(
            document.file_name or "", lambda: files.fetch(context.bot, document)
        )
    return request


def _request(
    update: Update,
    context: Context,
    user: User,
    *,
    refusal_key: str,
    query: CallbackQuery | None = None,
) -> Request:
    services = context.services
    chat_id = user.id
    if query is not None and query.message is not None:
        chat_id = query.message.chat.id
    return Request(
        sender=Sender(user.id, user.language_code, is_bot=user.is_bot),
        services=services,
        reply=TelegramReply(context.bot, services.now, chat_id, query, _topic_of(update)),
        update_id=update.update_id,
        action=Action.READ_HELP,
        refusal_key=refusal_key,
        on_commit=partial(record_commit, is_message=True),
    )
