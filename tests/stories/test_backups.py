"""Backups: made while the bot runs, kept for a while, and restored without anything twice."""

import asyncio
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.maintenance.nightly_backup import latest
from storage.maintenance.backup import verify
from tests.databases import KEYS, rows_of
from tests.stories.clinic import A_DROP, a_clinic, answer, asked, seen
from tests.stories.test_command_line import attune
from tests.stories.test_crash import SECONDS, a_clinic_to_crash, attention, enrolled, one_session

RESTORED = "The system was restored. Please look at /alerts."
BERLIN = ZoneInfo("Europe/Berlin")

of_files = pytest.mark.sqlite_only("a server is backed up by its own means")


def find(folder: Path, pattern: str) -> list[Path]:
    """Return what is in a folder under names like that."""
    return list(folder.glob(pattern))


def names(folder: Path) -> list[str]:
    """Return the names of what is in a folder."""
    return [path.name for path in folder.iterdir()]


@of_files
@pytest.mark.fault("kill and restore from a backup under load")
async def test_drill(tmp_path: Path) -> None:
    """Backup under load, more load, SIGKILL, restore, start.

    Nothing acknowledged before the backup is missing, nothing is sent twice after it, and
    whoever has open alerts is sent to look at them.
    """
    async with a_clinic_to_crash(tmp_path) as (telegram, mortal, environment):
        therapist, phones = await enrolled(telegram, environment)
        everybody = list(phones.items())
        before, during, after = everybody[:3], everybody[3:7], everybody[7:10]
        for code, phone in before:
            await one_session(phone, therapist, code, [2, 3, 4, 5])
        await therapist.until(lambda p: attention(p) >= len(before), SECONDS)
        load = [
            asyncio.create_task(one_session(phone, therapist, code, [6, 7, 8, 9]))
            for code, phone in during
        ]
        made = await attune(environment, "backup", "--to", str(tmp_path / "out"))
        assert made.code == 0, made
        for code, phone in after:
            therapist.say(f"/session {code}")
            await phone.until(lambda p: "1/5" in p.screen.text, SECONDS)
        await asyncio.gather(*load)
        (backup,) = (tmp_path / "out").iterdir()

        refused = await attune(environment, "restore", str(backup))
        assert refused.is_one_sentence(), refused
        assert "--force" in refused.err
        in_use = await attune(environment, "restore", str(backup), "--force")
        assert in_use.is_one_sentence(), in_use
        assert "stop the bot" in in_use.err

        await mortal.die()
        notices = [asked(phone) for _, phone in everybody]
        told = attention(therapist)
        restored = await attune(environment, "restore", str(backup), "--force")
        assert restored.code == 0, restored
        await mortal.live()
        await therapist.until(lambda p: RESTORED in [m.text for m in p.messages], SECONDS)
        await one_session(everybody[10][1], therapist, everybody[10][0], [9, 9, 9, 9])

        kept = dict(
            rows_of(
                environment["ATTUNE_DATABASE"],
                "SELECT p.code, COUNT(*) FROM answers a JOIN checkins k ON k.id = a.checkin_id"
                " JOIN people p ON p.id = k.patient_id GROUP BY p.code",
            )
        )
        assert {code: kept.get(code) for code, _ in before} == dict.fromkeys(dict(before), 4)
        assert [asked(phone) for _, phone in everybody[:10]] == notices[:10]
        await therapist.until(lambda p: attention(p) > told, SECONDS)  # that of the new session
        assert attention(therapist) == told + 1
        assert [m.text for m in therapist.messages].count(RESTORED) == 1
    left = names(tmp_path)
    assert any(".before-" in name for name in left)
    assert not any("restoring" in name for name in left)


@of_files
async def test_a_backup_is_made_each_night_and_old_ones_go(tmp_path: Path) -> None:
    """Five nights, three kept; each opens with the key."""
    folder = tmp_path / "out"
    async with a_clinic(
        tmp_path, ATTUNE_BACKUP_FOLDER=str(folder), ATTUNE_BACKUPS_KEPT="3"
    ) as story:
        await story.pass_time(hours=20)
        for _ in range(5):
            await story.pass_time(days=1)
            await story.pass_time(minutes=1)
        sealing = story.settings.sealing()
    assert sealing is not None
    found = sorted(folder.iterdir())
    assert [path.name[:15] for path in found] == [
        "attune-20260307",
        "attune-20260308",
        "attune-20260309",
    ]
    assert all(verify(path, sealing=sealing).rows["people"] == 3 for path in found)


@of_files
@pytest.mark.fault("the backup folder cannot be written")
async def test_a_backup_that_fails_reaches_a_coordinator_once_a_day(tmp_path: Path) -> None:
    """A folder that cannot be written is told, and the bot goes on."""
    (tmp_path / "taken").write_text("")
    async with a_clinic(tmp_path, ATTUNE_BACKUP_FOLDER=str(tmp_path / "taken")) as story:
        await story.pass_time(minutes=1)
        await seen(story.coordinator, "No backup")
        await story.pass_time(minutes=90)
        await story.ask()
        await answer(story.patient, A_DROP)
        told = [m for m in story.coordinator.messages if "No backup" in (m.text or "")]
    assert len(told) == 1


@pytest.mark.parametrize("command", [("backup", "--to", "x"), ("restore", "x")])
async def test_a_server_is_backed_up_by_its_own_means(command: tuple[str, ...]) -> None:
    """One sentence says how."""
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
    """Three o'clock where the clinic is, also on the day when the clocks change."""
    found = latest(time(3), BERLIN, datetime.fromisoformat(now))
    assert found == datetime.fromisoformat(due)


@of_files
async def test_whoever_was_erased_stays_so_after_a_restore(tmp_path: Path) -> None:
    """A backup still holds them; the list beside it does not let them come back."""
    folder = tmp_path / "out"
    database = f"sqlite:///{tmp_path / 'attune.db'}"
    async with a_clinic(
        tmp_path, ATTUNE_DATABASE=database, ATTUNE_BACKUP_FOLDER=str(folder)
    ) as story:
        await story.enrol("patient", "P-2", "T-1")
        await story.pass_time(minutes=1)
        backup = max(find(folder, "*.backup"))
        story.patient.say("/erase")
        await seen(story.patient, "Shall everything about you be erased here?")
        story.patient.tap("Yes, erase everything")
        await seen(story.patient, "It is gone here now")
        await story.pass_time(minutes=1)
    for part in find(tmp_path, "attune.db*"):
        part.unlink()  # the disk is lost; the backups are elsewhere
    environment = {"ATTUNE_DATABASE": database, "ATTUNE_KEYS": KEYS}
    restored = await attune(environment, "restore", str(backup))
    assert restored.code == 0, restored
    assert "1 patients erased again" in restored.out
    codes = rows_of(database, "SELECT code FROM people WHERE role = 'patient'")
    assert codes == [("P-2",)]
    assert (await attune(environment, "audit", "verify")).code == 0
