"""Files between dry run and Apply."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio

from alliance.files.drafts import FileDraft
from storage.database.tx import Store
from storage.files import imports
from storage.people import people
from tests.databases import open_fresh_store

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)
DRAFT = FileDraft(is_guessed=True)


@pytest_asyncio.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A fresh database with C-1."""
    async with open_fresh_store(tmp_path, at=T0) as opened:
        async with opened.transaction() as tx:
            await people.add(tx, code="C-1", role="coordinator", language="en", zone="UTC", at=T0)
        yield opened


async def save(store: Store) -> imports.Import:
    """Save a file of C-1."""
    async with store.transaction() as tx:
        coordinator = await people.by_code(tx, "C-1")
        assert coordinator is not None
        return await imports.save(tx, person_id=coordinator.id, draft=DRAFT, at=T0)


async def test_a_saved_file_is_read_back(store: Store) -> None:
    """What ``save`` returns is what is stored, also after a choice."""
    file = await save(store)
    async with store.transaction() as tx:
        assert await imports.by_id(tx, file.id) == file
        await imports.set_chosen(tx, file, {"event": "P-1"})
        await imports.set_ends_missing(tx, file, ends=True)
        stored = await imports.by_id(tx, file.id)
    assert stored is not None
    assert (stored.chosen, stored.ends_missing) == ({"event": "P-1"}, True)


async def test_a_discarded_file_loses_its_content(store: Store) -> None:
    """It can be discarded once, and not applied any more."""
    file = await save(store)
    async with store.transaction() as tx:
        assert await imports.discard(tx, file)
        assert not await imports.discard(tx, file)
        assert not await imports.mark_applied(tx, file, {})
        stored = await imports.by_id(tx, file.id)
    assert stored is not None
    assert (stored.state, stored.draft) == ("dropped", FileDraft())


async def test_files_are_deleted_after_a_week(store: Store) -> None:
    """One that can still be applied stays."""
    file = await save(store)
    async with store.transaction() as tx:
        assert not await imports.has_old(tx, now=T0 + timedelta(days=6))
        assert await imports.has_old(tx, now=T0 + timedelta(days=8))
        assert await imports.forget(tx, now=T0 + timedelta(days=8)) == 1
        assert await imports.by_id(tx, file.id) is None


async def test_the_same_event_always_has_the_same_key(store: Store) -> None:
    """The secret is created once; a key does not contain the id."""
    async with store.transaction() as tx:
        first = (await imports.identity_hasher(tx))("event-1@example.org")
    async with store.transaction() as tx:
        hash_identity = await imports.identity_hasher(tx)
    assert hash_identity("event-1@example.org") == first
    assert hash_identity("event-2@example.org") != first
    assert "event" not in first
