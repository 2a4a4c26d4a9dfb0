"""Letters are posted, claimed, sent, put back, cancelled and crashed over in any order.

Beside the database stands what a careful clerk would have noted. A key is posted once; a letter
has one sender at a time; nothing that waits is lost; what was sent or cancelled never leaves
again; the lane that matters most leaves first; and nobody who rests is written to.
"""

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from storage.database.open_database import open_database
from storage.database.tx import Store, at_text
from storage.maintenance.migrate import migrate
from storage.messages import outbox
from storage.messages.outbox import LANES, LEASE, Letter
from storage.people import people
from tests.databases import SEALING, an_address
from tests.laws import run

T = TypeVar("T")
T0 = datetime(2026, 3, 3, 10, tzinfo=UTC)
CODES = ("T-1", "P-1", "P-2")
SUBJECTS = ("one", "two")
WAITING = ("new", "uncertain")

seconds = st.sampled_from([0, 5, 100])  # a lease ends between the last two
codes = st.sampled_from(CODES)
subjects = st.sampled_from(SUBJECTS)
kinds = st.sampled_from(["alert", "prompt", "reminder", "lock"])


@dataclass
class Noted:
    """One letter as the clerk has it."""

    kind: str
    person: str
    subject: str
    not_before: datetime
    state: str = "new"
    attempts: int = 0
    leased_until: datetime | None = None
    reason: str | None = None


class Crash(Exception):
    """The process dies at this point."""


class OutboxMachine(RuleBasedStateMachine):
    """A clerk, a courier with slow colleagues, and time that passes."""

    claimed = Bundle("claimed")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.open_until_the_end = AsyncExitStack()
        self.now = T0
        self.moments = 0
        self.noted: dict[str, Noted] = {}
        self.people: dict[str, str] = {}
        self.address = ""
        self.store: Store

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Carry something out to its end."""
        return self.runner.run(work)

    @initialize(first=st.lists(st.tuples(kinds, codes, subjects), min_size=2, max_size=4))
    def begin(self, first: list[tuple[str, str, str]]) -> None:
        """Three people, and some letters for now."""
        self.do(self._begin())
        for key, (kind, code, subject) in zip("abcd", first, strict=False):
            self.post(key, kind, code, subject, 0)

    async def _begin(self) -> None:
        folder = self.open_until_the_end.enter_context(tempfile.TemporaryDirectory())
        given = an_address(Path(folder))
        self.address = await self.open_until_the_end.enter_async_context(given)
        self.store = await open_database(self.address, sealing=SEALING)
        await migrate(self.store, now=T0)
        async with self.store.transaction() as tx:
            for code in CODES:
                role = "therapist" if code == "T-1" else "patient"
                person = await people.add(
                    tx, code=code, role=role, language="en", zone="UTC", at=T0
                )
                self.people[code] = person.id

    def teardown(self) -> None:
        """Close everything."""
        self.do(self.store.close())
        self.do(self.open_until_the_end.aclose())
        self.runner.close()

    def moment(self, later: int) -> datetime:
        """Return a time that no other letter has, so that what leaves next is no matter of luck."""
        self.moments += 1
        return self.now + timedelta(seconds=later) - timedelta(microseconds=self.moments)

    # -- what happens ---------------------------------------------------------------

    @rule(key=st.sampled_from("abcdef"), kind=kinds, code=codes, subject=subjects, later=seconds)
    def post(self, key: str, kind: str, code: str, subject: str, later: int) -> None:
        """A letter is posted; the same key a second time changes nothing."""
        at = self.moment(later)
        posted = self.do(self._post(key, kind, code, subject, at))
        assert posted == (key not in self.noted)
        if posted:
            self.noted[key] = Noted(kind, code, subject, at)

    async def _post(self, key: str, kind: str, code: str, subject: str, at: datetime) -> bool:
        async with self.store.transaction() as tx:
            return await outbox.post(
                tx,
                key=key,
                kind=kind,
                person_id=self.people[code],
                subject_id=subject,
                at=self.now,
                not_before=at,
            )

    @rule(target=claimed, resting=st.sets(codes, max_size=2))
    def claim(self, resting: set[str]) -> Any:
        """A courier takes the next letter: of those that may leave, one of the first lane."""
        letter = self.do(self._claim(resting))
        may_leave = {
            key: note
            for key, note in self.noted.items()
            if note.state in WAITING and note.not_before <= self.now and note.person not in resting
        }
        if letter is None:
            assert not may_leave
            return multiple()
        note = may_leave[letter.key]
        first = min((LANES[other.kind], other.not_before) for other in may_leave.values())
        assert (LANES[note.kind], note.not_before) == first
        note.state, note.attempts = "sending", note.attempts + 1
        note.leased_until = self.now + LEASE
        assert (letter.kind, letter.person_id, letter.subject_id, letter.attempts) == (
            note.kind,
            self.people[note.person],
            note.subject,
            note.attempts,
        )
        return letter

    async def _claim(self, resting: set[str]) -> Letter | None:
        async with self.store.transaction() as tx:
            return await outbox.claim(
                tx, now=self.now, resting=[self.people[code] for code in resting]
            )

    @rule(letter=claimed)
    def sent(self, letter: Letter) -> None:
        """Telegram took it; its sender may be slow, and the letter given up for lost."""
        self.do(self._sent(letter))
        note = self.noted[letter.key]
        if note.state in (*WAITING, "sending"):
            note.state = "sent"

    async def _sent(self, letter: Letter) -> None:
        async with self.store.transaction() as tx:
            await outbox.sent(tx, letter, message_id=1, at=self.now)

    @rule(letter=claimed, later=seconds, uncertain=st.booleans())
    def again(self, letter: Letter, later: int, uncertain: bool) -> None:
        """Its sender puts it back, if it is still the one to say so."""
        at = self.moment(later)
        is_theirs = self._is_in_hand(letter)
        assert self.do(self._again(letter, at, uncertain)) == is_theirs
        if is_theirs:
            note = self.noted[letter.key]
            note.state, note.not_before = "uncertain" if uncertain else "new", at

    async def _again(self, letter: Letter, at: datetime, uncertain: bool) -> bool:
        async with self.store.transaction() as tx:
            return await outbox.again(
                tx, letter, not_before=at, reason="TimedOut", uncertain=uncertain
            )

    @rule(letter=claimed, state=st.sampled_from(["failed", "cancelled"]))
    def end(self, letter: Letter, state: str) -> None:
        """Its sender ends it for good, if it is still the one to say so."""
        is_theirs = self._is_in_hand(letter)
        assert self.do(self._end(letter, state)) == is_theirs
        if is_theirs:
            self.noted[letter.key].state, self.noted[letter.key].reason = state, "refused"

    async def _end(self, letter: Letter, state: str) -> bool:
        async with self.store.transaction() as tx:
            return await outbox.end(tx, letter, state=state, reason="refused")

    def _is_in_hand(self, letter: Letter) -> bool:
        note = self.noted[letter.key]
        return note.state == "sending" and note.attempts == letter.attempts

    @rule(subject=subjects)
    def cancel(self, subject: str) -> None:
        """What it is about is over: what waits does not leave any more."""
        waiting = [
            note
            for note in self.noted.values()
            if note.state in WAITING and note.subject == subject
        ]
        assert self.do(self._cancel(subject)) == len(waiting)
        for note in waiting:
            note.state, note.reason = "cancelled", "over"

    async def _cancel(self, subject: str) -> int:
        async with self.store.transaction() as tx:
            return await outbox.cancel_about(tx, subject_id=subject, reason="over")

    @rule(subject=subjects)
    def revive(self, subject: str) -> None:
        """It is not over after all: what was cancelled for that leaves, and nothing else."""
        cancelled = [
            note
            for note in self.noted.values()
            if (note.state, note.subject, note.reason) == ("cancelled", subject, "over")
        ]
        assert self.do(self._revive(subject)) == len(cancelled)
        for note in cancelled:
            note.state = "new"

    async def _revive(self, subject: str) -> int:
        async with self.store.transaction() as tx:
            return await outbox.revive(tx, subject_id=subject, reason="over")

    @rule(by=seconds)
    def time_passes(self, by: int) -> None:
        """Leases end, and what was for later is for now."""
        self.now += timedelta(seconds=by)

    @rule(by=seconds)
    def recover(self, by: int) -> None:
        """Letters whose sender has been silent for too long are taken up again, and no others."""
        self.time_passes(by)
        self._recovered(self.now)

    @rule()
    def crash_and_come_back(self) -> None:
        """The process dies; the next one takes up every letter that was under way."""
        self.do(self._restart())
        self._recovered(self.now + 2 * LEASE)

    async def _restart(self) -> None:
        await self.store.close()
        self.store = await open_database(self.address, sealing=SEALING)
        await migrate(self.store, now=self.now)

    def _recovered(self, before: datetime) -> None:
        lost = [
            note
            for note in self.noted.values()
            if note.state == "sending" and note.leased_until and note.leased_until < before
        ]
        assert self.do(self._recover(before)) == len(lost)
        for note in lost:
            note.state = "uncertain"

    async def _recover(self, before: datetime) -> int:
        async with self.store.transaction() as tx:
            return await outbox.recover(tx, before=before)

    @precondition(lambda self: self.noted)
    @rule(subject=subjects)
    def crash_in_the_middle(self, subject: str) -> None:
        """A transaction that does not come to its end has done nothing."""
        self.do(self._crash(subject))

    async def _crash(self, subject: str) -> None:
        with suppress(Crash):
            async with self.store.transaction() as tx:
                await outbox.claim(tx, now=self.now, resting=())
                await outbox.cancel_about(tx, subject_id=subject, reason="over")
                await outbox.recover(tx, before=self.now + 2 * LEASE)
                raise Crash

    # -- what always holds ----------------------------------------------------------

    @invariant()
    def the_book_and_the_clerk_agree(self) -> None:
        """Nothing that waits is lost, what has ended stays as it ended, and the next is known."""
        if not self.people:
            return
        book, next_at = self.do(self._book())
        assert book == {
            key: (note.state, note.attempts, at_text(note.not_before))
            for key, note in self.noted.items()
        }
        times = [note.not_before for note in self.noted.values() if note.state in WAITING]
        assert next_at == min(times, default=None)

    async def _book(self) -> tuple[dict[str, tuple[str, int, str]], datetime | None]:
        async with self.store.reading() as tx:
            rows = await tx.all("SELECT key, state, attempts, not_before FROM outbox")
            book = {row["key"]: (row["state"], row["attempts"], row["not_before"]) for row in rows}
            return book, await outbox.next_at(tx)


def test_the_outbox_is_what_a_simple_book_says(engine: str) -> None:
    """Letters are claimed, sent, refused and lost in any order; none is lost or sent twice."""
    run(OutboxMachine, on_a_file=60, on_a_server=6)
