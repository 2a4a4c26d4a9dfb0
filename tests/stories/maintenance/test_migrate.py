"""A clinic moves to another database: nothing is missing or doubled, and work goes on."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.databases import KEYS, fresh_database_address, on_both_engines, query_rows
from tests.stories.clinic import (
    ALERT_NOTICE,
    StoryClinic,
    answer,
    last_text,
    open_clinic,
    wait_for_text,
)
from tests.stories.processes import Outcome, attune, process_environment
from tests.stories.updates.test_network_loss import AWAY, RETRY_SECONDS

OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}


@asynccontextmanager
async def open_target(folder: Path, engine: str) -> AsyncIterator[str]:
    """Open an empty database of the other kind."""
    target = folder / "target"
    target.mkdir()
    async with fresh_database_address(target, OTHER[engine], is_empty=True) as address:
        yield address


async def migrate_to(source: str, target: str, *more: str) -> Outcome:
    """Run ``attune migrate``."""
    return await attune({"ATTUNE_KEYS": KEYS}, "migrate", "--from", source, "--to", target, *more)


async def kill_migration_at(source: str, target: str, table: str) -> None:
    """Start to migrate, and kill the process once it has copied some rows of a table."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "migrate", "--from", source, "--to", target),
        env=process_environment({"ATTUNE_KEYS": KEYS}),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    async for line in process.stderr:
        if line.startswith(f"{table}:".encode()):
            break
    process.kill()
    assert await process.wait() < 0, "it had ended before it was killed"


async def stop_mid_checkin(clinic: StoryClinic) -> None:
    """Play four weeks, then two of four answers; then stop the bot."""
    await clinic.run_steady_weeks()
    await clinic.ask()
    for place, score in enumerate((3, 4), start=2):
        clinic.patient.tap(str(score))
        await wait_for_text(clinic.patient, f"{place}/5")
    await clinic.stop()


async def test_killed_in_the_middle_it_ends_right_and_work_goes_on(
    clinic: StoryClinic, engine: str, tmp_path: Path
) -> None:
    """SIGKILL, then again: every row is equal, and the patient continues where they were."""
    await stop_mid_checkin(clinic)
    source = clinic.settings.database
    async with open_target(tmp_path, engine) as target:
        await kill_migration_at(source, target, "checkins")
        half = query_rows(target, "SELECT COUNT(*) FROM people")
        early = await attune(
            {"ATTUNE_KEYS": KEYS, "ATTUNE_DATABASE": target, "ATTUNE_TELEGRAM_TOKEN": "1:a"}, "run"
        )
        ended = await migrate_to(source, target, "--json")
        report = json.loads(ended.out)
        clinic.settings = clinic.settings.model_copy(update={"database": target})
        clinic.clock.advance(timedelta(minutes=10))
        await clinic.start()
        await finish_checkin(clinic)
        await clinic.stop()
    assert half == [(3,)]
    assert early.is_one_sentence(), early
    assert "copied only in part" in early.err
    assert (ended.code, report["equal"]) == (0, True), ended
    assert report["rows"]["answers"][1] == query_rows(source, "SELECT COUNT(*) FROM answers")[0][0]
    assert report["rows"]["answers"] == [18, 18]
    assert report["sealed"] >= 3


async def finish_checkin(clinic: StoryClinic) -> None:
    """Answer the two open items, which are asked again; the drop reaches the therapist."""
    before = clinic.patient.screen.id
    await clinic.patient.wait_until(lambda p: AWAY in last_text(p), RETRY_SECONDS)
    await clinic.patient.wait_until(
        lambda p: before not in [m.id for m in p.messages], RETRY_SECONDS
    )
    alerts = len((await clinic.state())["alerts"])
    for place, score in enumerate((2, 3), start=4):
        clinic.patient.tap(str(score))
        await wait_for_text(clinic.patient, f"{place}/5")
    clinic.patient.tap("No")
    await clinic.therapist.wait_until(lambda p: ALERT_NOTICE in p.notifications, 30)
    assert len((await clinic.state())["alerts"]) == alerts + 1
    await clinic.pass_time(days=7)
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))


@on_both_engines
async def test_what_cannot_be_moved_is_refused(tmp_path: Path, engine: str) -> None:
    """The same database twice, a source that changed since, and a half-copied source."""
    async with open_clinic(tmp_path) as clinic, open_target(tmp_path, engine) as target:
        source = clinic.settings.database
        same = await migrate_to(source, source)
        await clinic.stop()
        await kill_migration_at(source, target, "people")
        await clinic.start()
        await clinic.ask()
        await clinic.stop()
        changed = await migrate_to(source, target)
        full = await migrate_to(target, source)
    for outcome, words in (
        (same, "same database"),
        (changed, "has changed"),
        (full, "copied only in part"),
    ):
        assert outcome.is_one_sentence(), outcome
        assert words in outcome.err


@on_both_engines
async def test_a_target_with_data_stays_as_it_is(tmp_path: Path, engine: str) -> None:
    """Nothing is mixed with existing data."""
    async with open_clinic(tmp_path) as clinic, open_target(tmp_path, engine) as target:
        source = clinic.settings.database
        await clinic.stop()
        first = await migrate_to(source, target)
        again = await migrate_to(source, target)
    assert first.code == 0, first
    assert "people" in first.out
    assert again.code == 2
    assert "already holds data" in again.err


@pytest.mark.sqlite_only("only a file tells at once who has it open")
async def test_a_file_in_use_is_refused(tmp_path: Path) -> None:
    """A running bot is noticed before anything is copied."""
    async with open_clinic(tmp_path) as clinic, open_target(tmp_path, "sqlite") as target:
        outcome = await migrate_to(clinic.settings.database, target)
    assert outcome.is_one_sentence(), outcome
    assert "stop the bot" in outcome.err
