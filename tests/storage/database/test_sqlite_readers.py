"""Readers: each sees one snapshot, cannot write, and returns its connection in order."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alliance.errors import StoreUnavailable
from storage.database import sqlite
from storage.database.sqlite import SqliteStore, open_store

pytestmark = pytest.mark.sqlite_only("one writer whose transactions share commits")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A file with one table, open."""
    store = await open_store(tmp_path / "attune.db")
    async with store.transaction() as tx:
        await tx.all("CREATE TABLE saved (writer INTEGER, place INTEGER)")
    yield store
    await store.close()


async def save(store: SqliteStore, writer: int) -> None:
    """Save two rows together."""
    async with store.transaction() as tx:
        for place in range(2):
            await tx.run("INSERT INTO saved VALUES (?, ?)", writer, place)


async def test_a_reader_sees_one_snapshot_and_cannot_write(store: SqliteStore) -> None:
    """Only the next reader sees what is written meanwhile; a reader's own writes are refused."""
    async with store.read_transaction() as before:
        assert await before.all("SELECT writer FROM saved") == []
        await save(store, 1)
        assert await before.all("SELECT writer FROM saved") == []
        with pytest.raises(StoreUnavailable):
            await before.all("DELETE FROM saved")
        with pytest.raises(StoreUnavailable):
            await before.run("DELETE FROM saved")
    async with store.read_transaction() as after:
        assert len(await after.all("SELECT writer FROM saved")) == 2


async def test_a_cancelled_reader_returns_its_connection(store: SqliteStore) -> None:
    """Cancelled during a long query, and again, it returns its connection in order."""
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
        " SELECT COUNT(*) AS n FROM n"
    )

    async def look() -> None:
        async with store.read_transaction() as tx:
            await tx.all(endless)

    for _ in range(2 * sqlite.READERS):
        looking = asyncio.create_task(look())
        for _ in range(2):
            for _ in range(3):
                await asyncio.sleep(0)
            looking.cancel()
        await asyncio.wait([looking])
        assert looking.cancelled()
    async with store.read_transaction() as tx:
        assert await tx.all("SELECT writer FROM saved") == []
