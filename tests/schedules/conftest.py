"""What tests of the clock share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.schedules.surgery import Surgery, a_surgery


@pytest_asyncio.fixture
async def surgery(tmp_path: Path, engine: str) -> AsyncIterator[Surgery]:
    """A practice without people, on a Monday morning."""
    async with a_surgery(tmp_path) as opened:
        yield opened
