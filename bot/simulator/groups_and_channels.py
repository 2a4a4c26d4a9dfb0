"""Groups and channels: chats in which the bot must not answer."""

from bot.simulator.messages import Chat, Message, User
from bot.simulator.phone import Phone, tap
from bot.simulator.queries import Query
from bot.simulator.state import TelegramState

ANONYMOUS_ADMIN = User(1087968824, "Group", is_bot=True, username="GroupAnonymousBot")
"""The sender that Telegram shows for anonymous administrators."""


class SimulatedGroup:
    """A group or supergroup that the bot is in."""

    def __init__(self, state: TelegramState, *, title: str, is_supergroup: bool) -> None:
        self._state = state
        kind = "supergroup" if is_supergroup else "group"
        self.chat = state.new_room(kind, title)

    @property
    def id(self) -> int:
        """The group's chat id, negative."""
        return self.chat.id

    def say(self, phone: Phone, text: str) -> Message:
        """Let a person write here."""
        return self._state.receive_message(self.chat, phone.person, text)

    def say_anonymously(self, text: str) -> Message:
        """Let an administrator write who stays anonymous."""
        content = {"sender_chat": self.chat.as_json()}
        return self._state.receive_message(self.chat, ANONYMOUS_ADMIN, text, content=content)

    def say_as_bot(self, username: str, text: str) -> Message:
        """Let another bot write here."""
        other = User(self._state.new_id(), "Other bot", is_bot=True, username=username)
        return self._state.receive_message(self.chat, other, text)

    def tap_data(self, phone: Phone, data: str, message: Message) -> Query:
        """Let a person tap a button below a message in the group."""
        return tap(self._state, phone.person, self.chat, data, message.id)


class SimulatedChannel:
    """A channel that the bot administers."""

    def __init__(self, state: TelegramState, *, title: str) -> None:
        self._state = state
        self.chat: Chat = state.new_room("channel", title)

    def post(self, text: str) -> Message:
        """Publish a text."""
        content = {"sender_chat": self.chat.as_json()}
        return self._state.receive_message(
            self.chat, None, text, kind="channel_post", content=content
        )
