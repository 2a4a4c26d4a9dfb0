"""What is to happen once happens once: an update, an invitation, a letter."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio

from storage.database import updates
from storage.database.tx import Store
from storage.messages import outbox
from storage.people import invitations, people
from tests.databases import a_store

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest_asyncio.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A fresh database."""
    async with a_store(tmp_path, at=T0) as opened:
        yield opened


async def test_an_update_is_heard_once(store: Store) -> None:
    """The repetition is known as such."""
    async with store.transaction() as tx:
        assert await updates.hear(tx, update_id=7, chat=1, at=T0)
        assert not await updates.hear(tx, update_id=7, chat=1, at=T0)


async def test_an_invitation_is_used_once_and_expires(store: Store) -> None:
    """The second use, a late one and a made-up token are all the same: nobody."""
    async with store.transaction() as tx:
        person = await people.add(tx, code="P-1", role="patient", language="en", zone="UTC", at=T0)
        first = await invitations.invite(tx, person_id=person.id, at=T0)
        assert await invitations.redeem(tx, token=first.token, at=T0) == person.id
        assert await invitations.redeem(tx, token=first.token, at=T0) is None
        second = await invitations.invite(tx, person_id=person.id, at=T0)
        late = T0 + timedelta(days=15)
        assert await invitations.redeem(tx, token=second.token, at=late) is None
        assert await invitations.redeem(tx, token="made-up", at=T0) is None


async def test_a_letter_has_one_sender_at_a_time(store: Store) -> None:
    """Claimed letters are not claimed again until given back; alerts leave first."""
    async with store.transaction() as tx:
        person = await people.add(
            tx, code="T-1", role="therapist", language="en", zone="UTC", at=T0
        )
        for kind in ("prompt", "alert"):
            for _ in range(2):
                await outbox.post(
                    tx, key=kind, kind=kind, person_id=person.id, subject_id="s", at=T0
                )
        claimed = [await outbox.claim(tx, now=T0, resting=()) for _ in range(3)]
        assert [letter.kind if letter else None for letter in claimed] == ["alert", "prompt", None]
        assert await outbox.claim(tx, now=T0, resting=(person.id,)) is None
        assert await outbox.recover(tx, before=T0 + 2 * outbox.LEASE) == 2
        again = await outbox.claim(tx, now=T0, resting=())
        assert again is not None
        assert (again.kind, again.attempts) == ("alert", 2)
