"""The log is proven beside a running bot; who edits the file is found; every look is on record."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from handlers.alerts.actions import ACTS
from handlers.taps import AlertTap, CaseloadTap, CourseTap, DigestTap, EpisodeTap, pack
from handlers.taps.therapists import TherapistTap
from storage.database.encryption import new_key
from storage.database.open_database import file_of
from tests.databases import KEYS
from tests.stories.clinic import Story, a_clinic, said, seen
from tests.stories.hand import Hand
from tests.stories.test_alert import a_drop, shown
from tests.stories.test_command_line import Outcome, attune


async def verified(clinic: Story, *words: str) -> Outcome:
    """Run ``attune audit verify`` as somebody at a terminal does."""
    environment = {"ATTUNE_DATABASE": clinic.settings.database, "ATTUNE_KEYS": KEYS}
    return await attune(environment, "audit", "verify", *words)


def last_line(clinic: Story) -> tuple[str, str | None] | None:
    """Return action and subject of the newest line."""
    rows = clinic.rows("SELECT action, subject_id FROM audit ORDER BY number DESC LIMIT 1")
    return rows[0] if rows else None


def count(clinic: Story) -> int:
    """Return how many lines there are."""
    return int(clinic.rows("SELECT COUNT(*) FROM audit")[0][0])


async def test_the_log_is_proven_beside_a_running_bot(clinic: Story) -> None:
    """Whole: code 0, and a mark to note; it says where the log is not, with code 1."""
    hand = Hand(clinic.coordinator)
    await hand.types("/pause P-1 2026-12-24", "asked again")
    await hand.types("/resume P-1", "asked again")
    whole = await verified(clinic)
    assert (whole.code, whole.err) == (0, "")
    lines = count(clinic)
    assert whole.out.startswith(f"The log is whole (lines 1 to {lines}); note its mark")
    mark = whole.out.split()[-1]
    await hand.types("/pause P-1 2026-12-24", "asked again")
    told = json.loads((await verified(clinic, "--mark", mark, "--json")).out)
    assert (told["whole"], told["last"], told["breaks"]) == (True, lines + 1, [])

    async with clinic.bot.store.transaction() as tx:
        await tx.run("UPDATE audit SET actor_id = 'x' WHERE number = 2")
        await tx.run("DELETE FROM audit WHERE number IN (4, 5)")
        await tx.run("DELETE FROM audit WHERE number = ?", lines + 1)
    broken = await verified(clinic, "--mark", "0" * 16)
    assert (broken.code, broken.err) == (1, "")
    assert broken.out == (
        "The log is not whole: line 2 was changed; lines 4 to 5 are missing;"
        f" line {lines + 1} is missing; a line that was noted is not there,"
        " as if an earlier log had been put back.\n"
    )
    assert (await verified(clinic, "--json")).code == 1


async def test_what_cannot_be_proven_is_one_sentence(clinic: Story) -> None:
    """No mark, no backup, another key: code 2, and nothing is said about the log."""
    for words in (("--mark", "12"), ("--backup", "nowhere.backup")):
        assert (await verified(clinic, *words)).is_one_sentence()
    outcome = await attune(
        {"ATTUNE_DATABASE": clinic.settings.database, "ATTUNE_KEYS": new_key().text()},
        *("audit", "verify"),
    )
    assert outcome.is_one_sentence(), outcome
    assert "missing" in outcome.err


@pytest.mark.sqlite_only("a file is put in place of another")
@pytest.mark.fault("an older copy of the database is put in place of the present one")
async def test_an_older_copy_of_the_whole_database_is_found(tmp_path: Path) -> None:
    """From within nothing is wrong with it; a sign of life, or a backup, remembers better."""
    async with a_clinic(tmp_path) as clinic:
        path = file_of(clinic.settings.database)
        if path is None:
            return  # a server's files are not ours to put in place
        old = tmp_path / "old.db"
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(old)) as target:
            source.backup(target)
        hand = Hand(clinic.coordinator)
        await hand.types("/heartbeat 12:00", "comes at 12:00")
        await clinic.pass_time(hours=3)
        await seen(clinic.coordinator, "Mark of the log: ")
        mark = said(clinic.coordinator).split()[-1]
        environment = {"ATTUNE_DATABASE": clinic.settings.database, "ATTUNE_KEYS": KEYS}
        made = await attune(environment, "backup", "--to", str(tmp_path / "out"))
        assert made.code == 0, made
        [backup] = (tmp_path / "out").iterdir()
        noted = ("--mark", mark, "--backup", str(backup))
        assert (await verified(clinic, *noted)).code == 0

        environment["ATTUNE_DATABASE"] = f"sqlite:///{old}"
        assert (await attune(environment, "audit", "verify")).code == 0
        found = await attune(environment, "audit", "verify", *noted)
        assert (found.code, found.out.count("was noted is not there")) == (1, 2)


async def test_every_look_at_a_patient_is_on_record(clinic: Story) -> None:
    """Alert, its questions, its card, course, caseload, digest: whoever looks leaves a line."""
    await a_drop(clinic)
    await shown(clinic)
    [(patient_id,)] = clinic.rows("SELECT id FROM people WHERE code = 'P-1'")
    [(alert_id,)] = clinic.rows("SELECT id FROM alerts")
    assert last_line(clinic) == ("alert.shown", patient_id)
    silent = {"hide", "snooze"}  # they show nothing, or a choice of times
    for verb in ACTS:
        if verb not in silent and not verb.startswith("snooze-"):
            for _ in range(2):  # the same answer again still shows the alert
                before = count(clinic)
                await clinic.therapist.tap_data(pack(AlertTap(alert_id, verb))).answered()
                assert count(clinic) > before, verb
    hand = Hand(clinic.therapist)
    looks = {
        "/patient P-1": ("patient.viewed", patient_id),
        "/caseload": ("caseload.viewed", None),
    }
    for command, line in looks.items():
        before = count(clinic)
        await hand.types(command)
        assert (count(clinic), last_line(clinic)) == (before + 1, line)
    taps: dict[TherapistTap, tuple[str, str | None]] = {
        CourseTap(patient_id, "items"): ("patient.viewed", patient_id),
        CaseloadTap("0"): ("caseload.viewed", None),
        DigestTap("show", "2026-03-31"): ("digest.viewed", None),
        EpisodeTap(alert_id, "show"): ("episode.shown", patient_id),
    }
    for tap, line in taps.items():
        before = count(clinic)
        await clinic.therapist.tap_data(pack(tap)).answered()
        assert (count(clinic), last_line(clinic)) == (before + 1, line), tap
