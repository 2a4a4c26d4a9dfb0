"""The machine's clock jumps or is set back, or its time zone is not the clinic's."""

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.simulator import FaultKind
from tests.stories.clinic import (
    DROP_SCORES,
    StoryClinic,
    answer,
    last_text,
    open_clinic,
    wait_for_text,
)

pytestmark = pytest.mark.sqlite_only("the fault does not concern the database")

LONG = 60.0
NOTICE = "A check-in needs your attention."
YEAR = timedelta(days=365)


@pytest.mark.sqlite_only("a server is backed up by its own means")
@pytest.mark.fault("clock a year ahead, and set back")
async def test_a_clock_set_back_delays_neither_alerts_nor_backups(tmp_path: Path) -> None:
    """Waiting alerts are sent, backups are made every night, and coordinators are notified."""
    folder = tmp_path / "backups"
    database = f"sqlite:///{tmp_path / 'attune.db'}"
    async with open_clinic(
        tmp_path,
        ATTUNE_DATABASE=database,
        ATTUNE_BACKUP_FOLDER=str(folder),
        ATTUNE_BACKUPS_KEPT="1",
    ) as clinic:
        await clinic.run_steady_weeks()
        await clinic.pass_time(days=365)
        await clinic.ask()
        outage = clinic.telegram.faults.add(
            FaultKind.SERVER_ERROR, method="sendMessage", chat_id=clinic.therapist.id, times=None
        )
        await answer(clinic.patient, DROP_SCORES)
        await clinic.wait_until_put_back("alert", "NetworkError")
        await clinic.stop()
        clinic.clock.set_back(YEAR)
        clinic.telegram.faults.remove(outage)
        await clinic.start()
        await wait_for_text(clinic.coordinator, "The clock was set back by 8760 h 0 min.")
        await clinic.therapist.wait_until(lambda p: NOTICE in p.notifications, LONG)
        await clinic.pass_time(days=1)
        await clinic.pass_time()
        # the name of one in progress begins differently
        assert list(folder.glob("attune-2026*.backup"))


@pytest.mark.fault("clock a week ahead while a check-in is open")
async def test_a_clock_that_jumps_ahead_expires_open_check_ins(
    clinic: StoryClinic,
) -> None:
    """The check-in is recorded as expired, the patient is told, and the next one works."""
    await clinic.ask()
    await clinic.pass_time(days=7)
    [checkin] = await clinic.checkins("P-1")
    assert checkin["state"] == "expired"
    await wait_for_text(clinic.patient, "This check-in is closed.")
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    assert [one["state"] for one in await clinic.checkins("P-1")] == ["expired", "completed"]


@pytest.fixture
def far_east() -> Iterator[None]:
    """Set the machine's time zone to fourteen hours ahead of UTC."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Pacific/Kiritimati"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.fault("the machine's time zone is not the clinic's")
@pytest.mark.usefixtures("far_east")
async def test_the_machine_s_time_zone_does_not_matter(clinic: StoryClinic) -> None:
    """A plan for Tuesday 14:00 asks at 15:10 in the patient's time zone."""
    clinic.coordinator.say("/plan P-1 tue 14:00")
    await wait_for_text(clinic.coordinator, "14:00")
    clinic.coordinator.tap("Save")
    await wait_for_text(clinic.coordinator, "Saved")
    await clinic.pass_time(hours=5, minutes=8)
    assert "ready" not in last_text(clinic.patient)
    await clinic.pass_time(minutes=4)
    await wait_for_text(clinic.patient, "ready")
