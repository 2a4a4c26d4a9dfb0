"""The outbox, one rule at a time; test_outbox_machine.py mixes them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.database.tx import Store, Tx
from storage.messages import delivery, outbox
from storage.messages.delivery import LEASE, OutboxMessage
from storage.messages.kinds_and_priorities import MessageKind
from storage.messages.payloads import NoPayload
from storage.people import people
from tests.databases import open_fresh_store

T0 = datetime(2026, 3, 3, 10, tzinfo=UTC)
LATER = T0 + 2 * LEASE


@pytest.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A database with one therapist and one message for them."""
    async with open_fresh_store(tmp_path, at=T0) as opened:
        async with opened.transaction() as tx:
            await people.add(tx, code="T-1", role="therapist", language="en", zone="UTC", at=T0)
            await post(tx, "first", MessageKind.PROMPT)
        yield opened


async def post(tx: Tx, key: str, kind: MessageKind, *, not_before: datetime = T0) -> None:
    """Post a message to the therapist, with its key as its subject."""
    person = await people.by_code(tx, "T-1")
    assert person is not None
    await outbox.post(
        tx,
        key=key,
        kind=kind,
        person_id=person.id,
        subject_id=key,
        payload=NoPayload(),
        at=T0,
        not_before=not_before,
    )


async def claimed(tx: Tx, now: datetime = T0) -> OutboxMessage:
    """Claim the next message, which must exist."""
    message = await delivery.claim(tx, now=now, blocked_people=())
    assert message is not None
    return message


async def states(tx: Tx) -> list[str]:
    """Return the states of all messages, oldest first."""
    return [message["state"] for message in await outbox.overview(tx)]


async def test_a_sender_whose_message_was_recovered_cannot_change_it(store: Store) -> None:
    """Another sender has it by then: the first one neither puts it back nor ends it."""
    async with store.transaction() as tx:
        slow = await claimed(tx)
        assert await delivery.recover(tx, before=LATER) == 1
        quick = await claimed(tx, LATER)
        assert not await delivery.retry_later(
            tx, slow, not_before=LATER, reason="TimedOut", uncertain=True
        )
        assert not await delivery.end(tx, slow, state="failed", reason="refused")
        assert await states(tx) == ["sending"]
        assert await delivery.end(tx, quick, state="failed", reason="refused")


@pytest.mark.parametrize("is_claimed_again", [True, False])
async def test_a_slow_sender_that_succeeded_counts(store: Store, is_claimed_again: bool) -> None:
    """What is in the chat need not be sent again."""
    async with store.transaction() as tx:
        slow = await claimed(tx)
        await delivery.recover(tx, before=LATER)
        if is_claimed_again:
            await claimed(tx, LATER)
        await delivery.record_sent(tx, slow, message_id=7, at=LATER)
        assert await states(tx) == ["sent"]
        assert await delivery.claim(tx, now=LATER, blocked_people=()) is None


async def test_a_cancelled_message_stays_cancelled(store: Store) -> None:
    """A late sender changes nothing."""
    async with store.transaction() as tx:
        slow = await claimed(tx)
        await delivery.recover(tx, before=LATER)
        assert await outbox.cancel_by_subject(tx, subject_id="first", reason="over") == 1
        await delivery.record_sent(tx, slow, message_id=7, at=LATER)
        await delivery.retry_later(tx, slow, not_before=T0, reason="TimedOut", uncertain=True)
        assert await states(tx) == ["cancelled"]


async def test_a_failed_message_stays_failed(store: Store) -> None:
    """How it ended is what the coordinator is told; a cancellation does not overwrite it."""
    async with store.transaction() as tx:
        await delivery.end(tx, await claimed(tx), state="failed", reason="refused")
        assert await outbox.cancel_by_subject(tx, subject_id="first", reason="over") == 0
        assert await states(tx) == ["failed"]


async def test_priority_counts_more_than_time(store: Store) -> None:
    """A new alert is sent before an hour-old question, which is sent before a tidying message."""
    async with store.transaction() as tx:
        await post(tx, "tidying", MessageKind.LOCK, not_before=T0 - timedelta(hours=2))
        await post(tx, "alert", MessageKind.ALERT)
        await post(tx, "earlier", MessageKind.PROMPT, not_before=T0 - timedelta(hours=1))
        subjects = [(await claimed(tx)).subject_id for _ in range(4)]
    assert subjects == ["alert", "earlier", "first", "tidying"]
