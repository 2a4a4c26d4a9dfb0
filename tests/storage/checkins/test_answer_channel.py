"""Where a patient answers is set, recorded and undone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio

from storage.audit import audit_log
from storage.audit.change import Change
from storage.checkins.answer_channel import set_answer_channel, undo_set_answer_channel
from storage.database.tx import Store, Tx
from storage.people import people
from storage.people.people import Person
from tests.databases import open_fresh_store

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A fresh database with C-1 and P-1."""
    async with open_fresh_store(tmp_path, at=T0) as opened:
        async with opened.transaction() as tx:
            for code, role in (("C-1", "coordinator"), ("P-1", "patient")):
                await people.add(tx, code=code, role=role, language="en", zone="UTC", at=T0)
        yield opened


async def of_code(tx: Tx, code: str) -> Person:
    """Return the person with that code."""
    person = await people.by_code(tx, code)
    assert person is not None
    return person


async def test_a_change_can_be_undone(store: Store) -> None:
    """Undo restores the site default; the same channel again is no change."""
    async with store.transaction() as tx:
        coordinator, patient = await of_code(tx, "C-1"), await of_code(tx, "P-1")
        change = Change(tx, coordinator.id, T0)
        assert await set_answer_channel(change, patient, "page")
        assert not await set_answer_channel(change, await of_code(tx, "P-1"), "page")
        [entry] = await audit_log.by_actor(tx, actor_id=coordinator.id, since=T0 - MINUTE)

        assert await undo_set_answer_channel(tx, entry, T0 + MINUTE)
        assert (await of_code(tx, "P-1")).answers_on is None


async def test_a_later_change_stays(store: Store) -> None:
    """What was changed again since cannot be undone by the earlier entry."""
    async with store.transaction() as tx:
        coordinator, patient = await of_code(tx, "C-1"), await of_code(tx, "P-1")
        await set_answer_channel(Change(tx, coordinator.id, T0), patient, "page")
        [entry] = await audit_log.by_actor(tx, actor_id=coordinator.id, since=T0 - MINUTE)
        patient = await of_code(tx, "P-1")
        await set_answer_channel(Change(tx, patient.id, T0 + MINUTE), patient, "chat")

        assert not await undo_set_answer_channel(tx, entry, T0 + 2 * MINUTE)
        assert (await of_code(tx, "P-1")).answers_on == "chat"
