"""A cancelled task stops, even if the driver swallows the cancellation."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from storage.database.open_database import open_database
from storage.database.tx import Store
from tests.databases import ENCRYPTION, fresh_database_address

pytestmark = pytest.mark.postgresql_only("its driver waits in a way that can lose a cancel")


async def lose_a_cancellation(store: Store, is_inside: asyncio.Event) -> None:
    """Read for ever; swallow the first cancellation, as the driver does when a reply arrives."""
    while True:
        async with store.read_transaction() as tx:
            await tx.one("SELECT 1 AS yes")
            with suppress(asyncio.CancelledError):
                is_inside.set()
                await asyncio.Event().wait()


async def test_a_swallowed_cancellation_is_raised_at_the_end_of_the_transaction(
    tmp_path: Path,
) -> None:
    """Cancelling once is enough."""
    async with fresh_database_address(tmp_path, "postgresql") as address:
        store, is_inside = await open_database(address, encryption=ENCRYPTION), asyncio.Event()
        task = asyncio.create_task(lose_a_cancellation(store, is_inside))
        await is_inside.wait()
        task.cancel()
        await asyncio.wait([task], timeout=20)
        assert task.cancelled()
        await store.close()
