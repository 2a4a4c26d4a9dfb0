"""Replies over Telegram: how a handler's screens reach a chat."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from telegram import BotCommand, BotCommandScopeChat, CallbackQuery

from bot.telegram import messages, photos
from bot.telegram.client import TelegramClient
from handlers.app.reply import MAX_NOTE_CHARS, MessageRef
from handlers.app.screen import Screen


class TelegramReply:
    """Answers one update in the private chat it came from.

    Args:
        client: The bot's connection to Telegram.
        now: What time it is.
        chat_id: Whose chat.
        query: The tap that is answered; None for a message.
        topic_id: The topic of the chat that is answered, where it has topics.
    """

    def __init__(
        self,
        client: TelegramClient,
        now: Callable[[], datetime],
        chat_id: int,
        query: CallbackQuery | None = None,
        topic_id: int | None = None,
    ) -> None:
        self._client = client
        self._now = now
        self._chat_id = chat_id
        self._query = query
        self._topic_id = topic_id

    async def show(
        self, screen: Screen, note: str | None = None, *, otherwise: Screen | None = None
    ) -> bool:
        """Answer a tap: stop its spinner and show the screen in the message that was tapped."""
        message = None if self._query is None else self._query.message
        if message is None:
            await self.note(note)
            return False
        message_id = message.message_id

        async def shown() -> bool:
            if await self._edit(message_id, screen, may_have_photo=otherwise is not None):
                return True
            below = otherwise or screen
            await messages.send(self._client, self._chat_id, below, topic_id=self._topic_id)
            return otherwise is None

        # The edit goes first: it is what the person waits for.
        answering = asyncio.create_task(self.note(note))
        try:
            return bool(await messages.with_retries(shown))
        finally:
            await answering

    async def send(self, screen: Screen, *, to: int | None = None) -> MessageRef | None:
        """Send a screen as a new message."""
        chat_id, topic_id = (self._chat_id, self._topic_id) if to is None else (to, None)
        sent = await messages.with_retries(
            lambda: photos.send(self._client, chat_id, screen, topic_id=topic_id)
        )
        return None if sent is None else MessageRef(sent.message_id, sent.date)

    async def replace(self, message_id: int, screen: Screen) -> None:
        """Put a screen in place of an earlier message."""
        await messages.with_retries(
            lambda: self._edit(message_id, screen, may_have_photo=screen.picture is not None)
        )

    async def _edit(self, message_id: int, screen: Screen, *, may_have_photo: bool) -> bool:
        edit = photos.edit if may_have_photo else messages.edit
        return await edit(self._client, self._chat_id, message_id, screen)

    async def note(self, text: str | None = None, *, must_confirm: bool = False) -> None:
        """Answer a tap with a toast, or a message with a message."""
        if self._query is not None:
            words = None if text is None else text[:MAX_NOTE_CHARS]
            await messages.answer(self._query, words, is_modal=must_confirm)
        elif text is not None:
            await self.send(Screen(text))

    async def send_file(
        self,
        name: str,
        content: bytes,
        *,
        caption: str | None = None,
        is_protected: bool = False,
        is_silent: bool = False,
    ) -> None:
        """Send a document."""
        await messages.with_retries(
            lambda: messages.send_file(
                self._client,
                self._chat_id,
                name,
                content,
                topic_id=self._topic_id,
                caption=caption,
                is_protected=is_protected,
                is_silent=is_silent,
            )
        )

    async def remove(self, message: MessageRef, instead: Screen) -> bool:
        """Let a message with a photo leave the chat; a neutral screen takes its place."""

        async def removed() -> bool:
            age = self._now() - message.sent_at
            await photos.remove(
                self._client,
                self._chat_id,
                message.message_id,
                instead,
                age=age,
                topic_id=self._topic_id,
            )
            return True

        return bool(await messages.with_retries(removed))

    async def discard(
        self, message_id: int, emptied: Screen, *, account_id: int | None = None
    ) -> None:
        """Delete a message; one that is too old is emptied by editing."""
        chat_id = self._chat_id if account_id is None else account_id
        await messages.with_retries(
            lambda: messages.delete(self._client, chat_id, message_id, emptied)
        )

    async def set_menu(self, commands: Sequence[tuple[str, str]]) -> None:
        """Give the chat its menu of commands."""
        menu = [BotCommand(name, words) for name, words in commands]
        await messages.with_retries(
            lambda: self._client.set_my_commands(menu, scope=BotCommandScopeChat(self._chat_id))
        )
