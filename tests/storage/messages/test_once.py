"""What must happen once happens once: an update, an invitation, a message."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio

from storage.database import updates
from storage.database.tx import Store
from storage.messages import delivery, outbox
from storage.messages.kinds_and_priorities import MessageKind
from storage.messages.payloads import NoPayload
from storage.people import invitations, people
from tests.databases import open_fresh_store

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest_asyncio.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A fresh database."""
    async with open_fresh_store(tmp_path, at=T0) as opened:
        yield opened


async def test_an_update_is_processed_once(store: Store) -> None:
    """A repeated update is recognised."""
    async with store.transaction() as tx:
        assert await updates.record_update(tx, update_id=7, chat=1, at=T0)
        assert not await updates.record_update(tx, update_id=7, chat=1, at=T0)


async def test_an_invitation_is_used_once_and_expires(store: Store) -> None:
    """A second use, a late one and a made-up token all fail alike."""
    async with store.transaction() as tx:
        person = await people.add(tx, code="P-1", role="patient", language="en", zone="UTC", at=T0)
        first = await invitations.create(tx, person_id=person.id, at=T0)
        assert await invitations.redeem(tx, token=first.token, at=T0) == person.id
        assert await invitations.redeem(tx, token=first.token, at=T0) is None
        second = await invitations.create(tx, person_id=person.id, at=T0)
        late = T0 + timedelta(days=15)
        assert await invitations.redeem(tx, token=second.token, at=late) is None
        assert await invitations.redeem(tx, token="made-up", at=T0) is None


async def test_a_message_has_one_sender_at_a_time(store: Store) -> None:
    """A claimed message is not claimed again until it is recovered; alerts are sent first."""
    async with store.transaction() as tx:
        person = await people.add(
            tx, code="T-1", role="therapist", language="en", zone="UTC", at=T0
        )
        for kind in (MessageKind.PROMPT, MessageKind.ALERT):
            for _ in range(2):
                await outbox.post(
                    tx,
                    key=kind,
                    kind=kind,
                    person_id=person.id,
                    subject_id="s",
                    payload=NoPayload(),
                    at=T0,
                )
        claimed = [await delivery.claim(tx, now=T0, blocked_people=()) for _ in range(3)]
        assert [message.kind if message else None for message in claimed] == [
            "alert",
            "prompt",
            None,
        ]
        assert await delivery.claim(tx, now=T0, blocked_people=(person.id,)) is None
        assert await delivery.recover(tx, before=T0 + 2 * delivery.LEASE) == 2
        again = await delivery.claim(tx, now=T0, blocked_people=())
        assert again is not None
        assert (again.kind, again.attempts) == ("alert", 2)
