"""The disk is full, slow or damaged, or the database file is moved away."""

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.database.open_database import file_of
from storage.database.sqlite import SqliteStore
from tests.faults.disks import fill_database, small_disk
from tests.faults.readiness import readiness_problems
from tests.stories.clinic import StoryClinic, last_text, open_clinic, wait_for_text

pytestmark = pytest.mark.sqlite_only("the disk that its file is on")

LONG = 60.0
"""Seconds to wait at most; what waits for the disk is retried much earlier."""

COMMIT_SECONDS = 0.2
"""What a commit on a slow disk takes; ten times as long as a busy hard disk."""

NO_ROOM = "the database cannot be written: check the disk"


def path_of(clinic: StoryClinic) -> Path:
    """Return the database file of a clinic."""
    path = file_of(clinic.settings.database)
    assert path is not None
    return path


@pytest.fixture
async def sqlite_clinic(tmp_path: Path) -> AsyncIterator[StoryClinic]:
    """A clinic on a SQLite file, also where TEST_DATABASE names another database."""
    database = f"sqlite:///{tmp_path / 'attune.db'}"
    async with open_clinic(tmp_path, ATTUNE_DATABASE=database) as opened:
        yield opened


@pytest.mark.fault("full disk")
async def test_a_tap_waits_for_room_on_a_full_disk(tmp_path: Path) -> None:
    """It is not reported as saved, readiness is lost, and once there is room the tap counts."""
    with small_disk(tmp_path / "disk") as disk:
        database = f"sqlite:///{disk.folder / 'attune.db'}"
        async with open_clinic(disk.folder, ATTUNE_DATABASE=database) as clinic:
            await clinic.ask()
            assert await readiness_problems(clinic) == []
            disk.make_fail()
            await fill_database(clinic.bot.store)
            before = len(clinic.patient.messages)
            clinic.patient.tap("9")
            assert await readiness_problems(clinic) == [NO_ROOM]
            assert "1/5" in last_text(clinic.patient)
            assert len(clinic.patient.messages) == before
            assert (await clinic.checkins("P-1"))[0]["answers"] == {}
            disk.restore()
            await clinic.patient.wait_until(lambda p: "2/5" in last_text(p), LONG)
            assert await readiness_problems(clinic) == []
            await answer_the_rest(clinic)
            assert (await clinic.checkins("P-1"))[0]["state"] == "completed"


async def answer_the_rest(clinic: StoryClinic) -> None:
    """Answer from the second question on."""
    for place in (3, 4, 5):
        clinic.patient.tap("9")
        await wait_for_text(clinic.patient, f"{place}/5")
    clinic.patient.tap("No")
    await wait_for_text(clinic.patient, "Your answers are saved")


@pytest.mark.fault("full disk while a backup is made")
async def test_a_backup_on_a_full_disk_leaves_no_partial_file(tmp_path: Path) -> None:
    """A coordinator is notified; the backup is made within an hour after there is room again."""
    with small_disk(tmp_path / "disk") as disk:
        (disk.folder / "made").mkdir()
        disk.make_fail()
        database = f"sqlite:///{tmp_path / 'attune.db'}"
        folder = str(disk.folder / "made")
        async with open_clinic(
            tmp_path, ATTUNE_DATABASE=database, ATTUNE_BACKUP_FOLDER=folder
        ) as clinic:
            await clinic.pass_time(minutes=1)
            await wait_for_text(clinic.coordinator, "The backup failed.")
            assert list((disk.folder / "made").iterdir()) == []
            disk.restore()
            await clinic.pass_time(minutes=61)
            assert len(list((disk.folder / "made").iterdir())) == 1


@pytest.mark.fault("slow disk")
async def test_a_slow_disk_loses_nothing(sqlite_clinic: StoryClinic) -> None:
    """Each commit is slow; taps that arrive meanwhile share the next one."""
    clinic = sqlite_clinic
    assert isinstance(clinic.bot.store, SqliteStore)
    assert clinic.bot.store._writer is not None
    codes = [f"P-{number}" for number in range(2, 6)]
    phones = [await clinic.enrol("patient", code, "T-1") for code in codes]
    slow_commits = 0
    is_slow = True

    def slow_down(statement: str) -> None:
        nonlocal slow_commits
        if is_slow and statement == "COMMIT":
            slow_commits += 1
            time.sleep(COMMIT_SECONDS)  # in the thread that waits for the disk

    direct = clinic.bot.store._writer._connection.direct
    direct.set_trace_callback(slow_down)
    for code in codes:
        clinic.therapist.say(f"/session {code}")
    for phone in phones:
        await phone.wait_until(lambda p: "ready" in last_text(p), LONG)
    assert slow_commits >= 4
    slow_commits = 0
    for phone in phones:
        phone.tap("9")
    for phone in phones:
        await phone.wait_until(lambda p: "2/5" in last_text(p), LONG)
    # Not set_trace_callback(None): that waits for the lock that a running COMMIT holds.
    is_slow = False
    assert 1 <= slow_commits < len(phones)
    saved = [(await clinic.checkins(code))[0]["answers"] for code in codes]
    assert saved == [{"goal": 9}] * len(codes)


@pytest.mark.fault("the database file is moved away under the running bot")
async def test_nothing_is_saved_in_a_file_that_was_moved_away(sqlite_clinic: StoryClinic) -> None:
    """SQLite would continue writing to the moved file; instead the tap waits until it is back."""
    clinic = sqlite_clinic
    await clinic.ask()
    path = path_of(clinic)
    path.rename(path.with_name("elsewhere.db"))
    clinic.patient.tap("9")
    assert await readiness_problems(clinic) == [NO_ROOM]
    assert "1/5" in last_text(clinic.patient)
    path.with_name("elsewhere.db").rename(path)
    await clinic.patient.wait_until(lambda p: "2/5" in last_text(p), LONG)
    assert await readiness_problems(clinic) == []
    with closing(sqlite3.connect(path)) as opened:
        assert opened.execute("SELECT item, value FROM answers").fetchall() == [("goal", 9.0)]


def damage_table(path: Path, table: str) -> None:
    """Overwrite the root page of a table."""
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(page,)] = opened.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
        [(size,)] = opened.execute("PRAGMA page_size")
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


@pytest.mark.fault("corrupted page")
async def test_a_damaged_page_affects_only_what_needs_it(tmp_path: Path) -> None:
    """The patient gets an apology, other functions work, and coordinators are notified."""
    database, folder = f"sqlite:///{tmp_path / 'attune.db'}", tmp_path / "backups"
    async with open_clinic(
        tmp_path, ATTUNE_DATABASE=database, ATTUNE_BACKUP_FOLDER=str(folder)
    ) as clinic:
        await clinic.pass_time(minutes=1)
        made = list(folder.iterdir())
        await clinic.ask()
        await clinic.stop()
        damage_table(path_of(clinic), "answers")
        await clinic.start()
        note = await clinic.patient.tap("9").wait_for_answer()
        assert "Something went wrong on our side." in (note.text or "")
        await wait_for_text(clinic.coordinator, "Part of the database can no longer be read.")
        assert (
            "a part of the database cannot be read: restore a backup"
            in await readiness_problems(clinic)
        )
        clinic.therapist.say("/alerts")
        await wait_for_text(clinic.therapist, "There are no open alerts.")
        await clinic.pass_time(days=1)
        await wait_for_text(clinic.coordinator, "The backup failed.")
        assert list(folder.iterdir()) == made  # the last good one was not deleted
