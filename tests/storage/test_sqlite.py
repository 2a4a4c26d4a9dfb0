"""Transactions on a real file: shared commits, and each takes only itself back."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alliance.errors import StoreUnavailable, WrongSchema
from storage.database import updates
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
    """Return what stands in the database and its log."""
    return b"".join(path.read_bytes() for path in folder.glob("attune.db*"))


async def heard(store: SqliteStore) -> set[int]:
    """Return which updates are on disk."""
    async with store.reading() as tx:
        return {row["update_id"] for row in await tx.all("SELECT update_id FROM heard")}


async def hear(store: SqliteStore, update_id: int, *, fail: bool = False) -> None:
    """Keep one update, or fail after having written it."""
    async with store.transaction() as tx:
        await updates.hear(tx, update_id=update_id, chat=1, at=T0)
        if fail:
            raise LookupError


async def test_a_failing_transaction_takes_only_itself_back(store: SqliteStore) -> None:
    """Side by side with thirty others, each third one fails: the rest is kept."""
    await asyncio.gather(
        *(hear(store, number, fail=number % 3 == 0) for number in range(30)),
        return_exceptions=True,
    )
    assert await heard(store) == {number for number in range(30) if number % 3}


async def test_a_cancelled_reading_leaves_its_connection_clean(store: SqliteStore) -> None:
    """Whoever is cancelled while a reading begins leaves no transaction open to the next."""
    tasks = [asyncio.create_task(heard(store)) for _ in range(8)]
    for task in tasks:
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.wait(tasks)
    for _ in range(4):
        assert await heard(store) == set()


async def test_a_cancelled_transaction_leaves_the_others_whole(store: SqliteStore) -> None:
    """Whoever is cancelled while waiting or writing neither blocks nor loses the others."""
    tasks = [asyncio.create_task(hear(store, number)) for number in range(40)]
    for turn, task in enumerate(tasks):
        if turn % 4 == 0:
            await asyncio.sleep(0)
            task.cancel()
    await asyncio.wait(tasks)
    done = {number for number, task in enumerate(tasks) if not task.cancelled()}
    assert done <= await heard(store)
    await asyncio.wait_for(hear(store, 1000), 5)


async def test_readers_cannot_write(store: SqliteStore) -> None:
    """A reading connection refuses a write."""
    with pytest.raises(StoreUnavailable):
        async with store.reading() as tx:
            await updates.hear(tx, update_id=1, chat=1, at=T0)


def test_a_newer_schema_is_refused() -> None:
    """A database from a newer program is left alone."""
    with pytest.raises(WrongSchema, match="update the program"):
        check_schema(9, 1)


async def test_what_was_deleted_is_in_no_file_after_settling(
    store: SqliteStore, tmp_path: Path
) -> None:
    """Neither the database nor its log holds it, and whoever writes at that moment is kept."""
    async with store.transaction() as tx:
        await updates.learn(tx, name="SECRET-NAME", value="SECRET-VALUE")
    async with store.transaction() as tx:
        await tx.run("DELETE FROM facts WHERE name = 'SECRET-NAME'")
    assert b"SECRET" in bytes_in(tmp_path)

    await asyncio.gather(
        *(hear(store, number) for number in range(20)),
        store.settle(),
        *(hear(store, number) for number in range(20, 40)),
        store.settle(),
    )
    await store.settle()

    assert b"SECRET" not in bytes_in(tmp_path)
    assert await heard(store) == set(range(40))


async def test_a_fresh_file_may_be_opened_by_two_at_once(tmp_path: Path) -> None:
    """`attune invite` beside a bot that is just starting: whoever comes second waits."""
    other = sqlite3.connect(tmp_path / "attune.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")  # SQLite refuses to turn the file at once, without waiting
    opening = asyncio.create_task(open_store(tmp_path / "attune.db"))
    done, _ = await asyncio.wait([opening], timeout=0.2)
    assert not done
    other.execute("COMMIT")
    store = await opening
    await migrate(store, now=T0)
    await hear(store, 1)
    assert await heard(store) == {1}
    await store.close()
    other.close()
