"""Leader election and worker liveness; and a bot waits for a database server that starts late."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alliance.errors import StoreUnavailable
from storage.database import open_database as database_open_database
from storage.database import postgres, updates
from storage.database.open_database import open_database, open_with_retries, worker_locks_for
from storage.database.worker_locks import PostgresWorkers, SingleWorker, WorkerLocks
from storage.maintenance.migrate import migrate
from tests import servers
from tests.databases import ENCRYPTION, fresh_database_address, query_rows
from tests.waiting import wait_until

pytestmark = pytest.mark.postgresql_only("workers share a server")

CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND datname = current_database()"
)

WAITING = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
T0 = datetime(2026, 3, 3, 10, tzinfo=UTC)


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    """An empty database on a PostgreSQL server."""
    async with fresh_database_address(tmp_path, "postgresql", is_empty=True) as given:
        yield given


async def wait_until_leader(worker_locks: WorkerLocks) -> None:
    """Wait until a worker is the leader; the server takes a while to end another's session."""
    await wait_until(worker_locks.is_leader)


async def test_one_worker_is_the_leader_until_it_stops(address: str) -> None:
    """Asking again changes nothing; then the next one takes over."""
    first, second = PostgresWorkers(address), PostgresWorkers(address)
    assert await first.is_leader()
    assert await first.is_leader()
    assert not await second.is_leader()
    await first.close()
    await wait_until_leader(second)
    await second.close()


async def test_dead_workers_are_known(address: str) -> None:
    """A worker is alive from its first query until it stops."""
    first, second = PostgresWorkers(address), PostgresWorkers(address)
    await first.is_leader()
    await second.is_leader()
    both = [first.worker, second.worker]
    assert await first.dead_workers([*both, 0]) == {0}
    await second.close()

    async def second_is_dead() -> bool:
        return await first.dead_workers(both) == {second.worker}

    await wait_until(second_is_dead)
    await first.close()


async def test_only_one_ticks_at_a_time(address: str) -> None:
    """Even if a worker was woken that is not the leader."""
    first, second = PostgresWorkers(address), PostgresWorkers(address)
    async with first.tick_lock() as is_first:
        assert is_first
        async with second.tick_lock() as is_second:
            assert not is_second
    async with second.tick_lock() as is_second:
        assert is_second
    await first.close()
    await second.close()


async def test_a_lost_connection_ends_the_leadership(address: str) -> None:
    """A disconnected worker knows that it is no longer the leader, and reconnects."""
    first, second = PostgresWorkers(address), PostgresWorkers(address)
    assert await first.is_leader()
    await asyncio.to_thread(query_rows, address, CUT)
    await wait_until_leader(second)
    assert not await first.is_leader()
    assert not await first.is_leader()
    assert await second.dead_workers([first.worker]) == frozenset()
    await first.close()
    await second.close()


async def test_updates_of_one_chat_wait_for_each_other_across_workers(address: str) -> None:
    """While one worker processes a chat's update, that chat's next one waits at another worker."""
    first = await open_database(address, encryption=ENCRYPTION)
    second = await open_database(address, encryption=ENCRYPTION)
    await migrate(first, now=T0)

    async def record(update_id: int, chat: int) -> bool:
        async with second.transaction() as tx:
            return await updates.record_update(tx, update_id=update_id, chat=chat, at=T0)

    async with first.transaction() as tx:
        assert await updates.record_update(tx, update_id=1, chat=5, at=T0)
        same_chat = asyncio.create_task(record(2, 5))
        repeated = asyncio.create_task(record(1, 5))
        await wait_until(lambda: query_rows(address, WAITING) == [(2,)])
        assert await record(3, 6)
        assert not same_chat.done()
    assert await same_chat
    assert not await repeated
    await first.close()
    await second.close()


async def test_on_sqlite_all_other_workers_are_dead(tmp_path: Path) -> None:
    """There is one process: it takes over whatever another one was doing."""
    alone = worker_locks_for(f"sqlite:///{tmp_path / 'attune.db'}")
    assert isinstance(alone, SingleWorker)
    assert await alone.is_leader()
    assert await alone.dead_workers([0, 7, alone.worker]) == {0, 7}
    await alone.close()


async def test_a_server_that_starts_later_is_waited_for(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database does not exist yet, then it does."""
    monkeypatch.setattr(postgres, "OPENING_SECONDS", 0.2)
    monkeypatch.setattr(database_open_database, "MAX_WAIT_SECONDS", 60.0)
    monkeypatch.setattr(database_open_database, "RETRY_SECONDS", 0.01)
    name = address.partition("@/")[2].partition("?")[0]
    await asyncio.to_thread(servers.drop_database, name)
    task = asyncio.create_task(open_with_retries(address, encryption=ENCRYPTION))
    with pytest.raises(StoreUnavailable):
        await postgres.open_postgres(address, encryption=ENCRYPTION)
    assert not task.done()
    await asyncio.to_thread(servers.execute, f'CREATE DATABASE "{name}"')
    await (await asyncio.wait_for(task, 60)).close()
