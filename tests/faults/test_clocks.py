"""The clock of the machine jumps, is set back, or stands in another zone."""

import asyncio
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.simulator import FaultKind
from tests.stories.clinic import A_DROP, Story, a_clinic, answer, said, seen

pytestmark = pytest.mark.sqlite_only("these faults strike files, and bots beside them")

LONG = 60.0
NOTICE = "A check-in needs your attention."
YEAR = timedelta(days=365)


@pytest.mark.sqlite_only("a server is backed up by its own means")
@pytest.mark.fault("clock a year ahead, and set back")
async def test_a_clock_set_back_holds_up_neither_alerts_nor_backups(tmp_path: Path) -> None:
    """What waited for the wrong time leaves; a backup is made each night; people are told."""
    folder = tmp_path / "backups"
    database = f"sqlite:///{tmp_path / 'attune.db'}"
    async with a_clinic(
        tmp_path,
        ATTUNE_DATABASE=database,
        ATTUNE_BACKUP_FOLDER=str(folder),
        ATTUNE_BACKUPS_KEPT="1",
    ) as clinic:
        await clinic.steady_weeks()
        await clinic.pass_time(days=365)
        await clinic.ask()
        held = clinic.telegram.faults.add(
            FaultKind.SERVER_ERROR, method="sendMessage", chat_id=clinic.therapist.id, times=None
        )
        await answer(clinic.patient, A_DROP)
        await clinic.until_letter("alert", "NetworkError")
        await clinic.stop()
        clinic.timepiece.set_back(YEAR)
        clinic.telegram.faults.lift(held)
        await clinic.start()
        await seen(clinic.coordinator, "The clock was set back by 8760 h 0 min.")
        await clinic.therapist.until(lambda p: NOTICE in p.notifications, LONG)
        await clinic.pass_time(days=1)
        await clinic.pass_time()
        # one that is being made beside it has no such name yet
        assert list(folder.glob("attune-2026*.backup"))


@pytest.mark.fault("clock a week ahead while a question is open")
async def test_a_clock_that_jumps_ahead_closes_what_is_over_and_says_so(clinic: Story) -> None:
    """A question whose time is over is noted as expired, not lost; a late tap is told."""
    await clinic.ask()
    await clinic.pass_time(days=7)
    [checkin] = await clinic.checkins("P-1")
    assert checkin["state"] == "expired"
    await seen(clinic.patient, "This check-in is closed.")
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    assert [one["state"] for one in await clinic.checkins("P-1")] == ["expired", "completed"]


@pytest.fixture
def far_east() -> Iterator[None]:
    """A machine whose own zone is fourteen hours ahead, from one moment to the next."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Pacific/Kiritimati"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.fault("the machine stands in another zone than the clinic")
@pytest.mark.usefixtures("far_east")
async def test_the_machine_s_own_zone_means_nothing(clinic: Story) -> None:
    """A plan of Tuesday 14:00 asks at 15:10 where the patient is, wherever the server stands."""
    clinic.coordinator.say("/plan P-1 tue 14:00")
    await seen(clinic.coordinator, "14:00")
    clinic.coordinator.tap("Save")
    await clinic.coordinator.until(lambda p: "Saved" in said(p) or "kept" in said(p).lower())
    await asyncio.sleep(0)
    await clinic.pass_time(hours=5, minutes=8)
    assert "ready" not in said(clinic.patient)
    await clinic.pass_time(minutes=4)
    await seen(clinic.patient, "ready")
