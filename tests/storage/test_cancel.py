"""Whoever is told to stop stops, also where a cancel was lost inside the driver."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from storage.database.open_database import open_database
from storage.database.tx import Store
from tests.databases import SEALING, an_address

pytestmark = pytest.mark.postgresql_only("its driver waits in a way that can lose a cancel")


async def loses_a_cancel(store: Store, is_inside: asyncio.Event) -> None:
    """Read for ever; forget the first cancel, as the driver does where it meets a reply."""
    while True:
        async with store.reading() as tx:
            await tx.one("SELECT 1 AS yes")
            with suppress(asyncio.CancelledError):
                is_inside.set()
                await asyncio.Event().wait()


async def test_a_lost_cancel_is_heeded_at_the_end_of_the_reading(tmp_path: Path) -> None:
    """One cancel is enough."""
    async with an_address(tmp_path, "postgresql") as address:
        store, is_inside = await open_database(address, sealing=SEALING), asyncio.Event()
        task = asyncio.create_task(loses_a_cancel(store, is_inside))
        await is_inside.wait()
        task.cancel()
        await asyncio.wait([task], timeout=20)
        assert task.cancelled()
        await store.close()
