"""The clinic of the handler tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.handlers.clinic import HandlerClinic, open_handler_clinic


@pytest.fixture
async def clinic(tmp_path: Path, engine: str) -> AsyncIterator[HandlerClinic]:
    """A clinic at ten on a Tuesday with C-1, T-1 and P-1."""
    async with open_handler_clinic(tmp_path, ATTUNE_PAGE_URL="https://answers.example.org") as it:
        yield it
