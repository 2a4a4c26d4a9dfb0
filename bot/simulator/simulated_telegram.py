"""The simulator without HTTP: one bot's Telegram, its people, and a record of all calls."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.simulator import refusals
from bot.simulator.faults import Faults
from bot.simulator.floods import FloodLimiter, FloodLimits
from bot.simulator.groups_and_channels import SimulatedChannel, SimulatedGroup
from bot.simulator.messages import Chat, Json, User
from bot.simulator.methods import METHODS, NEW_MESSAGES
from bot.simulator.phone import Phone
from bot.simulator.schema import SchemaMismatch, Upload, load_schema
from bot.simulator.state import BrokenSimulator, TelegramState

MAX_RECORDED = 10_000
DEFAULT_LIMITS = FloodLimits()


def utc_now() -> datetime:
    """Return the real time, the default clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the bot.

    Attributes:
        outcome: ``ok``, or the description of the refusal or fault.
        code: HTTP status; 0 when the bot got no reply.
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
        token: The token that the bot must use.
        username: The bot's user name, as in ``t.me/<username>``.
        now: The clock of the simulation, aware UTC; messages and taps age by it.
        monotonic: Real seconds, for flood limits.
        limits: Flood limits; None switches them off.
        seed: The same seed gives the same ids.

    Attributes:
        calls: The latest calls, oldest first, without successful ``getUpdates``.
        violations: Calls that no bot should make, one sentence each.
        webhook_retry_seconds: First pause after a failed delivery to the webhook.
        webhook_targets: Addresses that take turns in place of the webhook's own, as behind a
            load balancer.
    """

    def __init__(
        self,
        *,
        token: str = "123456789:simulated",  # noqa: S107 - valid only for this simulator
        username: str = "attune_bot",
        now: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        limits: FloodLimits | None = DEFAULT_LIMITS,
        seed: int | None = None,
    ) -> None:
        self.token = token
        self.schema = load_schema()
        self.state = TelegramState(token=token, username=username, now=now, seed=seed)
        self.now = now
        self.faults = Faults()
        self.floods = FloodLimiter(limits, monotonic=monotonic)
        self.calls: deque[Call] = deque(maxlen=MAX_RECORDED)
        self.violations: deque[str] = deque(maxlen=MAX_RECORDED)
        self.phones: dict[int, Phone] = {}
        self.webhook_retry_seconds = 1.0
        self.webhook_targets: deque[str] = deque()

    @property
    def username(self) -> str:
        """The bot's user name."""
        return self.state.bot.username or ""

    @property
    def pending_update_count(self) -> int:
        """How many updates the bot has not confirmed yet."""
        return len(self.state.updates)

    # -- people and rooms -------------------------------------------------------

    def phone(
        self, *, name: str = "Ada", last_name: str | None = None, language_code: str | None = "en"
    ) -> Phone:
        """Return the phone of a new person who has not started the bot."""
        person = User(
            id=self.state.new_id(),
            first_name=name,
            last_name=last_name,
            language_code=language_code,
        )
        chat = Chat(id=person.id, kind="private", instance=self.state.new_digits(), person=person)
        self.state.chats[chat.id] = chat
        phone = self.phones[person.id] = Phone(self.state, chat, person)
        self.state.changes.publish("person", person.id)
        return phone

    def group(self, *, title: str = "Ward", is_supergroup: bool = True) -> SimulatedGroup:
        """Return a new group that the bot has been added to."""
        return SimulatedGroup(self.state, title=title, is_supergroup=is_supergroup)

    def channel(self, *, title: str = "News") -> SimulatedChannel:
        """Return a new channel that the bot administers."""
        return SimulatedChannel(self.state, title=title)

    # -- disturbed updates --------------------------------------------------------

    def repeat_next_updates(self, count: int = 1) -> None:
        """Deliver each of the next ``count`` updates twice, under two ids."""
        self.state.updates.repeat_count += count

    def poison(self, kind: str = "callback_query", body: Any = None) -> None:
        """Queue an update that no library can parse.

        Args:
            kind: The broken field of the update.
            body: Its value; by default a tap without sender, or a message with an invalid date.
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
            raw: Parameters as received: form texts, JSON values, uploads.

        Returns:
            The ``result`` of the reply.

        Raises:
            BotApiRefusal: Telegram refuses the call.
            BrokenSimulator: Telegram could not have given this reply.
        """
        params: Json = dict(raw or {})
        name = self.schema.proper_names.get(method.lower(), method)
        try:
            params = self._decode(name, params)
            self._check_flood_limits(name, params)
            result = METHODS[name](self.state, params)
        except refusals.BotApiRefusal as refusal:
            if refusal.is_misuse:
                self.violations.append(f"{name}: {refusal.description}")
            self.record(name, params, outcome=refusal.description, code=refusal.code)
            raise
        self.record(name, params, outcome="ok", code=200)
        if name != "getUpdates":  # updates were checked when they were queued
            mismatch = self.schema.check_reply(name, result)
            if mismatch is not None:
                raise BrokenSimulator(f"reply to {name}: {mismatch}")
        return result

    def record(self, method: str, params: Json, *, outcome: str, code: int) -> None:
        """Keep one call for assertions, except successful polls."""
        if method != "getUpdates" or code != 200:
            self.calls.append(Call(method, params, outcome, code, self.now()))
            self.state.changes.publish("call")

    def calls_of(self, method: str) -> list[Call]:
        """Return the recorded calls of one method, oldest first."""
        return [call for call in self.calls if call.method == method]

    def _decode(self, name: str, raw: Json) -> Json:
        if name not in METHODS:
            raise refusals.not_found()
        params = self.schema.decode(name, raw)
        known = self.schema.fields[name]
        # Uploads in fields of their own are referred to by "attach://name".
        described = {
            field: value
            for field, value in params.items()
            if field in known or not isinstance(value, Upload)
        }
        mismatch = self.schema.check_request(name, described)
        if mismatch is not None:
            raise _refusal_of(name, mismatch)
        return params

    def _check_flood_limits(self, name: str, params: Json) -> None:
        if name in NEW_MESSAGES and (seconds := self.floods.retry_after(params["chat_id"])):
            raise refusals.flood(seconds)


def _refusal_of(method: str, mismatch: SchemaMismatch) -> refusals.BotApiRefusal:
    sentence = refusals.REFUSAL_TEXTS.get(mismatch.field)
    return refusals.misuse(sentence or f"not as the Bot API describes {method}: {mismatch}")
