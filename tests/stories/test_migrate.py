"""A clinic moves to another database: nothing is missing, nothing doubled, and work goes on."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.databases import KEYS, an_address, on_both, rows_of
from tests.stories.clinic import Story, a_clinic, answer, said, seen
from tests.stories.test_command_line import Outcome, attune
from tests.stories.test_cut_off import AWAY, LONG

OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}


@asynccontextmanager
async def a_target(folder: Path, engine: str) -> AsyncIterator[str]:
    """Give an empty database of the other kind."""
    beside = folder / "target"
    beside.mkdir()
    async with an_address(beside, OTHER[engine], is_empty=True) as address:
        yield address


async def migrated(source: str, target: str, *more: str) -> Outcome:
    """Run ``attune migrate`` as a process of its own."""
    return await attune({"ATTUNE_KEYS": KEYS}, "migrate", "--from", source, "--to", target, *more)


async def killed_at(source: str, target: str, table: str) -> None:
    """Start a move, and kill it as soon as some rows of a table are over."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ATTUNE_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "migrate", "--from", source, "--to", target),
        env={**plain, "ATTUNE_KEYS": KEYS},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    async for line in process.stderr:
        if line.startswith(f"{table}:".encode()):
            break
    process.kill()
    assert await process.wait() < 0, "it had ended before it was killed"


async def stopped_in_the_middle(clinic: Story) -> None:
    """Four weeks of therapy, then two of four answers, then the bot stops."""
    await clinic.steady_weeks()
    await clinic.ask()
    for place, score in enumerate((3, 4), start=2):
        clinic.patient.tap(str(score))
        await seen(clinic.patient, f"{place}/5")
    await clinic.stop()


async def test_killed_in_the_middle_it_ends_right_and_work_goes_on(
    clinic: Story, engine: str, tmp_path: Path
) -> None:
    """SIGKILL, once more, every row equal; the patient answers on where they were."""
    await stopped_in_the_middle(clinic)
    source = clinic.settings.database
    async with a_target(tmp_path, engine) as target:
        await killed_at(source, target, "checkins")
        half = rows_of(target, "SELECT COUNT(*) FROM people")
        early = await attune(
            {"ATTUNE_KEYS": KEYS, "ATTUNE_DATABASE": target, "ATTUNE_TELEGRAM_TOKEN": "1:a"}, "run"
        )
        ended = await migrated(source, target, "--json")
        told = json.loads(ended.out)
        clinic.settings = clinic.settings.model_copy(update={"database": target})
        clinic.timepiece.move(timedelta(minutes=10))
        await clinic.start()
        await goes_on(clinic)
        await clinic.stop()
    assert half == [(3,)]
    assert early.is_one_sentence(), early
    assert "half moved" in early.err
    assert (ended.code, told["equal"]) == (0, True), ended
    assert told["rows"]["answers"][1] == rows_of(source, "SELECT COUNT(*) FROM answers")[0][0]
    assert told["rows"]["answers"] == [18, 18]
    assert told["sealed"] >= 3


async def goes_on(clinic: Story) -> None:
    """Answer the two items that were open, asked anew; the drop reaches the therapist."""
    before = clinic.patient.screen.id
    await clinic.patient.until(lambda p: AWAY in said(p), LONG)
    await clinic.patient.until(lambda p: before not in [m.id for m in p.messages], LONG)
    alerts = len((await clinic.state())["alerts"])
    for place, score in enumerate((2, 3), start=4):
        clinic.patient.tap(str(score))
        await seen(clinic.patient, f"{place}/5")
    clinic.patient.tap("No")
    await clinic.therapist.until(
        lambda p: "A check-in needs your attention." in p.notifications, 30
    )
    assert len((await clinic.state())["alerts"]) == alerts + 1
    await clinic.pass_time(days=7)
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))


@on_both
async def test_what_cannot_be_moved_is_refused(tmp_path: Path, engine: str) -> None:
    """A target with data, a source that changed since, no keys, and the same twice."""
    async with a_clinic(tmp_path) as clinic, a_target(tmp_path, engine) as target:
        source = clinic.settings.database
        same = await migrated(source, source)
        await clinic.stop()
        await killed_at(source, target, "people")
        await clinic.start()
        await clinic.ask()
        await clinic.stop()
        changed = await migrated(source, target)
        full = await migrated(target, source)
    for outcome, words in ((same, "same database"), (changed, "has changed"), (full, "half moved")):
        assert outcome.is_one_sentence(), outcome
        assert words in outcome.err


@on_both
async def test_a_target_with_data_stays_as_it_is(tmp_path: Path, engine: str) -> None:
    """Nothing is mixed: not even with a database that only greeted Telegram once."""
    async with a_clinic(tmp_path) as clinic, a_target(tmp_path, engine) as target:
        source = clinic.settings.database
        await clinic.stop()
        first = await migrated(source, target)
        again = await migrated(source, target)
    assert first.code == 0, first
    assert "people" in first.out
    assert again.code == 2
    assert "holds data already" in again.err


@pytest.mark.sqlite_only("only a file tells at once who has it open")
async def test_a_file_in_use_is_refused(tmp_path: Path) -> None:
    """A running bot is noticed before anything is copied."""
    async with a_clinic(tmp_path) as clinic, a_target(tmp_path, "sqlite") as target:
        outcome = await migrated(clinic.settings.database, target)
    assert outcome.is_one_sentence(), outcome
    assert "stop the bot" in outcome.err
