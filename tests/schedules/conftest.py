"""Fixtures for tests of the scheduler."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.schedules.scheduler_clinic import SchedulerClinic, open_scheduler_clinic


@pytest_asyncio.fixture
async def clinic(tmp_path: Path, engine: str) -> AsyncIterator[SchedulerClinic]:
    """A clinic without people, on a Monday morning."""
    async with open_scheduler_clinic(tmp_path) as opened:
        yield opened
