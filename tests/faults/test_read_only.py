"""The disk can only be read any more, as after an error of it."""

from pathlib import Path

import pytest

from storage.database.sqlite import SqliteStore
from tests.faults.disks import Disk, failing_disk
from tests.faults.test_disks import LONG, NO_ROOM
from tests.faults.watching import complaints
from tests.stories.clinic import Story, a_clinic, answer, said

pytestmark = pytest.mark.sqlite_only("the disk that its file is on")


@pytest.mark.fault("read-only disk")
async def test_a_tap_waits_on_a_read_only_disk(tmp_path: Path) -> None:
    """It is not said to be kept; once the disk is mended, it counts, and nothing is missing."""
    with failing_disk(tmp_path / "disk", tmp_path / "image") as disk:
        database = f"sqlite:///{tmp_path / 'disk' / 'attune.db'}"
        async with a_clinic(tmp_path / "disk", ATTUNE_DATABASE=database) as clinic:
            await clinic.ask()
            await answer(clinic.patient, (9, 9, 9, 9))
            await clinic.pass_time(days=7)
            await clinic.ask()
            spoil(clinic, disk)
            clinic.patient.tap("9")
            assert await complaints(clinic) == [NO_ROOM]
            assert "1/5" in said(clinic.patient)
            await mend(clinic, disk)
            await clinic.patient.until(
                lambda p: any("2/5" in (message.text or "") for message in p.messages), LONG
            )
            assert await complaints(clinic) == []
            kept = [one["answers"] for one in await clinic.checkins("P-1")]
            assert [len(one) for one in kept] == [4, 1]


def spoil(clinic: Story, disk: Disk | None) -> None:
    """Let nobody write; where we may not mount, SQLite's own switch does it."""
    if disk is not None:
        disk.spoil()
    else:
        switch(clinic, on=True)


async def mend(clinic: Story, disk: Disk | None) -> None:
    """Let people write again; a disk is mended while the bot is stopped."""
    if disk is None:
        switch(clinic, on=False)
        return
    await clinic.stop()
    disk.heal()
    await clinic.start()


def switch(clinic: Story, *, on: bool) -> None:
    """Let the writing connection write no more, or again."""
    assert isinstance(clinic.bot.store, SqliteStore)
    assert clinic.bot.store._writer is not None
    direct = clinic.bot.store._writer._connection.direct
    direct.execute(f"PRAGMA query_only = {'ON' if on else 'OFF'}")
