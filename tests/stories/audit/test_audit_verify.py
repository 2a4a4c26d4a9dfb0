"""The log is verified beside a running bot; edits of the file are found; views are on record."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from handlers.alerts.actions import ALERT_ACTIONS
from handlers.taps import AlertTap, CaseloadTap, CourseTap, DigestTap, EpisodeTap, pack
from handlers.taps.therapists import TherapistTap
from storage.database.encryption import new_key
from storage.database.open_database import file_of
from tests.databases import KEYS
from tests.stories.alerts.test_alert import open_alert, play_drop
from tests.stories.clinic import StoryClinic, last_text, open_clinic, wait_for_text
from tests.stories.phone_user import PhoneUser
from tests.stories.processes import Outcome, attune


async def verify(clinic: StoryClinic, *words: str) -> Outcome:
    """Run ``attune audit verify``."""
    environment = {"ATTUNE_DATABASE": clinic.settings.database, "ATTUNE_KEYS": KEYS}
    return await attune(environment, "audit", "verify", *words)


def newest_line(clinic: StoryClinic) -> tuple[str, str | None] | None:
    """Return the action and the subject of the newest line."""
    rows = clinic.rows("SELECT action, subject_id FROM audit ORDER BY number DESC LIMIT 1")
    return rows[0] if rows else None


def line_count(clinic: StoryClinic) -> int:
    """Return the number of lines."""
    return int(clinic.rows("SELECT COUNT(*) FROM audit")[0][0])


async def test_the_log_is_proven_beside_a_running_bot(clinic: StoryClinic) -> None:
    """Intact: code 0, and a mark to note. Not intact: code 1, and where."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/pause P-1 2026-12-24", "asked again")
    await user.type_text("/resume P-1", "asked again")
    intact = await verify(clinic)
    assert (intact.code, intact.err) == (0, "")
    lines = line_count(clinic)
    assert intact.out.startswith(f"The log is intact (lines 1 to {lines}); note its mark")
    mark = intact.out.split()[-1]
    await user.type_text("/pause P-1 2026-12-24", "asked again")
    report = json.loads((await verify(clinic, "--mark", mark, "--json")).out)
    assert (report["whole"], report["last"], report["breaks"]) == (True, lines + 1, [])

    async with clinic.bot.store.transaction() as tx:
        await tx.run("UPDATE audit SET actor_id = 'x' WHERE number = 2")
        await tx.run("DELETE FROM audit WHERE number IN (4, 5)")
        await tx.run("DELETE FROM audit WHERE number = ?", lines + 1)
    broken = await verify(clinic, "--mark", "0" * 16)
    assert (broken.code, broken.err) == (1, "")
    assert broken.out == (
        "The log is not intact: line 2 was changed; lines 4 to 5 are missing;"
        f" line {lines + 1} is missing; a line that you noted is not there,"
        " as if an older log had been put back.\n"
    )
    assert (await verify(clinic, "--json")).code == 1


async def test_what_cannot_be_proven_is_one_sentence(clinic: StoryClinic) -> None:
    """An invalid mark, a missing backup, another key: code 2, and nothing about the log."""
    for words in (("--mark", "12"), ("--backup", "nowhere.backup")):
        assert (await verify(clinic, *words)).is_one_sentence()
    outcome = await attune(
        {"ATTUNE_DATABASE": clinic.settings.database, "ATTUNE_KEYS": new_key().text()},
        *("audit", "verify"),
    )
    assert outcome.is_one_sentence(), outcome
    assert "missing" in outcome.err


@pytest.mark.sqlite_only("a file is put in place of another")
@pytest.mark.fault("an older copy of the database is put in place of the present one")
async def test_an_older_copy_of_the_whole_database_is_found(tmp_path: Path) -> None:
    """The copy itself is intact; a noted mark, or a backup, shows that lines are missing."""
    async with open_clinic(tmp_path) as clinic:
        path = file_of(clinic.settings.database)
        if path is None:
            return  # the files of a server cannot be replaced
        old = tmp_path / "old.db"
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(old)) as target:
            source.backup(target)
        user = PhoneUser(clinic.coordinator)
        await user.type_text("/heartbeat 12:00", "comes at 12:00")
        await clinic.pass_time(hours=3)
        await wait_for_text(clinic.coordinator, "Log mark: ")
        mark = last_text(clinic.coordinator).split()[-1]
        environment = {"ATTUNE_DATABASE": clinic.settings.database, "ATTUNE_KEYS": KEYS}
        made = await attune(environment, "backup", "--to", str(tmp_path / "out"))
        assert made.code == 0, made
        [backup] = (tmp_path / "out").iterdir()
        noted = ("--mark", mark, "--backup", str(backup))
        assert (await verify(clinic, *noted)).code == 0

        environment["ATTUNE_DATABASE"] = f"sqlite:///{old}"
        assert (await attune(environment, "audit", "verify")).code == 0
        verified = await attune(environment, "audit", "verify", *noted)
        assert (verified.code, verified.out.count("you noted is not there")) == (1, 2)


async def test_every_look_at_a_patient_is_on_record(clinic: StoryClinic) -> None:
    """Alert, its questions, its card, course, caseload, digest: each view leaves a line."""
    await play_drop(clinic)
    await open_alert(clinic)
    [(patient_id,)] = clinic.rows("SELECT id FROM people WHERE code = 'P-1'")
    [(alert_id,)] = clinic.rows("SELECT id FROM alerts")
    assert newest_line(clinic) == ("alert.shown", patient_id)
    unrecorded = {"hide", "snooze"}  # they show nothing about the patient
    for verb in ALERT_ACTIONS:
        if verb not in unrecorded and not verb.startswith("snooze-"):
            for _ in range(2):  # the same answer again still shows the alert
                before = line_count(clinic)
                await clinic.therapist.tap_data(pack(AlertTap(alert_id, verb))).wait_for_answer()
                assert line_count(clinic) > before, verb
    user = PhoneUser(clinic.therapist)
    views = {
        "/patient P-1": ("patient.viewed", patient_id),
        "/caseload": ("caseload.viewed", None),
    }
    for command, line in views.items():
        before = line_count(clinic)
        await user.type_text(command)
        assert (line_count(clinic), newest_line(clinic)) == (before + 1, line)
    taps: dict[TherapistTap, tuple[str, str | None]] = {
        CourseTap(patient_id, "items"): ("patient.viewed", patient_id),
        CaseloadTap("0"): ("caseload.viewed", None),
        DigestTap("show", "2026-03-31"): ("digest.viewed", None),
        EpisodeTap(alert_id, "show"): ("episode.shown", patient_id),
    }
    for tap, line in taps.items():
        before = line_count(clinic)
        await clinic.therapist.tap_data(pack(tap)).wait_for_answer()
        assert (line_count(clinic), newest_line(clinic)) == (before + 1, line), tap
