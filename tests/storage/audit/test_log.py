"""The audit log: numbered without gaps, read newest first, saved only with its change."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from storage.audit import audit_log
from storage.database.tx import Store
from tests.databases import open_fresh_store

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest_asyncio.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A fresh database."""
    async with open_fresh_store(tmp_path, at=T0) as opened:
        yield opened


async def test_lines_are_numbered_and_newest_first(store: Store) -> None:
    """They are read back as they were written."""
    async with store.transaction() as tx:
        await audit_log.record(tx, actor_id="c", action="person.invited", subject_id="p", at=T0)
        await audit_log.record(
            tx, actor_id="c", action="plan.set", subject_id="p", after={"day": "TU"}, at=T0
        )
    async with store.read_transaction() as tx:
        lines = await audit_log.for_coordinators(tx, person_id=None, below=None, limit=10)
        about = await audit_log.for_coordinators(tx, person_id="p", below=None, limit=1)
    assert [(line.number, line.action, line.after) for line in lines] == [
        (2, "plan.set", {"day": "TU"}),
        (1, "person.invited", None),
    ]
    assert about[0] == lines[0]


async def test_a_change_that_fails_leaves_no_line(store: Store) -> None:
    """The line and the change are one transaction."""

    async def failing() -> None:
        async with store.transaction() as tx:
            await audit_log.record(tx, actor_id="c", action="plan.set", at=T0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await failing()
    async with store.read_transaction() as tx:
        assert await audit_log.by_number(tx, 1) is None
