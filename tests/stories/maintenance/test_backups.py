"""Backups: made while the bot runs, kept for a while, and restored without sending twice."""

import asyncio
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.maintenance.nightly_backup import last_due_at
from storage.maintenance.backup import verify
from tests.databases import KEYS, query_rows
from tests.stories.clinic import DROP_SCORES, answer, checkin_count, open_clinic, wait_for_text
from tests.stories.killable_clinic import SECONDS, KillableClinic, open_killable_clinic
from tests.stories.processes import attune

RESTORED = "The system was restored. Please check /alerts."
BERLIN = ZoneInfo("Europe/Berlin")

files_only = pytest.mark.sqlite_only("a server is backed up by its own means")


def matching(folder: Path, pattern: str) -> list[Path]:
    """Return the paths in a folder that match a pattern."""
    return list(folder.glob(pattern))


def names(folder: Path) -> list[str]:
    """Return the names of the files and folders in a folder."""
    return [path.name for path in folder.iterdir()]


@files_only
@pytest.mark.fault("kill and restore from a backup under load")
async def test_drill(tmp_path: Path) -> None:
    """Backup under load, more load, SIGKILL, restore, start.

    Nothing acknowledged before the backup is missing, nothing is sent twice after it, and
    everybody with open alerts is told to check them.
    """
    async with open_killable_clinic(tmp_path) as clinic:
        await clinic.enrol_everyone()
        codes = list(clinic.patients)
        before, during, after, later = codes[:3], codes[3:7], codes[7:10], codes[10]
        await asyncio.gather(*(clinic.play_session(code, [2, 3, 4, 5]) for code in before))
        await clinic.wait_until_alerts_sent(len(before))
        load = [asyncio.create_task(clinic.play_session(code, [6, 7, 8, 9])) for code in during]
        made = await attune(clinic.settings, "backup", "--to", str(tmp_path / "out"))
        assert made.code == 0, made
        for code in after:
            clinic.therapist_of(code).say(f"/session {code}")
            await clinic.phones[code].wait_until(lambda p: "1/5" in p.screen.text, SECONDS)
        await asyncio.gather(*load)
        (backup,) = (tmp_path / "out").iterdir()
        await assert_restore_is_refused(clinic, backup)

        await clinic.bot.kill()
        asked = {code: checkin_count(clinic.phones[code]) for code in codes[:10]}
        notices = clinic.alert_notices()
        restored = await attune(clinic.settings, "restore", str(backup), "--force")
        assert restored.code == 0, restored
        await clinic.bot.start()
        therapists = [clinic.therapist_of(code) for code in before]
        for phone in therapists:
            await phone.wait_until(lambda p: RESTORED in [m.text for m in p.messages], SECONDS)
        await clinic.play_session(later, [9, 9, 9, 9])

        answers = dict(
            query_rows(
                clinic.settings["ATTUNE_DATABASE"],
                "SELECT p.code, COUNT(*) FROM answers a JOIN checkins k ON k.id = a.checkin_id"
                " JOIN people p ON p.id = k.patient_id GROUP BY p.code",
            )
        )
        assert {code: answers.get(code) for code in before} == dict.fromkeys(before, 4)
        assert {code: checkin_count(clinic.phones[code]) for code in codes[:10]} == asked
        await clinic.therapist_of(later).wait_until(
            lambda _: clinic.alert_notices() > notices, SECONDS, why="the new session's alert"
        )
        assert clinic.alert_notices() == notices + 1
        for phone in therapists:
            assert [m.text for m in phone.messages].count(RESTORED) == 1
    left = names(tmp_path)
    assert any(".before-" in name for name in left)
    assert not any("restoring" in name for name in left)


async def assert_restore_is_refused(clinic: KillableClinic, backup: Path) -> None:
    """Assert that an existing database, or a running bot, is not overwritten."""
    refused = await attune(clinic.settings, "restore", str(backup))
    assert refused.is_one_sentence(), refused
    assert "--force" in refused.err
    in_use = await attune(clinic.settings, "restore", str(backup), "--force")
    assert in_use.is_one_sentence(), in_use
    assert "stop the bot" in in_use.err


@files_only
async def test_a_backup_is_made_each_night_and_old_ones_go(tmp_path: Path) -> None:
    """Five nights, the last three backups are kept; each can be decrypted with the key."""
    folder = tmp_path / "out"
    async with open_clinic(
        tmp_path, ATTUNE_BACKUP_FOLDER=str(folder), ATTUNE_BACKUPS_KEPT="3"
    ) as story:
        await story.pass_time(hours=20)
        for _ in range(5):
            await story.pass_time(days=1)
            await story.pass_time(minutes=1)
        encryption = story.settings.encryption()
    assert encryption is not None
    backups = sorted(folder.iterdir())
    assert [path.name[:15] for path in backups] == [
        "attune-20260307",
        "attune-20260308",
        "attune-20260309",
    ]
    assert all(verify(path, encryption=encryption).rows["people"] == 3 for path in backups)


@files_only
@pytest.mark.fault("the backup folder cannot be written")
async def test_a_backup_that_fails_reaches_a_coordinator_once_a_day(tmp_path: Path) -> None:
    """A folder that cannot be written is reported, and the bot goes on."""
    (tmp_path / "taken").write_text("")
    async with open_clinic(tmp_path, ATTUNE_BACKUP_FOLDER=str(tmp_path / "taken")) as story:
        await story.pass_time(minutes=1)
        await wait_for_text(story.coordinator, "The backup failed")
        await story.pass_time(minutes=90)
        await story.ask()
        await answer(story.patient, DROP_SCORES)
        notices = [m for m in story.coordinator.messages if "The backup failed" in (m.text or "")]
    assert len(notices) == 1


@pytest.mark.parametrize("command", [("backup", "--to", "x"), ("restore", "x")])
async def test_a_server_is_backed_up_by_its_own_means(command: tuple[str, ...]) -> None:
    """One sentence says how to back up a PostgreSQL server."""
    outcome = await attune({"ATTUNE_DATABASE": "postgresql://nowhere/attune"}, *command)
    assert outcome.is_one_sentence(), outcome
    assert "pg_dump" in outcome.err


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-03T02:59+01:00", "2026-03-02T03:00+01:00"),
        ("2026-03-03T03:00+01:00", "2026-03-03T03:00+01:00"),
        ("2026-03-29T12:00+02:00", "2026-03-29T03:00+02:00"),
    ],
)
def test_the_hour_is_local(now: str, due: str) -> None:
    """Three o'clock in the clinic's time zone, also on days when the clocks change."""
    last = last_due_at(time(3), BERLIN, datetime.fromisoformat(now))
    assert last == datetime.fromisoformat(due)


@files_only
async def test_whoever_was_erased_stays_so_after_a_restore(tmp_path: Path) -> None:
    """The backup still contains them; the erasure list next to it erases them again."""
    folder = tmp_path / "out"
    database = f"sqlite:///{tmp_path / 'attune.db'}"
    async with open_clinic(
        tmp_path, ATTUNE_DATABASE=database, ATTUNE_BACKUP_FOLDER=str(folder)
    ) as story:
        await story.enrol("patient", "P-2", "T-1")
        await story.pass_time(minutes=1)
        backup = max(matching(folder, "*.backup"))
        story.patient.say("/erase")
        await wait_for_text(story.patient, "Erase everything about you here?")
        story.patient.tap("Yes, erase everything")
        await wait_for_text(story.patient, "has been erased here")
        await story.pass_time(minutes=1)
    for part in matching(tmp_path, "attune.db*"):
        part.unlink()  # the disk is lost; the backups are on another one
    environment = {"ATTUNE_DATABASE": database, "ATTUNE_KEYS": KEYS}
    restored = await attune(environment, "restore", str(backup))
    assert restored.code == 0, restored
    assert "1 patients erased again" in restored.out
    codes = query_rows(database, "SELECT code FROM people WHERE role = 'patient'")
    assert codes == [("P-2",)]
    assert (await attune(environment, "audit", "verify")).code == 0
