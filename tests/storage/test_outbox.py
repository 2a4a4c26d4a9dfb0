"""Letters, one law at a time; test_outbox_machine.py mixes them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.database.tx import Store, Tx
from storage.messages import outbox
from storage.messages.outbox import LEASE, Letter
from storage.people import people
from tests.databases import a_store

T0 = datetime(2026, 3, 3, 10, tzinfo=UTC)
LATER = T0 + 2 * LEASE


@pytest.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A database with one therapist and one letter for them."""
    async with a_store(tmp_path, at=T0) as opened:
        async with opened.transaction() as tx:
            await people.add(tx, code="T-1", role="therapist", language="en", zone="UTC", at=T0)
            await post(tx, "first", "prompt")
        yield opened


async def post(tx: Tx, key: str, kind: str, *, not_before: datetime = T0) -> None:
    """Post a letter to the therapist, about itself."""
    person = await people.by_code(tx, "T-1")
    assert person is not None
    await outbox.post(
        tx,
        key=key,
        kind=kind,
        person_id=person.id,
        subject_id=key,
        at=T0,
        not_before=not_before,
    )


async def claimed(tx: Tx, now: datetime = T0) -> Letter:
    """Take the next letter, which must be there."""
    letter = await outbox.claim(tx, now=now, resting=())
    assert letter is not None
    return letter


async def states(tx: Tx) -> list[str]:
    """Return how the letters stand, oldest first."""
    return [letter["state"] for letter in await outbox.overview(tx)]


async def test_a_sender_given_up_for_lost_has_no_say(store: Store) -> None:
    """Its letter has another sender by then: it neither puts it back nor ends it."""
    async with store.transaction() as tx:
        slow = await claimed(tx)
        assert await outbox.recover(tx, before=LATER) == 1
        quick = await claimed(tx, LATER)
        assert not await outbox.again(tx, slow, not_before=LATER, reason="TimedOut", uncertain=True)
        assert not await outbox.end(tx, slow, state="failed", reason="refused")
        assert await states(tx) == ["sending"]
        assert await outbox.end(tx, quick, state="failed", reason="refused")


@pytest.mark.parametrize("is_claimed_anew", [True, False])
async def test_a_slow_sender_that_succeeded_is_believed(
    store: Store, is_claimed_anew: bool
) -> None:
    """What is in the chat need not leave once more."""
    async with store.transaction() as tx:
        slow = await claimed(tx)
        await outbox.recover(tx, before=LATER)
        if is_claimed_anew:
            await claimed(tx, LATER)
        await outbox.sent(tx, slow, message_id=7, at=LATER)
        assert await states(tx) == ["sent"]
        assert await outbox.claim(tx, now=LATER, resting=()) is None


async def test_what_was_cancelled_stays_so_whoever_comes_late(store: Store) -> None:
    """Its subject is over: a late sender changes nothing."""
    async with store.transaction() as tx:
        slow = await claimed(tx)
        await outbox.recover(tx, before=LATER)
        assert await outbox.cancel_about(tx, subject_id="first", reason="over") == 1
        await outbox.sent(tx, slow, message_id=7, at=LATER)
        await outbox.again(tx, slow, not_before=T0, reason="TimedOut", uncertain=True)
        assert await states(tx) == ["cancelled"]


async def test_what_failed_is_not_cancelled_on_top(store: Store) -> None:
    """How a letter ended is what the coordinator is told; it is not written over."""
    async with store.transaction() as tx:
        await outbox.end(tx, await claimed(tx), state="failed", reason="refused")
        assert await outbox.cancel_about(tx, subject_id="first", reason="over") == 0
        assert await states(tx) == ["failed"]


async def test_the_lane_counts_more_than_the_time(store: Store) -> None:
    """An alert of now leaves before a question of an hour ago, which leaves before tidying."""
    async with store.transaction() as tx:
        await post(tx, "tidying", "lock", not_before=T0 - timedelta(hours=2))
        await post(tx, "alert", "alert")
        await post(tx, "earlier", "prompt", not_before=T0 - timedelta(hours=1))
        leaving = [(await claimed(tx)).key for _ in range(4)]
    assert leaving == ["alert", "earlier", "first", "tidying"]
