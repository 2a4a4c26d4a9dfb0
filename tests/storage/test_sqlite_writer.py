"""The one writer: who shares a commit, who is told when, and what a fault or a cancel leaves."""

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

TABLE = "CREATE TABLE kept (who INTEGER, place INTEGER)"


async def opened(path: Path) -> SqliteStore:
    """Open a file with one table."""
    store = await open_store(path)
    async with store.transaction() as tx:
        await tx.all("DROP TABLE IF EXISTS kept")
        await tx.all(TABLE)
    return store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "attune.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    """A file with one table, open."""
    store = await opened(path)
    yield store
    await store.close()


def on_disk(path: Path) -> dict[int, int]:
    """Return, as another process sees it, who has kept how many rows."""
    with closing(sqlite3.connect(path)) as other:
        return dict(other.execute("SELECT who, COUNT(*) FROM kept GROUP BY who").fetchall())


async def keep(store: SqliteStore, who: int, *, rows: int = 2, wait: int = 0) -> None:
    """Keep some rows together, letting the others run in between."""
    async with store.transaction() as tx:
        for place in range(rows):
            await tx.run("INSERT INTO kept VALUES (?, ?)", who, place)
            for _ in range(wait):
                await asyncio.sleep(0)


@contextmanager
def counted_commits(store: SqliteStore) -> Iterator[list[str]]:
    """Count what the writing connection commits."""
    commits: list[str] = []
    assert store._writer is not None
    direct = store._writer._connection.direct
    direct.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    yield commits
    direct.set_trace_callback(None)


async def test_who_waits_together_shares_a_commit(store: SqliteStore) -> None:
    """A hundred transactions at the same moment cost one flush of the disk."""
    with counted_commits(store) as commits:
        await asyncio.gather(*(keep(store, who) for who in range(100)))
    assert len(commits) == 1


async def test_nobody_is_told_before_it_is_on_disk(store: SqliteStore, path: Path) -> None:
    """Whoever leaves the block sees its rows through another connection, at once."""

    async def look(who: int) -> None:
        await asyncio.sleep(who / 10_000)
        await keep(store, who)
        assert on_disk(path)[who] == 2

    await asyncio.gather(*(look(who) for who in range(50)))


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
    """What was told done is kept, what failed is not, and what was cancelled is one of both."""
    asyncio.run(_all_or_nothing(path, acts))


async def _all_or_nothing(path: Path, acts: list[tuple[str, int, int, int]]) -> None:
    store = await opened(path)

    async def act(who: int, what: str, wait: int, begin: int) -> None:
        for _ in range(begin):
            await asyncio.sleep(0)
        async with store.transaction() as tx:
            for place in range(2):
                await tx.run("INSERT INTO kept VALUES (?, ?)", who, place)
                for _ in range(wait):
                    await asyncio.sleep(0)
            if what == "fail":
                raise LookupError

    async def cancel(task: asyncio.Task[None], after: int) -> None:
        for _ in range(after):
            await asyncio.sleep(0)
        task.cancel()

    tasks = [
        asyncio.create_task(act(who, what, wait, begin))
        for who, (what, wait, begin, _) in enumerate(acts)
    ]
    ends = [
        cancel(task, end)
        for task, (what, _, _, end) in zip(tasks, acts, strict=True)
        if what == "cancel"
    ]
    await asyncio.gather(*tasks, *ends, return_exceptions=True)
    await keep(store, 1000)  # the writer goes on
    await store.close()

    kept = on_disk(path)
    for who, (task, (what, *_)) in enumerate(zip(tasks, acts, strict=True)):
        if task.cancelled():
            assert kept.get(who, 0) in (0, 2)
        elif what == "fail":
            assert who not in kept
        else:
            assert kept[who] == 2
    with closing(sqlite3.connect(path, timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")  # nothing was left open
        other.rollback()


@pytest.mark.fault("another program locks the database")
async def test_a_locked_file_fails_who_waits_and_works_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process holds the file for too long: a plain error, and then all goes on."""
    monkeypatch.setattr(sqlite, "BUSY_MS", 20)
    store = await opened(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for outcome in await asyncio.gather(
            *(keep(store, who) for who in range(3)), return_exceptions=True
        ):
            assert isinstance(outcome, StoreUnavailable)
        other.execute("ROLLBACK")
    await keep(store, 7)
    await store.close()
    assert on_disk(path) == {7: 2}


async def test_a_full_disk_takes_nothing_and_works_again(store: SqliteStore, path: Path) -> None:
    """Who does not fit is told so; once there is room, the next one is kept."""
    async with store.transaction() as tx:
        [pages] = await tx.all("PRAGMA page_count")
        await tx.all(f"PRAGMA max_page_count = {pages['page_count']}")
    outcomes = await asyncio.gather(
        keep(store, 1, rows=5_000), keep(store, 2), return_exceptions=True
    )
    assert isinstance(outcomes[0], StoreUnavailable)
    kept = on_disk(path)
    assert 1 not in kept
    assert (2 in kept) == (outcomes[1] is None)
    async with store.transaction() as tx:
        await tx.all("PRAGMA max_page_count = 100000")
    await keep(store, 3, rows=5_000)
    assert on_disk(path)[3] == 5_000


async def test_a_transaction_that_was_taken_back_keeps_nothing_later(
    store: SqliteStore, path: Path
) -> None:
    """SQLite may take all back by itself: a statement after that is not kept on its own."""
    assert store._writer is not None
    direct = store._writer._connection.direct

    async def taken_back() -> None:
        async with store.transaction() as tx:
            await tx.run("INSERT INTO kept VALUES (1, 0)")
            direct.execute("ROLLBACK")
            with suppress(StoreUnavailable):
                await tx.run("INSERT INTO kept VALUES (1, 1)")

    with pytest.raises(StoreUnavailable):
        await taken_back()
    assert on_disk(path) == {}
    await keep(store, 2)
    assert on_disk(path) == {2: 2}


@pytest.mark.fault("a commit fails")
async def test_a_failing_commit_is_told_to_all_who_share_it(store: SqliteStore, path: Path) -> None:
    """A promise that only the commit breaks: nobody's rows are there, and nobody thinks so."""
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
        keep(store, 1), orphan(), keep(store, 2), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [sqlite3.IntegrityError] * 3
    assert on_disk(path) == {}
    await keep(store, 3)
    assert on_disk(path) == {3: 2}


async def test_a_wrong_statement_takes_only_its_own_transaction_back(
    store: SqliteStore, path: Path
) -> None:
    """It is a fault of ours, not of the disk: waiting for the disk would never end it."""

    async def wrong() -> None:
        async with store.transaction() as tx:
            await tx.run("INSERT INTO kept VALUES (9, 9)")
            await tx.run("INSERT INTO nowhere VALUES (1)")

    outcomes = await asyncio.gather(keep(store, 1), wrong(), return_exceptions=True)
    assert isinstance(outcomes[1], BadStatement)
    assert on_disk(path) == {1: 2}


async def test_a_transaction_that_has_ended_takes_nothing_more(store: SqliteStore) -> None:
    """A late statement would slip into somebody else's transaction; it is refused."""
    async with store.transaction() as tx:
        pass
    with pytest.raises(RuntimeError, match="has ended"):
        await tx.run("INSERT INTO kept VALUES (1, 1)")


async def test_a_long_transaction_lets_others_breathe(store: SqliteStore) -> None:
    """While a long import writes, the loop turns: polls and replies go on."""
    turns = 0

    async def breathe() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    breathing = asyncio.create_task(breathe())
    async with store.transaction() as tx:
        before = turns
        for place in range(2_000):
            await tx.run("INSERT INTO kept VALUES (1, ?)", place)
        assert turns - before > 2_000 / 100
    breathing.cancel()


async def test_closing_waits_for_who_is_under_way(path: Path) -> None:
    """What had begun when the store was closed is kept."""
    store = await opened(path)
    under_way = [asyncio.create_task(keep(store, who, wait=5)) for who in range(3)]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*under_way)
    assert on_disk(path) == {0: 2, 1: 2, 2: 2}


async def test_a_reader_sees_one_picture_and_cannot_write(store: SqliteStore) -> None:
    """What is written beside it shows up for the next reader only; its own writing is refused."""
    async with store.reading() as before:
        assert await before.all("SELECT who FROM kept") == []
        await keep(store, 1)
        assert await before.all("SELECT who FROM kept") == []
        with pytest.raises(StoreUnavailable):
            await before.all("DELETE FROM kept")
        with pytest.raises(StoreUnavailable):
            await before.run("DELETE FROM kept")
    async with store.reading() as after:
        assert len(await after.all("SELECT who FROM kept")) == 2


async def test_a_cancelled_reader_leaves_its_connection_whole(store: SqliteStore) -> None:
    """Cancelled in the middle of a long look, and again, it gives its connection back in order."""
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
        " SELECT COUNT(*) AS n FROM n"
    )

    async def look() -> None:
        async with store.reading() as tx:
            await tx.all(endless)

    for _ in range(2 * sqlite.READERS):
        looking = asyncio.create_task(look())
        for _ in range(2):
            for _ in range(3):
                await asyncio.sleep(0)
            looking.cancel()
        await asyncio.wait([looking])
        assert looking.cancelled()
    async with store.reading() as tx:
        assert await tx.all("SELECT who FROM kept") == []
