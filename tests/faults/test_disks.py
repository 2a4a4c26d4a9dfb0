"""The disk fills up, can only be read, is slow, is damaged, or somebody takes the file away."""

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.database.open_database import file_of
from storage.database.sqlite import SqliteStore
from tests.faults.disks import small_disk, until_nothing_fits
from tests.faults.watching import complaints
from tests.stories.clinic import Story, a_clinic, said, seen

pytestmark = pytest.mark.sqlite_only("the disk that its file is on")

LONG = 60.0
"""Seconds after which at the latest what waits for the disk is tried again, with much to spare."""

NO_ROOM = "the database takes nothing: look at the disk"


def path_of(clinic: Story) -> Path:
    """Return the file of a clinic; these faults strike files."""
    path = file_of(clinic.settings.database)
    assert path is not None
    return path


@pytest.fixture
async def on_file(tmp_path: Path) -> AsyncIterator[Story]:
    """A clinic on a SQLite file, whatever the other tests run on."""
    database = f"sqlite:///{tmp_path / 'attune.db'}"
    async with a_clinic(tmp_path, ATTUNE_DATABASE=database) as story:
        yield story


@pytest.mark.fault("full disk")
async def test_a_tap_waits_for_room_on_a_full_disk(tmp_path: Path) -> None:
    """Nothing is said to be kept that is not; whoever watches sees it; then the tap counts."""
    with small_disk(tmp_path / "disk") as disk:
        database = f"sqlite:///{disk.folder / 'attune.db'}"
        async with a_clinic(disk.folder, ATTUNE_DATABASE=database) as clinic:
            await clinic.ask()
            assert await complaints(clinic) == []
            disk.spoil()
            await until_nothing_fits(clinic.bot.store)
            before = len(clinic.patient.messages)
            clinic.patient.tap("9")
            assert await complaints(clinic) == [NO_ROOM]
            assert "1/5" in said(clinic.patient)
            assert len(clinic.patient.messages) == before
            assert (await clinic.checkins("P-1"))[0]["answers"] == {}
            disk.heal()
            await clinic.patient.until(lambda p: "2/5" in said(p), LONG)
            assert await complaints(clinic) == []
            await answer_the_rest(clinic)
            assert (await clinic.checkins("P-1"))[0]["state"] == "completed"


async def answer_the_rest(clinic: Story) -> None:
    """Answer from the second question on."""
    for place in (3, 4, 5):
        clinic.patient.tap("9")
        await seen(clinic.patient, f"{place}/5")
    clinic.patient.tap("No")
    await seen(clinic.patient, "Your answers are kept")


@pytest.mark.fault("full disk while a backup is made")
async def test_a_backup_on_a_full_disk_leaves_nothing_half(tmp_path: Path) -> None:
    """A coordinator is told; an hour after there is room again, it is made."""
    with small_disk(tmp_path / "disk") as disk:
        (disk.folder / "made").mkdir()
        disk.spoil()
        database = f"sqlite:///{tmp_path / 'attune.db'}"
        folder = str(disk.folder / "made")
        async with a_clinic(
            tmp_path, ATTUNE_DATABASE=database, ATTUNE_BACKUP_FOLDER=folder
        ) as clinic:
            await clinic.pass_time(minutes=1)
            await seen(clinic.coordinator, "No backup could be made.")
            assert list((disk.folder / "made").iterdir()) == []
            disk.heal()
            await clinic.pass_time(minutes=61)
            assert len(list((disk.folder / "made").iterdir())) == 1


@pytest.mark.fault("slow disk")
async def test_a_disk_that_takes_half_a_second_loses_nothing(on_file: Story) -> None:
    """Each commit is slow; whoever taps meanwhile shares the next one."""
    clinic = on_file
    assert isinstance(clinic.bot.store, SqliteStore)
    assert clinic.bot.store._writer is not None
    slow: list[str] = []
    is_slow = True

    def wait(statement: str) -> None:
        if is_slow and statement == "COMMIT":
            slow.append(statement)
            time.sleep(0.5)  # on the thread that waits for the disk

    direct = clinic.bot.store._writer._connection.direct
    direct.set_trace_callback(wait)
    others = [await clinic.enrol("patient", f"P-{n}", "T-1") for n in range(2, 6)]
    for phone, code in zip(others, ("P-2", "P-3", "P-4", "P-5"), strict=True):
        clinic.therapist.say(f"/session {code}")
        await phone.until(lambda p: "ready" in said(p), LONG)
    commits = len(slow)
    for phone in others:
        phone.tap("9")
    for phone in others:
        await phone.until(lambda p: "2/5" in said(p), LONG)
    # Taking the callback away would wait for ever where a commit that is under way waits for us.
    is_slow = False
    assert commits > 10
    kept = [(await clinic.checkins(f"P-{n}"))[0]["answers"] for n in range(2, 6)]
    assert kept == [{"goal": 9}] * 4


@pytest.mark.fault("the database file is moved away under the running bot")
async def test_nothing_is_kept_in_a_file_that_is_gone(on_file: Story) -> None:
    """SQLite would go on writing into nowhere; instead the tap waits until the file is back."""
    clinic = on_file
    await clinic.ask()
    path = path_of(clinic)
    path.rename(path.with_name("elsewhere.db"))
    clinic.patient.tap("9")
    assert await complaints(clinic) == [NO_ROOM]
    assert "1/5" in said(clinic.patient)
    path.with_name("elsewhere.db").rename(path)
    await clinic.patient.until(lambda p: "2/5" in said(p), LONG)
    assert await complaints(clinic) == []
    with closing(sqlite3.connect(path)) as looked_at:
        assert looked_at.execute("SELECT item, value FROM answers").fetchall() == [("goal", 9.0)]


def spoil_table(path: Path, table: str) -> None:
    """Overwrite the page with which a table begins."""
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(page,)] = opened.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
        [(size,)] = opened.execute("PRAGMA page_size")
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


@pytest.mark.fault("corrupted page")
async def test_a_damaged_page_stops_only_what_needs_it(tmp_path: Path) -> None:
    """A patient is told that it did not work, others go on, and people who can help know."""
    database, folder = f"sqlite:///{tmp_path / 'attune.db'}", tmp_path / "backups"
    async with a_clinic(
        tmp_path, ATTUNE_DATABASE=database, ATTUNE_BACKUP_FOLDER=str(folder)
    ) as clinic:
        await clinic.pass_time(minutes=1)
        made = list(folder.iterdir())
        await clinic.ask()
        await clinic.stop()
        spoil_table(path_of(clinic), "answers")
        await clinic.start()
        told = await clinic.patient.tap("9").answered()
        assert "Something went wrong on our side." in (told.text or "")
        await seen(clinic.coordinator, "A part of the database cannot be read any more.")
        assert "a part of the database cannot be read: restore a backup" in await complaints(clinic)
        clinic.therapist.say("/alerts")
        await seen(clinic.therapist, "Nothing is open.")
        await clinic.pass_time(days=1)
        await seen(clinic.coordinator, "No backup could be made.")
        assert list(folder.iterdir()) == made  # the last good one was not pushed out
