"""The whole of it without HTTP: one bot's Telegram, its people, and a record of all calls."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.simulator import refusals
from bot.simulator.faults import Faults
from bot.simulator.floods import FloodGate, Limits
from bot.simulator.messages import Chat, Json, User
from bot.simulator.methods import EDITS, METHODS, NEW_MESSAGES
from bot.simulator.phone import Phone
from bot.simulator.rooms import Channel, Group
from bot.simulator.schema import Flaw, Upload, the_schema
from bot.simulator.state import BrokenSimulator, State

RECORDED = 10_000
DEFAULT_LIMITS = Limits()


def utc_now() -> datetime:
    """Return the time of day, for those who bring no clock of their own."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the bot, as it was understood.

    Attributes:
        outcome: ``ok``, or the description of the refusal or fault.
        code: The HTTP status; 0 when the bot got no reply at all.
    """

    method: str
    params: Json
    outcome: str
    code: int
    at: datetime

    @property
    def chat_id(self) -> int | None:
        """The chat it was about, if any."""
        chat_id = self.params.get("chat_id")
        return chat_id if isinstance(chat_id, int) else None


class SimulatedTelegram:
    """Telegram as one bot sees it.

    Args:
        token: The token the bot must use.
        username: The bot's user name, as in ``t.me/<username>``.
        name: The bot's name.
        now: The clock of the story, aware UTC; messages and taps age by it.
        ticks: Real seconds, for floods and faults that last a time.
        limits: Flood limits; ``STRICT`` is harder, None is none.
        seed: The same seed gives the same ids.
        check_schema: False skips all schema checks, for measuring what they cost.

    Attributes:
        calls: The latest calls, oldest first; ``getUpdates`` is left out.
        violations: What the bot did that no bot should do, one sentence each.
        webhook_retry_seconds: How long a webhook that failed is left alone at first.
        behind_webhook: Addresses that take turns behind the webhook's, as behind a proxy that
            balances the load; none is the webhook's own.
    """

    def __init__(
        self,
        *,
        token: str = "123456789:simulated",  # noqa: S107 - it opens nothing but this simulator
        username: str = "attune_bot",
        name: str = "Attune",
        now: Callable[[], datetime] = utc_now,
        ticks: Callable[[], float] = time.monotonic,
        limits: Limits | None = DEFAULT_LIMITS,
        seed: int | None = None,
        check_schema: bool = True,
    ) -> None:
        self.token = token
        self.schema = the_schema()
        self.check_schema = check_schema
        self.state = State(
            token=token,
            username=username,
            name=name,
            now=now,
            seed=seed,
            schema=self.schema if check_schema else None,
        )
        self.now = now
        self.ticks = ticks
        self.faults = Faults(ticks=ticks)
        self.floods = FloodGate(limits, ticks=ticks)
        self.calls: deque[Call] = deque(maxlen=RECORDED)
        self.violations: deque[str] = deque(maxlen=RECORDED)
        self.phones: dict[int, Phone] = {}
        self.groups: dict[int, Group] = {}
        self.channels: dict[int, Channel] = {}
        self.webhook_retry_seconds = 1.0
        self.behind_webhook: deque[str] = deque()

    @property
    def username(self) -> str:
        """The bot's user name."""
        return self.state.bot.username or ""

    @property
    def pending_updates(self) -> int:
        """How many updates the bot has not confirmed yet."""
        return len(self.state.updates)

    # -- people and rooms -------------------------------------------------------

    def phone(
        self,
        *,
        name: str = "Ada",
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = "en",
    ) -> Phone:
        """Return the phone of a new person who has not met the bot yet."""
        person = User(
            id=self.state.new_id(),
            first_name=name,
            last_name=last_name,
            username=username,
            language_code=language_code,
        )
        chat = Chat(
            id=person.id,
            kind="private",
            instance=self.state.new_digits(),
            username=username,
            person=person,
        )
        self.state.chats[chat.id] = chat
        phone = self.phones[person.id] = Phone(self.state, chat, person)
        self.state.changes.tell("person", person.id)
        return phone

    def group(self, *, title: str = "Ward", is_supergroup: bool = True) -> Group:
        """Return a new group that the bot has been added to."""
        group = Group(self.state, title=title, is_supergroup=is_supergroup)
        self.groups[group.id] = group
        return group

    def channel(self, *, title: str = "News", username: str | None = None) -> Channel:
        """Return a new channel that the bot administers."""
        channel = Channel(self.state, title=title, username=username)
        self.channels[channel.id] = channel
        return channel

    # -- updates that go wrong ----------------------------------------------------

    def repeat_update(self) -> None:
        """Hand the newest pending update out twice, under two ids."""
        self.state.updates.repeat_newest()

    def repeat_next_updates(self, count: int = 1) -> None:
        """Hand each of the next ``count`` updates out twice, under two ids."""
        self.state.updates.twice += count

    def reverse_next_updates(self, count: int) -> None:
        """Withhold the next ``count`` updates and hand them out last first."""
        self.state.updates.reverse_next(count)

    def poison(self, kind: str = "callback_query", body: Any = None) -> None:
        """Queue an update that no library can parse.

        Args:
            kind: The field of the update that is broken.
            body: What to put there; the default is a tap without its sender, or a
                message whose date is a word.
        """
        if body is None:
            body = {
                "callback_query": {"id": self.state.new_digits(), "data": "poison"},
                "message": {"message_id": 1, "date": "yesterday", "chat": {"id": "nobody"}},
            }.get(kind, "poison")
        self.state.updates.put(kind, body, ("poison", 0))

    # -- calls --------------------------------------------------------------------

    def call(self, method: str, raw: Mapping[str, Any] | None = None) -> Any:
        """Answer one call of the bot.

        Args:
            method: Its name, in any case.
            raw: Parameters as they came: texts from a form, JSON values, uploads.

        Returns:
            The ``result`` of the answer.

        Raises:
            Refusal: Telegram says no; the code and sentence are in it.
            BrokenSimulator: The answer is not one Telegram could have given.
        """
        params: Json = dict(raw or {})
        name = self.schema.proper_names.get(method.lower(), method)
        try:
            params = self._understood(name, params)
            self._count(name, params)
            result = METHODS[name](self.state, params)
        except refusals.Refusal as refusal:
            if refusal.is_misuse:
                self.violations.append(f"{name}: {refusal.description}")
            self.record(name, params, outcome=refusal.description, code=refusal.code)
            raise
        self.record(name, params, outcome="ok", code=200)
        if self.check_schema and name != "getUpdates":  # updates were checked when queued
            flaw = self.schema.reply(name, result)
            if flaw is not None:
                raise BrokenSimulator(f"reply to {name}: {flaw}")
        return result

    def record(self, method: str, params: Json, *, outcome: str, code: int) -> None:
        """Keep one call for assertions; polling is left out, it says nothing."""
        if method != "getUpdates" or code != 200:
            self.calls.append(Call(method, params, outcome, code, self.now()))
            self.state.changes.tell("call")

    def calls_of(self, method: str) -> list[Call]:
        """Return the recorded calls of one method, oldest first."""
        return [call for call in self.calls if call.method == method]

    def _understood(self, name: str, raw: Json) -> Json:
        if name not in METHODS:
            raise refusals.not_found()
        params = self.schema.decode(name, raw)
        known = self.schema.fields[name]
        # Uploads under names of their own belong to "attach://name" elsewhere.
        attached = {
            field: value
            for field, value in params.items()
            if field not in known and isinstance(value, Upload)
        }
        described = {field: value for field, value in params.items() if field not in attached}
        if self.check_schema:
            flaw = self.schema.request(name, described)
            if flaw is not None:
                raise _refusal_of(name, flaw)
        return params

    def _count(self, name: str, params: Json) -> None:
        if name not in NEW_MESSAGES and name not in EDITS:
            return
        chat_id = params.get("chat_id")
        wait = self.floods.retry_after(
            chat_id if isinstance(chat_id, int) else 0, is_edit=name in EDITS
        )
        if wait:
            raise refusals.flood(wait)


def _refusal_of(method: str, flaw: Flaw) -> refusals.Refusal:
    sentence = refusals.FLAWS.get(flaw.field)
    return refusals.misuse(sentence or f"not as the Bot API describes {method}: {flaw}")
