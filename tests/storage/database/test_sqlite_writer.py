"""The writer: shared commits, when a transaction is done, and what faults and cancellations do."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance.errors import StoreUnavailable
from storage.database import sqlite
from storage.database.sqlite import SqliteStore, open_store
from storage.database.tx import BadStatement

pytestmark = pytest.mark.sqlite_only("one writer whose transactions share commits")

TABLE = "CREATE TABLE saved (writer INTEGER, place INTEGER)"


async def open_with_table(path: Path) -> SqliteStore:
    """Open a file with one table."""
    store = await open_store(path)
    async with store.transaction() as tx:
        await tx.all("DROP TABLE IF EXISTS saved")
        await tx.all(TABLE)
    return store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "attune.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    """A file with one table, open."""
    store = await open_with_table(path)
    yield store
    await store.close()


def on_disk(path: Path) -> dict[int, int]:
    """Return, as another process sees it, how many rows each writer has saved."""
    with closing(sqlite3.connect(path)) as other:
        return dict(other.execute("SELECT writer, COUNT(*) FROM saved GROUP BY writer").fetchall())


async def save(store: SqliteStore, writer: int, *, rows: int = 2, wait: int = 0) -> None:
    """Save some rows together, letting others run in between."""
    async with store.transaction() as tx:
        for place in range(rows):
            await tx.run("INSERT INTO saved VALUES (?, ?)", writer, place)
            for _ in range(wait):
                await asyncio.sleep(0)


@contextmanager
def count_commits(store: SqliteStore) -> Iterator[list[str]]:
    """List the commits of the writing connection."""
    commits: list[str] = []
    assert store._writer is not None
    direct = store._writer._connection.direct
    direct.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    yield commits
    direct.set_trace_callback(None)


async def test_waiting_transactions_share_a_commit(store: SqliteStore) -> None:
    """A hundred transactions at the same moment cost one flush to disk."""
    with count_commits(store) as commits:
        await asyncio.gather(*(save(store, writer) for writer in range(100)))
    assert len(commits) == 1


async def test_a_transaction_is_done_only_once_it_is_on_disk(
    store: SqliteStore, path: Path
) -> None:
    """After the block, another connection sees its rows at once."""

    async def look(writer: int) -> None:
        await asyncio.sleep(writer / 10_000)
        await save(store, writer)
        assert on_disk(path)[writer] == 2

    await asyncio.gather(*(look(writer) for writer in range(50)))


acts = st.lists(
    st.tuples(
        st.sampled_from(["keep", "keep", "fail", "cancel"]),
        st.integers(min_value=0, max_value=3),  # turns of the loop between two rows
        st.integers(min_value=0, max_value=12),  # turns of the loop until it begins
        st.integers(min_value=0, max_value=12),  # and until it is cancelled
    ),
    min_size=1,
    max_size=25,
)


@given(acts)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.fault("transactions fail or are cancelled at any moment")
def test_all_or_nothing_whoever_fails_or_is_cancelled_when(
    path: Path, acts: list[tuple[str, int, int, int]]
) -> None:
    """What succeeded is saved, what failed is not, and what was cancelled is either, never half."""
    asyncio.run(_all_or_nothing(path, acts))


async def _all_or_nothing(path: Path, acts: list[tuple[str, int, int, int]]) -> None:
    store = await open_with_table(path)

    async def act(writer: int, what: str, wait: int, begin: int) -> None:
        for _ in range(begin):
            await asyncio.sleep(0)
        async with store.transaction() as tx:
            for place in range(2):
                await tx.run("INSERT INTO saved VALUES (?, ?)", writer, place)
                for _ in range(wait):
                    await asyncio.sleep(0)
            if what == "fail":
                raise LookupError

    async def cancel(task: asyncio.Task[None], after: int) -> None:
        for _ in range(after):
            await asyncio.sleep(0)
        task.cancel()

    tasks = [
        asyncio.create_task(act(writer, what, wait, begin))
        for writer, (what, wait, begin, _) in enumerate(acts)
    ]
    ends = [
        cancel(task, end)
        for task, (what, _, _, end) in zip(tasks, acts, strict=True)
        if what == "cancel"
    ]
    await asyncio.gather(*tasks, *ends, return_exceptions=True)
    await save(store, 1000)  # the writer continues
    await store.close()

    saved = on_disk(path)
    for writer, (task, (what, *_)) in enumerate(zip(tasks, acts, strict=True)):
        if task.cancelled():
            assert saved.get(writer, 0) in (0, 2)
        elif what == "fail":
            assert writer not in saved
        else:
            assert saved[writer] == 2
    with closing(sqlite3.connect(path, timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")  # nothing was left open
        other.rollback()


@pytest.mark.fault("another program locks the database")
async def test_a_locked_file_fails_who_waits_and_works_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process locks the file for too long: a clear error, and then all works again."""
    monkeypatch.setattr(sqlite, "BUSY_MS", 20)
    store = await open_with_table(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for outcome in await asyncio.gather(
            *(save(store, writer) for writer in range(3)), return_exceptions=True
        ):
            assert isinstance(outcome, StoreUnavailable)
        other.execute("ROLLBACK")
    await save(store, 7)
    await store.close()
    assert on_disk(path) == {7: 2}


async def test_a_full_disk_takes_nothing_and_works_again(store: SqliteStore, path: Path) -> None:
    """What does not fit causes an error; once there is room, the next transaction is saved."""
    async with store.transaction() as tx:
        [pages] = await tx.all("PRAGMA page_count")
        await tx.all(f"PRAGMA max_page_count = {pages['page_count']}")
    outcomes = await asyncio.gather(
        save(store, 1, rows=5_000), save(store, 2), return_exceptions=True
    )
    assert isinstance(outcomes[0], StoreUnavailable)
    saved = on_disk(path)
    assert 1 not in saved
    assert (2 in saved) == (outcomes[1] is None)
    async with store.transaction() as tx:
        await tx.all("PRAGMA max_page_count = 100000")
    await save(store, 3, rows=5_000)
    assert on_disk(path)[3] == 5_000


async def test_a_rolled_back_transaction_saves_nothing_later(
    store: SqliteStore, path: Path
) -> None:
    """SQLite may roll back by itself: a statement after that is not saved on its own."""
    assert store._writer is not None
    direct = store._writer._connection.direct

    async def rolled_back() -> None:
        async with store.transaction() as tx:
            await tx.run("INSERT INTO saved VALUES (1, 0)")
            direct.execute("ROLLBACK")
            with suppress(StoreUnavailable):
                await tx.run("INSERT INTO saved VALUES (1, 1)")

    with pytest.raises(StoreUnavailable):
        await rolled_back()
    assert on_disk(path) == {}
    await save(store, 2)
    assert on_disk(path) == {2: 2}


@pytest.mark.fault("a commit fails")
async def test_a_failing_commit_is_told_to_all_who_share_it(store: SqliteStore, path: Path) -> None:
    """A constraint that only the commit checks: no rows are saved, and every transaction fails."""
    async with store.transaction() as tx:
        await tx.all("CREATE TABLE parents (id INTEGER PRIMARY KEY)")
        await tx.all(
            "CREATE TABLE children"
            " (parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED)"
        )

    async def orphan() -> None:
        async with store.transaction() as tx:
            await tx.run("INSERT INTO children VALUES (1)")

    outcomes = await asyncio.gather(
        save(store, 1), orphan(), save(store, 2), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [sqlite3.IntegrityError] * 3
    assert on_disk(path) == {}
    await save(store, 3)
    assert on_disk(path) == {3: 2}


async def test_a_wrong_statement_rolls_back_only_its_own_transaction(
    store: SqliteStore, path: Path
) -> None:
    """It is our fault, not the disk's: waiting would not help."""

    async def wrong() -> None:
        async with store.transaction() as tx:
            await tx.run("INSERT INTO saved VALUES (9, 9)")
            await tx.run("INSERT INTO nowhere VALUES (1)")

    outcomes = await asyncio.gather(save(store, 1), wrong(), return_exceptions=True)
    assert isinstance(outcomes[1], BadStatement)
    assert on_disk(path) == {1: 2}


async def test_a_finished_transaction_refuses_further_statements(store: SqliteStore) -> None:
    """A late statement would become part of another transaction."""
    async with store.transaction() as tx:
        pass
    with pytest.raises(RuntimeError, match="has ended"):
        await tx.run("INSERT INTO saved VALUES (1, 1)")


async def test_a_long_transaction_lets_others_run(store: SqliteStore) -> None:
    """While a long import writes, the event loop runs: polling and replies continue."""
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count_turns())
    async with store.transaction() as tx:
        before = turns
        for place in range(2_000):
            await tx.run("INSERT INTO saved VALUES (1, ?)", place)
        assert turns - before > 2_000 / 100
    counting.cancel()


async def test_closing_waits_for_running_transactions(path: Path) -> None:
    """What had begun when the store was closed is saved."""
    store = await open_with_table(path)
    running = [asyncio.create_task(save(store, writer, wait=5)) for writer in range(3)]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*running)
    assert on_disk(path) == {0: 2, 1: 2, 2: 2}
