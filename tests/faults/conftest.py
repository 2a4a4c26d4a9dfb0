"""The clinic that the faults happen in, with short pauses between retries."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sending import sender
from bot.telegram import messages
from bot.updates import poller, processor
from tests.stories.clinic import StoryClinic, open_clinic


@pytest.fixture(autouse=True)
def shorten_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pauses before retries and at the end: the tests wait for them in real time."""
    monkeypatch.setattr(poller, "FIRST_RETRY_SECONDS", 0.05)
    monkeypatch.setattr(poller, "MAX_RETRY_SECONDS", 0.5)
    monkeypatch.setattr(poller, "WATCH_INTERVAL_SECONDS", 0.1)
    monkeypatch.setattr(processor, "DATABASE_RETRY_PAUSES", (0.1, 0.2, 0.5))
    monkeypatch.setattr(processor, "SHUTDOWN_SECONDS", 1.0)
    monkeypatch.setattr(messages, "RETRY_PAUSES", (0.05, 0.1, 0.2))
    monkeypatch.setattr(sender, "DATABASE_RETRY_SECONDS", 0.1)


@pytest.fixture
async def clinic(tmp_path: Path, engine: str) -> AsyncIterator[StoryClinic]:
    """A clinic at ten on a Tuesday; its database is a file."""
    async with open_clinic(tmp_path) as opened:
        yield opened
