"""Transactions on a real file: they share commits, and each rolls back only itself."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alliance.errors import StoreUnavailable, WrongSchema
from storage.database import key_values, updates
from storage.database.sqlite import SqliteStore, open_store
from storage.maintenance.migrate import check_schema, migrate

pytestmark = pytest.mark.sqlite_only("its locks, its files and its readers")

T0 = datetime(2026, 3, 3, 10, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """An empty database."""
    opened = await open_store(tmp_path / "attune.db")
    await migrate(opened, now=T0)
    yield opened
    await opened.close()


def bytes_in(folder: Path) -> bytes:
    """Return the bytes of the database and its log."""
    return b"".join(path.read_bytes() for path in folder.glob("attune.db*"))


async def processed(store: SqliteStore) -> set[int]:
    """Return which updates are on disk."""
    async with store.read_transaction() as tx:
        return {row["update_id"] for row in await tx.all("SELECT update_id FROM processed_updates")}


async def record(store: SqliteStore, update_id: int, *, fail: bool = False) -> None:
    """Record one update, or fail after having written it."""
    async with store.transaction() as tx:
        await updates.record_update(tx, update_id=update_id, chat=1, at=T0)
        if fail:
            raise LookupError


async def test_a_failing_transaction_rolls_back_only_itself(store: SqliteStore) -> None:
    """Of thirty transactions at once, every third one fails; the others are saved."""
    await asyncio.gather(
        *(record(store, number, fail=number % 3 == 0) for number in range(30)),
        return_exceptions=True,
    )
    assert await processed(store) == {number for number in range(30) if number % 3}


async def test_a_cancelled_read_leaves_its_connection_clean(store: SqliteStore) -> None:
    """A read that is cancelled while it begins leaves no transaction open."""
    tasks = [asyncio.create_task(processed(store)) for _ in range(8)]
    for task in tasks:
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.wait(tasks)
    for _ in range(4):
        assert await processed(store) == set()


async def test_a_cancelled_transaction_does_not_affect_the_others(store: SqliteStore) -> None:
    """A transaction cancelled while it waits or writes neither blocks nor loses the others."""
    tasks = [asyncio.create_task(record(store, number)) for number in range(40)]
    for number, task in enumerate(tasks):
        if number % 4 == 0:
            await asyncio.sleep(0)
            task.cancel()
    await asyncio.wait(tasks)
    done = {number for number, task in enumerate(tasks) if not task.cancelled()}
    assert done <= await processed(store)
    await asyncio.wait_for(record(store, 1000), 5)


async def test_readers_cannot_write(store: SqliteStore) -> None:
    """A reading connection refuses a write."""
    with pytest.raises(StoreUnavailable):
        async with store.read_transaction() as tx:
            await updates.record_update(tx, update_id=1, chat=1, at=T0)


def test_a_newer_schema_is_refused() -> None:
    """A newer program's database is left as it is."""
    with pytest.raises(WrongSchema, match="update the program"):
        check_schema(9, 1)


async def test_deleted_data_is_in_no_file_after_purging(store: SqliteStore, tmp_path: Path) -> None:
    """Neither the database nor its log contains it, and what is written meanwhile is saved."""
    async with store.transaction() as tx:
        await key_values.set_value(tx, name="SECRET-NAME", value="SECRET-VALUE")
    async with store.transaction() as tx:
        await tx.run("DELETE FROM key_values WHERE name = 'SECRET-NAME'")
    assert b"SECRET" in bytes_in(tmp_path)

    await asyncio.gather(
        *(record(store, number) for number in range(20)),
        store.purge_deleted(),
        *(record(store, number) for number in range(20, 40)),
        store.purge_deleted(),
    )
    await store.purge_deleted()

    assert b"SECRET" not in bytes_in(tmp_path)
    assert await processed(store) == set(range(40))


async def test_two_processes_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    """`attune invite` beside a bot that is just starting: the second one waits."""
    other = sqlite3.connect(tmp_path / "attune.db", isolation_level=None)
    other.execute(
        "BEGIN IMMEDIATE"
    )  # SQLite refuses to switch the journal mode at once, without waiting
    opening = asyncio.create_task(open_store(tmp_path / "attune.db"))
    done, _ = await asyncio.wait([opening], timeout=0.2)
    assert not done
    other.execute("COMMIT")
    store = await opening
    await migrate(store, now=T0)
    await record(store, 1)
    assert await processed(store) == {1}
    await store.close()
    other.close()
