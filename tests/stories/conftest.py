"""The clinic that the stories take place in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.clinic import Story, a_clinic

EVERYTHING = {"ATTUNE_PAGE_URL": "https://answers.example.org", "ATTUNE_COMMENTS": "true"}


@pytest.fixture
async def clinic(tmp_path: Path, engine: str) -> AsyncIterator[Story]:
    """A clinic at ten on a Tuesday; it ends with a look at what the simulator complains of.

    It has a page of its own, on which nobody answers yet, and patients may add a few words.
    """
    async with a_clinic(tmp_path, **EVERYTHING) as story:
        yield story
