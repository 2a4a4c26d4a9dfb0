"""Processes that are killed, frozen, started twice, or run out of resources; lost keys."""

import asyncio
import resource
import signal
from pathlib import Path

import pytest

from bot.simulator import FaultKind
from storage.database.encryption import new_key, parse_keys, write_key_file
from tests.databases import KEYS, on_both_engines
from tests.stories.clinic import TOKEN, StoryClinic, answer, open_clinic, wait_for_text
from tests.stories.killable_clinic import SECONDS, open_killable_clinic
from tests.stories.processes import attune

pytestmark = pytest.mark.sqlite_only("the fault does not concern the database")

FROZEN_SECONDS = 1.5


@pytest.mark.sqlite_only("one process owns the file")
@pytest.mark.fault("a second bot is started on the same file")
async def test_a_second_bot_on_the_file_is_refused(tmp_path: Path) -> None:
    """It exits with one sentence, the first one continues, and a restart works."""
    database = f"sqlite:///{tmp_path / 'attune.db'}"
    async with open_clinic(tmp_path, ATTUNE_DATABASE=database) as clinic:
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
        await complete_a_check_in(clinic)
        await clinic.stop()
        await clinic.start()
        await complete_a_check_in(clinic)


@pytest.mark.slow
@on_both_engines
@pytest.mark.fault("out of file descriptors")
@pytest.mark.fault("the process is frozen for seconds")
@pytest.mark.fault("the process is terminated under load")
async def test_a_starved_frozen_and_terminated_process_loses_nothing(tmp_path: Path) -> None:
    """It cannot open connections, then is suspended, then terminated: no answer is lost."""
    async with open_killable_clinic(tmp_path) as clinic:
        await clinic.enrol_everyone()
        process, telegram = clinic.bot.process, clinic.telegram
        first, second, third, *_ = clinic.patients

        limits = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (1, limits[1]))
        # Open connections stay open, so they are cut, and new ones are needed.
        telegram.faults.add(FaultKind.DROP_BEFORE, method="sendMessage", times=2)
        clinic.therapist_of(first).say(f"/session {first}")
        while any(fault.times for fault in telegram.faults.active):
            await telegram.state.changes.wait()
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, limits)
        await clinic.play_session(first, [1, 2, 3, 4])

        process.send_signal(signal.SIGSTOP)
        frozen = asyncio.create_task(clinic.play_session(second, [2] * 4))
        await asyncio.sleep(FROZEN_SECONDS)
        process.send_signal(signal.SIGCONT)
        await frozen

        going = asyncio.create_task(clinic.play_session(third, [3] * 4))
        await clinic.phones[third].wait_until(lambda p: "2/5" in p.screen.text, SECONDS)
        process.terminate()
        assert await process.wait() == 0
        await clinic.bot.start()
        await going
        outcome = await attune(clinic.settings, "state")
        assert outcome.out.count("completed") == 3


async def create_encrypted_database(folder: Path) -> dict[str, str]:
    """Create a database with its key file; return the settings for it."""
    environment = {
        "ATTUNE_TELEGRAM_TOKEN": TOKEN,
        "ATTUNE_DATABASE": f"sqlite:///{folder / 'attune.db'}",
    }
    made = await attune(environment, "invite", "therapist", "--code", "T-1")
    assert made.code == 0, made
    return environment


@pytest.mark.fault("key file lost")
async def test_a_lost_key_file_is_reported_and_not_replaced(tmp_path: Path) -> None:
    """A new key could not decrypt anything, and would hide that the right one is missing."""
    environment = await create_encrypted_database(tmp_path)
    key = tmp_path / "attune.db.key"
    aside = key.rename(tmp_path / "aside.key")
    for command in (("run",), ("invite", "therapist", "--code", "T-9"), ("keys", "rotate")):
        outcome = await attune(environment, *command)
        assert outcome.is_one_sentence(), outcome
        assert "key" in outcome.err
        assert not key.exists()
    aside.rename(key)
    assert (await attune(environment, "audit", "verify")).code == 0


@pytest.mark.fault("wrong key file")
async def test_a_wrong_key_is_refused_at_the_start(tmp_path: Path) -> None:
    """The error names the missing key; nothing is written, and nobody becomes unknown."""
    environment = await create_encrypted_database(tmp_path)
    write_key_file(tmp_path / "attune.db.key", [new_key()])
    outcome = await attune(environment, "run")
    assert outcome.is_one_sentence(), outcome
    assert "is missing: restore it" in outcome.err


@pytest.mark.fault("two keys with one name")
async def test_two_keys_with_one_name_are_refused(tmp_path: Path) -> None:
    """It would be unclear which one is meant."""
    key = new_key()
    environment = {
        "ATTUNE_DATABASE": f"sqlite:///{tmp_path / 'attune.db'}",
        "ATTUNE_KEYS": f"{key.text()},{key.id}:{new_key().text().partition(':')[2]}",
    }
    outcome = await attune(environment, "state")
    assert outcome.is_one_sentence(), outcome
    assert "same name" in outcome.err


@pytest.mark.sqlite_only("the key file is next to the database")
@pytest.mark.fault("key file deleted or damaged while the bot runs")
async def test_a_key_file_lost_while_running_loses_no_answers(tmp_path: Path) -> None:
    """The keys read at the start stay in use, and everybody stays known."""
    path = tmp_path / "site.key"
    write_key_file(path, parse_keys(KEYS))
    database = f"sqlite:///{tmp_path / 'attune.db'}"
    async with open_clinic(tmp_path, ATTUNE_DATABASE=database) as clinic:
        await clinic.stop()
        given = {"keys": None, "key_file": str(path)}
        clinic.settings = clinic.settings.model_copy(update=given)
        await clinic.start()
        await complete_a_check_in(clinic)
        path.write_text("not a key")
        await complete_a_check_in(clinic)
        path.unlink()
        await complete_a_check_in(clinic)
        assert [one["state"] for one in await clinic.checkins("P-1")] == ["completed"] * 3
        assert clinic.rows("SELECT COUNT(*) FROM set_aside") == [(0,)]


async def complete_a_check_in(clinic: StoryClinic) -> None:
    """Let a session end, answer its check-in, and let a week pass."""
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    await wait_for_text(clinic.patient, "Your answers are saved")
    await clinic.pass_time(days=7)
