"""The disk becomes read-only, as after a disk error."""

from pathlib import Path

import pytest

from storage.database.sqlite import SqliteStore
from tests.faults.disks import Disk, failing_disk
from tests.faults.readiness import readiness_problems
from tests.faults.test_disks import LONG, NO_ROOM
from tests.stories.clinic import StoryClinic, answer, last_text, open_clinic

pytestmark = pytest.mark.sqlite_only("the disk that its file is on")


@pytest.mark.fault("read-only disk")
async def test_a_tap_waits_on_a_read_only_disk(tmp_path: Path) -> None:
    """It is not reported as saved; once the disk is repaired, it counts, and nothing is lost."""
    with failing_disk(tmp_path / "disk", tmp_path / "image") as disk:
        database = f"sqlite:///{tmp_path / 'disk' / 'attune.db'}"
        async with open_clinic(tmp_path / "disk", ATTUNE_DATABASE=database) as clinic:
            await clinic.ask()
            await answer(clinic.patient, (9, 9, 9, 9))
            await clinic.pass_time(days=7)
            await clinic.ask()
            make_read_only(clinic, disk)
            clinic.patient.tap("9")
            assert await readiness_problems(clinic) == [NO_ROOM]
            assert "1/5" in last_text(clinic.patient)
            await repair(clinic, disk)
            await clinic.patient.wait_until(
                lambda p: any("2/5" in (message.text or "") for message in p.messages), LONG
            )
            assert await readiness_problems(clinic) == []
            saved = [one["answers"] for one in await clinic.checkins("P-1")]
            assert [len(one) for one in saved] == [4, 1]


def make_read_only(clinic: StoryClinic, disk: Disk | None) -> None:
    """Make the disk read-only, or only the connection where mounting is not permitted."""
    if disk is not None:
        disk.make_fail()
    else:
        set_query_only(clinic, True)


async def repair(clinic: StoryClinic, disk: Disk | None) -> None:
    """Make it writable again; a disk is repaired while the bot is stopped."""
    if disk is None:
        set_query_only(clinic, False)
        return
    await clinic.stop()
    disk.restore()
    await clinic.start()


def set_query_only(clinic: StoryClinic, value: bool) -> None:
    """Set whether the writing connection refuses to write."""
    assert isinstance(clinic.bot.store, SqliteStore)
    assert clinic.bot.store._writer is not None
    direct = clinic.bot.store._writer._connection.direct
    direct.execute(f"PRAGMA query_only = {'ON' if value else 'OFF'}")
