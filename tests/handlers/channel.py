"""A channel that records replies: real handlers and database, without HTTP and Telegram."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from alliance.errors import Refusal
from alliance.people.permissions import Action
from handlers import routes
from handlers.app import errors
from handlers.app.reply import MessageRef
from handlers.app.request import Request, Sender, SentFile, plain_words
from handlers.app.screen import Button, Screen
from handlers.app.services import Services
from handlers.people import enrolment
from handlers.taps import KINDS

TAP_ROUTES = {KINDS[kind]: route for kind, route in routes.TAPS.items()}


@dataclass
class Conversation:
    """What an account sees: its messages by id, oldest first."""

    account_id: int
    language_code: str | None = "en"
    messages: dict[int, Screen] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    menu: list[str] = field(default_factory=list)

    @property
    def screen(self) -> Screen:
        """The newest message."""
        return self.messages[max(self.messages)]

    @property
    def labels(self) -> list[str]:
        """What the buttons of the newest message say."""
        return [button.label for row in self.screen.rows for button in row]

    def button(self, label: str) -> tuple[int, Button]:
        """Return the newest button with a label, and the number of its message."""
        for message_id in sorted(self.messages, reverse=True):
            for row in self.messages[message_id].rows:
                for button in row:
                    if button.label == label:
                        return message_id, button
        raise AssertionError(f"no button {label!r}; the newest message has {self.labels}")


class RecordedReply:
    """A ``Reply`` that changes what a conversation shows."""

    def __init__(self, channel: "Channel", of: Conversation, tapped: int | None) -> None:
        self._channel = channel
        self._of = of
        self._tapped = tapped

    async def show(
        self, screen: Screen, note: str | None = None, *, otherwise: Screen | None = None
    ) -> bool:
        """Replace the tapped message, or add a new one if it was deleted."""
        await self.note(note)
        if self._tapped in self._of.messages:
            self._of.messages[self._tapped] = screen
            return True
        await self.send(otherwise or screen)
        return otherwise is None

    async def send(self, screen: Screen, *, to: int | None = None) -> MessageRef | None:
        """Add a message."""
        target = self._of if to is None else self._channel.conversations[to]
        return self._channel.add(target, screen)

    async def replace(self, message_id: int, screen: Screen) -> None:
        """Change an earlier message."""
        if message_id in self._of.messages:
            self._of.messages[message_id] = screen

    async def note(self, text: str | None = None, *, must_confirm: bool = False) -> None:
        """Record a note; if the request is not a tap, it is a message."""
        del must_confirm
        if text is not None and self._tapped is not None:
            self._of.notes.append(text)
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
        """Record a file."""
        del caption, is_protected, is_silent
        self._of.files.append((name, content))

    async def remove(self, message: MessageRef, instead: Screen) -> bool:
        """Delete a message, and add a neutral one."""
        self._of.messages.pop(message.message_id, None)
        await self.send(instead)
        return True

    async def discard(
        self, message_id: int, emptied: Screen, *, account_id: int | None = None
    ) -> None:
        """Delete a message."""
        del emptied
        owner = self._of if account_id is None else self._channel.conversations[account_id]
        owner.messages.pop(message_id, None)

    async def set_menu(self, commands: Sequence[tuple[str, str]]) -> None:
        """Record the menu."""
        self._of.menu = [name for name, _ in commands]


class Channel:
    """Handles what accounts type, tap and send, and records what they see."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.conversations: dict[int, Conversation] = {}
        self._message_ids = count(1)
        self._update_ids = count(1)

    def open(self, account_id: int, language_code: str | None = "en") -> Conversation:
        """Return the conversation of a new account."""
        conversation = Conversation(account_id, language_code)
        self.conversations[account_id] = conversation
        return conversation

    def add(self, conversation: Conversation, screen: Screen) -> MessageRef:
        """Add a message to a conversation."""
        message_id = next(self._message_ids)
        conversation.messages[message_id] = screen
        return MessageRef(message_id, self.now)

    @property
    def now(self) -> datetime:
        """The current time."""
        return self.services.now()

    async def write(self, by: Conversation, text: str) -> None:
        """Type a command or a text."""
        request = self._request(by, None, refusal_key="unknown_command")
        request.text = text
        request.message = MessageRef(next(self._message_ids), self.now)
        if not text.startswith("/"):
            await self._handle(request, lambda: routes.dispatch_text(request))
            return
        name, *args = text[1:].split()
        request.args = plain_words(args)
        route = routes.COMMANDS.get(name)
        if route is None:
            await self._handle(request, lambda: routes.dispatch({}, request))
        else:
            await self._handle(request, lambda: routes.dispatch_command(route, request))

    async def tap(self, by: Conversation, label: str) -> None:
        """Tap the newest button with a label."""
        message_id, button = by.button(label)
        await self.tap_data(by, button.data, message_id=message_id)

    async def tap_data(self, by: Conversation, data: str, *, message_id: int) -> None:
        """Tap a button with that data in a message of theirs."""
        request = self._request(by, message_id, refusal_key="stale_button")
        request.data = data
        request.message = MessageRef(message_id, self.now)
        route = TAP_ROUTES.get(data.partition(":")[0], {})
        await self._handle(request, lambda: routes.dispatch(route, request))

    async def send_file(self, by: Conversation, name: str, content: bytes) -> None:
        """Send a file."""

        async def fetch() -> bytes:
            return content

        request = self._request(by, None, refusal_key="unknown_command")
        request.file = SentFile(name, fetch)
        await self._handle(request, lambda: routes.dispatch(routes.FILE, request))

    async def block(self, by: Conversation, *, has_blocked: bool = True) -> None:
        """Block the bot, or unblock it."""
        request = self._request(by, None, refusal_key="unknown_command")
        request.has_blocked = has_blocked
        await enrolment.on_block(request)

    def _request(self, by: Conversation, tapped: int | None, *, refusal_key: str) -> Request:
        return Request(
            sender=Sender(by.account_id, by.language_code),
            services=self.services,
            reply=RecordedReply(self, by, tapped),
            update_id=next(self._update_ids),
            action=Action.READ_HELP,
            refusal_key=refusal_key,
        )

    async def _handle(self, request: Request, handle: Callable[[], Awaitable[None]]) -> None:
        try:
            await handle()
        except Refusal as refused:
            await errors.refuse(request, refused)
