"""The clinic in which stories take place."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.clinic import StoryClinic, open_clinic

EVERYTHING = {"ATTUNE_PAGE_URL": "https://answers.example.org", "ATTUNE_COMMENTS": "true"}


@pytest.fixture
async def clinic(tmp_path: Path, engine: str) -> AsyncIterator[StoryClinic]:
    """A clinic at ten on a Tuesday.

    It has an answer page, which nobody uses yet, and patients may add comments.
    """
    async with open_clinic(tmp_path, **EVERYTHING) as story:
        yield story
