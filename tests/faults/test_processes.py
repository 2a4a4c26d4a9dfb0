"""Processes that are killed, frozen, started twice, or run out of what the machine gives."""

import asyncio
import resource
import signal
from pathlib import Path

import pytest

from bot.simulator import FaultKind
from storage.database.encryption import new_key, read_keys, write_key_file
from tests.databases import KEYS, on_both
from tests.stories.clinic import TOKEN, Story, a_clinic, answer, seen
from tests.stories.test_command_line import attune
from tests.stories.test_crash import SECONDS, a_clinic_to_crash, enrolled, one_session

pytestmark = pytest.mark.sqlite_only("these faults strike files, and bots beside them")


@pytest.mark.sqlite_only("one process has the file")
@pytest.mark.fault("a second bot is started on the same file")
async def test_a_second_bot_on_the_file_is_refused(tmp_path: Path) -> None:
    """One sentence, and the first one goes on; a restart finds the file free."""
    database = f"sqlite:///{tmp_path / 'attune.db'}"
    async with a_clinic(tmp_path, ATTUNE_DATABASE=database) as clinic:
        second = await attune(
            {
                "ATTUNE_TELEGRAM_TOKEN": clinic.telegram.token,
                "ATTUNE_TELEGRAM_API_URL": clinic.settings.telegram_api_url,
                "ATTUNE_DATABASE": database,
                "ATTUNE_KEYS": KEYS,
            },
            "run",
        )
        assert second.is_one_sentence(), second
        assert "Another bot is running" in second.err
        await asked_and_answered(clinic)
        await clinic.stop()
        await clinic.start()
        await asked_and_answered(clinic)


@on_both
@pytest.mark.fault("out of file descriptors")
@pytest.mark.fault("the process is frozen for seconds")
@pytest.mark.fault("the process is told to end under load")
async def test_a_process_that_is_starved_frozen_and_ended_loses_nothing(tmp_path: Path) -> None:
    """No new connection can be opened, then no step is made, then it must go: all answers stay."""
    async with a_clinic_to_crash(tmp_path) as (telegram, mortal, environment):
        therapist, phones = await enrolled(telegram, environment)
        process = mortal._process
        assert process is not None
        people = list(phones.items())

        limits = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (1, limits[1]))
        # What is open stays open, so the connections are cut, and new ones are wanted.
        telegram.faults.add(FaultKind.DROP_BEFORE, method="sendMessage", times=2)
        therapist.say(f"/session {people[0][0]}")
        while any(fault.times for fault in telegram.faults.arranged):
            await telegram.state.changes.wait()
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, limits)
        await one_session(people[0][1], therapist, people[0][0], [1, 2, 3, 4])

        process.send_signal(signal.SIGSTOP)
        frozen = asyncio.create_task(one_session(people[1][1], therapist, people[1][0], [2] * 4))
        await asyncio.sleep(3)  # the fault itself: a machine that is suspended
        process.send_signal(signal.SIGCONT)
        await frozen

        going = asyncio.create_task(one_session(people[2][1], therapist, people[2][0], [3] * 4))
        await people[2][1].until(lambda p: "2/5" in p.screen.text, SECONDS)
        process.terminate()
        assert await process.wait() == 0
        await mortal.live()
        await going
        outcome = await attune(environment, "state")
        assert outcome.out.count("completed") == 3


async def a_sealed_database(folder: Path) -> dict[str, str]:
    """Make a database with its key file; return the settings for it."""
    environment = {
        "ATTUNE_TELEGRAM_TOKEN": TOKEN,
        "ATTUNE_DATABASE": f"sqlite:///{folder / 'attune.db'}",
    }
    made = await attune(environment, "invite", "therapist", "--code", "T-1")
    assert made.code == 0, made
    return environment


@pytest.mark.fault("key file lost")
async def test_a_lost_key_file_is_said_and_no_second_key_is_made(tmp_path: Path) -> None:
    """A fresh key would open nothing, and would hide that the right one is missing."""
    environment = await a_sealed_database(tmp_path)
    key = tmp_path / "attune.db.key"
    aside = key.rename(tmp_path / "aside.key")
    for command in (("run",), ("invite", "therapist", "--code", "T-9"), ("keys", "rotate")):
        outcome = await attune(environment, *command)
        assert outcome.is_one_sentence(), outcome
        assert "key" in outcome.err
        assert names(tmp_path).isdisjoint({"attune.db.key"})
    aside.rename(key)
    assert (await attune(environment, "audit", "verify")).code == 0


def names(folder: Path) -> set[str]:
    """Return the names of what is in a folder."""
    return {path.name for path in folder.iterdir()}


@pytest.mark.fault("another key")
async def test_another_key_is_said_before_anybody_is_a_stranger(tmp_path: Path) -> None:
    """The sentence names the key that is missing; nothing is written."""
    environment = await a_sealed_database(tmp_path)
    write_key_file(tmp_path / "attune.db.key", [new_key()])
    outcome = await attune(environment, "run")
    assert outcome.is_one_sentence(), outcome
    assert "is missing: restore it" in outcome.err


@pytest.mark.fault("two keys of one name")
async def test_two_keys_of_one_name_are_refused(tmp_path: Path) -> None:
    """Nobody would know which of them is meant."""
    key = new_key()
    environment = {
        "ATTUNE_DATABASE": f"sqlite:///{tmp_path / 'attune.db'}",
        "ATTUNE_KEYS": f"{key.text()},{key.id}:{new_key().text().partition(':')[2]}",
    }
    outcome = await attune(environment, "state")
    assert outcome.is_one_sentence(), outcome
    assert "same name" in outcome.err


@pytest.mark.sqlite_only("the key file stands beside the database")
@pytest.mark.fault("key file deleted or spoilt while the bot runs")
async def test_a_key_file_that_goes_away_takes_nobody_s_answers_with_it(tmp_path: Path) -> None:
    """What was read at the start goes on to count, and everybody stays known."""
    path = tmp_path / "site.key"
    write_key_file(path, read_keys(KEYS))
    database = f"sqlite:///{tmp_path / 'attune.db'}"
    async with a_clinic(tmp_path, ATTUNE_DATABASE=database) as clinic:
        await clinic.stop()
        given = {"keys": None, "key_file": str(path)}
        clinic.settings = clinic.settings.model_copy(update=given)
        await clinic.start()
        await asked_and_answered(clinic)
        path.write_text("not a key")
        await asked_and_answered(clinic)
        path.unlink()
        await asked_and_answered(clinic)
        assert [one["state"] for one in await clinic.checkins("P-1")] == ["completed"] * 3
        assert clinic.rows("SELECT COUNT(*) FROM set_aside") == [(0,)]


async def asked_and_answered(clinic: Story) -> None:
    """Let a session end, its question be answered, and a week go by."""
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    await seen(clinic.patient, "Your answers are kept")
    await clinic.pass_time(days=7)
