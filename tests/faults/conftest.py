"""The clinic that the faults strike; its database is a file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.clinic import Story, a_clinic


@pytest.fixture
async def clinic(tmp_path: Path, engine: str) -> AsyncIterator[Story]:
    """A clinic at ten on a Tuesday."""
    async with a_clinic(tmp_path) as story:
        yield story
