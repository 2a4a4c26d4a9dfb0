"""Messages are posted, claimed, sent, put back, cancelled and interrupted in any order.

A simple model is kept beside the database. A key is posted once; a message has one sender at a
time; nothing that waits is lost; what was sent or cancelled is never sent again; the highest
priority is sent first; and nobody who is blocked is written to.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from storage.database.tx import utc_text
from storage.messages import delivery, outbox
from storage.messages.delivery import LEASE, OutboxMessage
from storage.messages.kinds_and_priorities import PRIORITY, MessageKind
from storage.messages.payloads import NoPayload
from storage.people import people
from tests.properties import DatabaseMachine, run_state_machine
from tests.storage.messages.outbox_model import (
    CODES,
    T0,
    WAITING,
    Crash,
    ModelMessage,
    codes,
    kinds,
    seconds,
    subjects,
)


class OutboxMachine(DatabaseMachine):
    """The model, a sender with slow colleagues, and time that passes."""

    claimed = Bundle("claimed")

    def __init__(self) -> None:
        super().__init__()
        self.now = T0
        self.moments = 0
        self.people: dict[str, str] = {}
        self.model: dict[str, ModelMessage] = {}
        self.key_of: dict[str, str] = {}

    @initialize(first=st.lists(st.tuples(kinds, codes, subjects), min_size=2, max_size=4))
    def begin(self, first: list[tuple[MessageKind, str, str]]) -> None:
        """Three people, and some messages to be sent now."""
        self.do(self._open_with_people())
        for key, (kind, code, subject) in zip("abcd", first, strict=False):
            self.post(key, kind, code, subject, 0)

    async def _open_with_people(self) -> None:
        await self.open_store()
        async with self.store.transaction() as tx:
            for code in CODES:
                role = "therapist" if code == "T-1" else "patient"
                person = await people.add(
                    tx, code=code, role=role, language="en", zone="UTC", at=T0
                )
                self.people[code] = person.id

    def moment(self, later: int) -> datetime:
        """Return a time that no other message has, so that the order is not left to chance."""
        self.moments += 1
        return self.now + timedelta(seconds=later) - timedelta(microseconds=self.moments)

    # -- what happens ---------------------------------------------------------------

    @rule(key=st.sampled_from("abcdef"), kind=kinds, code=codes, subject=subjects, later=seconds)
    def post(self, key: str, kind: MessageKind, code: str, subject: str, later: int) -> None:
        """A message is posted; the same key a second time changes nothing."""
        at = self.moment(later)
        posted = self.do(self._post(key, kind, code, subject, at))
        assert posted == (key not in self.model)
        if posted:
            self.model[key] = ModelMessage(kind, code, subject, at)

    async def _post(
        self, key: str, kind: MessageKind, code: str, subject: str, at: datetime
    ) -> bool:
        async with self.store.transaction() as tx:
            return await outbox.post(
                tx,
                key=key,
                kind=kind,
                person_id=self.people[code],
                subject_id=subject,
                payload=NoPayload(),
                at=self.now,
                not_before=at,
            )

    @rule(target=claimed, blocked=st.sets(codes, max_size=2))
    def claim(self, blocked: set[str]) -> Any:
        """A sender claims the next message: of those that may be sent, one of highest priority."""
        message = self.do(self._claim(blocked))
        may_leave = {
            key: entry
            for key, entry in self.model.items()
            if entry.state in WAITING
            and entry.not_before <= self.now
            and entry.person not in blocked
        }
        if message is None:
            assert not may_leave
            return multiple()
        entry = may_leave[self.key_of[message.id]]
        first = min((PRIORITY[other.kind], other.not_before) for other in may_leave.values())
        assert (PRIORITY[entry.kind], entry.not_before) == first
        entry.state, entry.attempts = "sending", entry.attempts + 1
        entry.leased_until = self.now + LEASE
        assert (message.kind, message.person_id, message.subject_id, message.attempts) == (
            entry.kind,
            self.people[entry.person],
            entry.subject,
            entry.attempts,
        )
        return message

    async def _claim(self, blocked: set[str]) -> OutboxMessage | None:
        async with self.store.transaction() as tx:
            message = await delivery.claim(
                tx, now=self.now, blocked_people=[self.people[code] for code in blocked]
            )
            for row in await tx.all("SELECT id, key FROM outbox"):
                self.key_of[row["id"]] = row["key"]
            return message

    @rule(message=claimed)
    def sent(self, message: OutboxMessage) -> None:
        """Telegram accepted it; its sender may be slow, and the message recovered meanwhile."""
        self.do(self._sent(message))
        entry = self.model[self.key_of[message.id]]
        if entry.state in (*WAITING, "sending"):
            entry.state = "sent"

    async def _sent(self, message: OutboxMessage) -> None:
        async with self.store.transaction() as tx:
            await delivery.record_sent(tx, message, message_id=1, at=self.now)

    @rule(message=claimed, later=seconds, uncertain=st.booleans())
    def again(self, message: OutboxMessage, later: int, uncertain: bool) -> None:
        """Its sender puts it back, if it still has it."""
        at = self.moment(later)
        is_current = self._is_current_sender(message)
        assert self.do(self._again(message, at, uncertain)) == is_current
        if is_current:
            entry = self.model[self.key_of[message.id]]
            entry.state, entry.not_before = "uncertain" if uncertain else "new", at

    async def _again(self, message: OutboxMessage, at: datetime, uncertain: bool) -> bool:
        async with self.store.transaction() as tx:
            return await delivery.retry_later(
                tx, message, not_before=at, reason="TimedOut", uncertain=uncertain
            )

    @rule(message=claimed, state=st.sampled_from(["failed", "cancelled"]))
    def end(self, message: OutboxMessage, state: str) -> None:
        """Its sender ends it for good, if it still has it."""
        is_current = self._is_current_sender(message)
        assert self.do(self._end(message, state)) == is_current
        if is_current:
            entry = self.model[self.key_of[message.id]]
            entry.state, entry.reason = state, "refused"

    async def _end(self, message: OutboxMessage, state: str) -> bool:
        async with self.store.transaction() as tx:
            return await delivery.end(tx, message, state=state, reason="refused")

    def _is_current_sender(self, message: OutboxMessage) -> bool:
        entry = self.model[self.key_of[message.id]]
        return entry.state == "sending" and entry.attempts == message.attempts

    @rule(subject=subjects)
    def cancel(self, subject: str) -> None:
        """What it is about is over: waiting messages are not sent any more."""
        waiting = [
            entry
            for entry in self.model.values()
            if entry.state in WAITING and entry.subject == subject
        ]
        assert self.do(self._cancel(subject)) == len(waiting)
        for entry in waiting:
            entry.state, entry.reason = "cancelled", "over"

    async def _cancel(self, subject: str) -> int:
        async with self.store.transaction() as tx:
            return await outbox.cancel_by_subject(tx, subject_id=subject, reason="over")

    @rule(subject=subjects)
    def reinstate(self, subject: str) -> None:
        """It is not over after all: what was cancelled for it is sent, and nothing else."""
        cancelled = [
            entry
            for entry in self.model.values()
            if (entry.state, entry.subject, entry.reason) == ("cancelled", subject, "over")
        ]
        assert self.do(self._reinstate(subject)) == len(cancelled)
        for entry in cancelled:
            entry.state = "new"

    async def _reinstate(self, subject: str) -> int:
        async with self.store.transaction() as tx:
            return await outbox.reinstate(tx, subject_id=subject, reason="over")

    @rule(by=seconds)
    def time_passes(self, by: int) -> None:
        """Leases run out, and later becomes now."""
        self.now += timedelta(seconds=by)

    @rule(by=seconds)
    def recover(self, by: int) -> None:
        """Messages whose lease has run out are recovered, and no others."""
        self.time_passes(by)
        self._recovered(self.now)

    @rule()
    def crash_and_come_back(self) -> None:
        """The process dies; the next one recovers every message that was being sent."""
        self.do(self.restart())
        self._recovered(self.now + 2 * LEASE)

    def _recovered(self, before: datetime) -> None:
        lost = [
            entry
            for entry in self.model.values()
            if entry.state == "sending" and entry.leased_until and entry.leased_until < before
        ]
        assert self.do(self._recover(before)) == len(lost)
        for entry in lost:
            entry.state = "uncertain"

    async def _recover(self, before: datetime) -> int:
        async with self.store.transaction() as tx:
            return await delivery.recover(tx, before=before)

    @precondition(lambda self: self.model)
    @rule(subject=subjects)
    def crash_in_the_middle(self, subject: str) -> None:
        """A transaction that does not finish has done nothing."""
        self.do(self._crash(subject))

    async def _crash(self, subject: str) -> None:
        with suppress(Crash):
            async with self.store.transaction() as tx:
                await delivery.claim(tx, now=self.now, blocked_people=())
                await outbox.cancel_by_subject(tx, subject_id=subject, reason="over")
                await delivery.recover(tx, before=self.now + 2 * LEASE)
                raise Crash

    # -- what always holds ----------------------------------------------------------

    @invariant()
    def the_database_and_the_model_agree(self) -> None:
        """Nothing that waits is lost, what has ended stays as it is, and the next time is known."""
        if not self.people:
            return
        stored, next_at = self.do(self._stored())
        assert stored == {
            key: (entry.state, entry.attempts, utc_text(entry.not_before))
            for key, entry in self.model.items()
        }
        times = [entry.not_before for entry in self.model.values() if entry.state in WAITING]
        assert next_at == min(times, default=None)

    async def _stored(self) -> tuple[dict[str, tuple[str, int, str]], datetime | None]:
        async with self.store.read_transaction() as tx:
            rows = await tx.all("SELECT key, state, attempts, not_before FROM outbox")
            stored = {
                row["key"]: (row["state"], row["attempts"], row["not_before"]) for row in rows
            }
            return stored, await delivery.next_at(tx)


def test_the_outbox_does_what_a_simple_model_does(engine: str) -> None:
    """Messages are claimed, sent, refused and lost in any order; none is lost or sent twice."""
    run_state_machine(OutboxMachine, sqlite_examples=60, postgresql_examples=6)
