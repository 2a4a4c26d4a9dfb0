"""Who is on duty: one keeps the clock, the others know who lives; a late server is waited for."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alliance.errors import StoreUnavailable
from storage.database import open_database as database_open_database
from storage.database import postgres, updates
from storage.database.open_database import duty_on, open_database, open_patiently
from storage.database.worker_locks import Alone, Duty, Shared
from storage.maintenance.migrate import migrate
from tests import servers
from tests.databases import SEALING, an_address, rows_of
from tests.waiting import until

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
    async with an_address(tmp_path, "postgresql", is_empty=True) as given:
        yield given


async def takes_over(duty: Duty) -> None:
    """Wait until a worker keeps the clock; the server ends another's session in its own time."""
    await until(duty.leads)


async def test_one_keeps_the_clock_until_it_goes(address: str) -> None:
    """Asking again changes nothing; the next one takes over."""
    first, second = Shared(address), Shared(address)
    assert await first.leads()
    assert await first.leads()
    assert not await second.leads()
    await first.close()
    await takes_over(second)
    await second.close()


async def test_who_has_gone_is_known(address: str) -> None:
    """A number is on duty from a worker's first look until its end."""
    first, second = Shared(address), Shared(address)
    await first.leads()
    await second.leads()
    both = [first.worker, second.worker]
    assert await first.gone([*both, 0]) == {0}
    await second.close()

    async def second_is_missed() -> bool:
        return await first.gone(both) == {second.worker}

    await until(second_is_missed)
    await first.close()


async def test_only_one_ticks_at_a_time(address: str) -> None:
    """Also where a worker was rung that does not keep the clock."""
    first, second = Shared(address), Shared(address)
    async with first.ticking() as mine:
        assert mine
        async with second.ticking() as theirs:
            assert not theirs
    async with second.ticking() as theirs:
        assert theirs
    await first.close()
    await second.close()


async def test_a_cut_connection_is_no_duty(address: str) -> None:
    """Whoever was cut off does not believe that it still keeps the clock, and comes back."""
    first, second = Shared(address), Shared(address)
    assert await first.leads()
    await asyncio.to_thread(rows_of, address, CUT)
    await takes_over(second)
    assert not await first.leads()
    assert not await first.leads()
    assert await second.gone([first.worker]) == frozenset()
    await first.close()
    await second.close()


async def test_updates_of_one_chat_wait_for_each_other_across_workers(address: str) -> None:
    """While one worker has a chat's update in hand, another keeps that chat's next one waiting."""
    first = await open_database(address, sealing=SEALING)
    second = await open_database(address, sealing=SEALING)
    await migrate(first, now=T0)

    async def hear(update_id: int, chat: int) -> bool:
        async with second.transaction() as tx:
            return await updates.hear(tx, update_id=update_id, chat=chat, at=T0)

    async with first.transaction() as tx:
        assert await updates.hear(tx, update_id=1, chat=5, at=T0)
        the_same = asyncio.create_task(hear(2, 5))
        repeated = asyncio.create_task(hear(1, 5))
        await until(lambda: rows_of(address, WAITING) == [(2,)])
        assert await hear(3, 6)
        assert not the_same.done()
    assert await the_same
    assert not await repeated
    await first.close()
    await second.close()


async def test_on_a_file_everybody_else_has_gone(tmp_path: Path) -> None:
    """There is one process: what another one had in hand is its own."""
    alone = duty_on(f"sqlite:///{tmp_path / 'attune.db'}")
    assert isinstance(alone, Alone)
    assert await alone.leads()
    assert await alone.gone([0, 7, alone.worker]) == {0, 7}
    await alone.close()


async def test_a_server_that_comes_later_is_waited_for(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is not there yet, then it is."""
    monkeypatch.setattr(postgres, "OPENING_SECONDS", 0.2)
    monkeypatch.setattr(database_open_database, "WAITED_SECONDS", 60.0)
    monkeypatch.setattr(database_open_database, "BETWEEN_SECONDS", 0.01)
    name = address.partition("@/")[2].partition("?")[0]
    await asyncio.to_thread(servers.drop, name)
    task = asyncio.create_task(open_patiently(address, sealing=SEALING))
    with pytest.raises(StoreUnavailable):
        await postgres.open_postgres(address, sealing=SEALING)
    assert not task.done()
    await asyncio.to_thread(servers.carry_out, f'CREATE DATABASE "{name}"')
    await (await asyncio.wait_for(task, 60)).close()
