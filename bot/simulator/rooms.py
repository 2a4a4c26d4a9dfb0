"""Groups and channels: places the bot must refuse to talk in."""

from bot.simulator.entities import Words
from bot.simulator.messages import Chat, Message, User
from bot.simulator.phone import Phone, callback_query
from bot.simulator.queries import Query
from bot.simulator.state import State

ANONYMOUS_ADMIN = User(1087968824, "Group", is_bot=True, username="GroupAnonymousBot")
"""The sender Telegram shows for administrators who hide their name."""


class Group:
    """A group or supergroup the bot is in."""

    def __init__(self, state: State, *, title: str, is_supergroup: bool) -> None:
        self._state = state
        number = state.random.randint(10**9, 3 * 10**9)
        self.chat = Chat(
            id=-(10**12 + number) if is_supergroup else -number,
            kind="supergroup" if is_supergroup else "group",
            instance=state.new_digits(),
            title=title,
        )
        state.chats[self.chat.id] = self.chat

    @property
    def id(self) -> int:
        """The group's chat id, negative."""
        return self.chat.id

    @property
    def messages(self) -> list[Message]:
        """What is in the group now, oldest first."""
        return list(self.chat.messages.values())

    def say(self, phone: Phone, text: str) -> Message:
        """Let a person say something here."""
        return self._state.hear(self.chat, phone.person, Words(text))

    def say_anonymously(self, text: str) -> Message:
        """Let an administrator speak who hides behind the group."""
        content = {"sender_chat": self.chat.as_json()}
        return self._state.hear(self.chat, ANONYMOUS_ADMIN, Words(text), content=content)

    def say_as_bot(self, username: str, text: str) -> Message:
        """Let another bot speak here."""
        other = User(self._state.new_id(), "Other bot", is_bot=True, username=username)
        return self._state.hear(self.chat, other, Words(text))

    def tap_data(self, phone: Phone, data: str, message: Message) -> Query:
        """Let a person tap a button below a message in the group."""
        query = Query(
            id=self._state.new_digits(),
            person_id=phone.id,
            message_id=message.id,
            data=data,
            at=self._state.now(),
        )
        self._state.ask(query)
        self._state.emit(
            "callback_query", callback_query(query, phone.person, self.chat), ("tap", phone.id)
        )
        return query

    def add_bot(self, by: Phone) -> None:
        """Let a person add the bot; it hears of that."""
        self.chat.is_member = True
        self._state.tell_membership(self.chat, by.person, before="left", after="member")

    def remove_bot(self, by: Phone) -> None:
        """Let a person throw the bot out; it hears of that."""
        self.chat.is_member = False
        self._state.tell_membership(self.chat, by.person, before="member", after="kicked")

    def upgrade(self) -> "Group":
        """Turn a group into a supergroup, which has another id; the old one only says so."""
        successor = Group(self._state, title=self.chat.title or "", is_supergroup=True)
        self.chat.upgraded_to = successor.id
        self._state.hear(self.chat, None, Words(), content={"migrate_to_chat_id": successor.id})
        self._state.hear(successor.chat, None, Words(), content={"migrate_from_chat_id": self.id})
        return successor


class Channel:
    """A channel the bot administers."""

    def __init__(self, state: State, *, title: str, username: str | None) -> None:
        self._state = state
        self.chat = Chat(
            id=-(10**12 + state.random.randint(10**9, 3 * 10**9)),
            kind="channel",
            instance=state.new_digits(),
            title=title,
            username=username,
        )
        state.chats[self.chat.id] = self.chat

    @property
    def id(self) -> int:
        """The channel's chat id, negative."""
        return self.chat.id

    @property
    def messages(self) -> list[Message]:
        """What is in the channel now, oldest first."""
        return list(self.chat.messages.values())

    def post(self, text: str) -> Message:
        """Publish a text."""
        content = {"sender_chat": self.chat.as_json()}
        return self._state.hear(self.chat, None, Words(text), kind="channel_post", content=content)

    def edit(self, message: Message, text: str) -> Message:
        """Edit a post."""
        edited = self._state.change(
            message, words=Words(text).trimmed().with_links(), edited=self._state.now()
        )
        self._state.emit("edited_channel_post", edited.as_json(), ("chat", self.id))
        return edited
