"""A whole story, then a thief who has every file: no account, no name, no typed word in them."""

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.simulator import Phone
from storage.backup import back_up, decrypted
from storage.imports import hashing
from storage.migrations import migrate
from storage.opening import file_of
from storage.sealing import Sealing, new_key, read_keys, write_key_file
from storage.sqlite import open_store
from tests.stories.clinic import A_DROP, Story, a_clinic, answer, seen
from tests.stories.test_command_line import attune
from tests.stories.test_crash import a_clinic_to_crash, enrolled, one_session

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)
OURS = ("alliance", "storage", "schedules", "handlers", "bot")
TYPED = ("marzipan", "Aurelia Nachtigall", "hippopotamus")


async def a_full_story(story: Story) -> None:
    """Let everything happen in which people say who they are or type words."""
    await story.steady_weeks()
    await story.ask()
    story.patient.say(TYPED[0])
    await story.patient.until(lambda p: "1/5" in p.screen.text)
    await answer(story.patient, A_DROP, direct="No")
    await seen(story.therapist, "needs your attention")
    story.therapist.say(f"/session {TYPED[2]}")
    story.coordinator.say("/plan P-1")
    before = len(story.coordinator.messages)
    await story.coordinator.until(lambda p: len(p.messages) > before)
    story.coordinator.say(TYPED[1])
    await story.pass_time(minutes=20)


def signs_of(phones: list[Phone]) -> list[bytes]:
    """Return how each account would stand in a file, and every word that nobody may read."""
    signs = [word.encode() for word in TYPED]
    for phone in phones:
        # SQLite keeps an integer in the fewest of 1, 2, 3, 4, 6 or 8 bytes.
        least = next(size for size in (4, 6, 8) if phone.id < 1 << (8 * size - 1))
        signs += [str(phone.id).encode(), phone.id.to_bytes(least, "big")]
        signs.append(phone.person.first_name.encode())
    return signs


def all_files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file, by its name."""
    return {one.name: one.read_bytes() for one in folder.rglob("*") if one.is_file()}


async def test_a_thief_of_every_file_learns_who_nobody_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Database, write-ahead log, backup before it was encrypted, and the log of the program."""
    caplog.set_level(logging.DEBUG)
    async with a_clinic(tmp_path) as story:
        await a_full_story(story)
        path = file_of(story.settings.database)
        if path is None:
            return  # a server's files are not ours to read; the rows are sealed by the same code
        sealing, at = story.settings.sealing(), story.timepiece.now()
        assert sealing is not None
        made = await asyncio.to_thread(back_up, path, tmp_path / "out", sealing=sealing, at=at)
        decrypted(made.path, tmp_path / "copied.db", sealing=sealing)
        files = all_files(tmp_path)
        signs = signs_of([story.patient, story.therapist, story.coordinator])
    assert set(files) >= {"attune.db", "attune.db-wal", "copied.db", made.path.name}
    files["log"] = "\n".join(
        record.getMessage() for record in caplog.records if record.name.startswith(OURS)
    ).encode()
    assert not [(name, sign) for name, kept in files.items() for sign in signs if sign in kept]


async def test_keys_are_rotated_beside_a_running_bot(tmp_path: Path) -> None:
    """The bot goes on to know everybody, and afterwards nothing is under the old key."""
    async with a_clinic_to_crash(tmp_path) as (telegram, _, environment):
        therapist, phones = await enrolled(telegram, environment)
        old = Sealing.from_file(tmp_path / "attune.db.key").newest
        (code, phone), *_ = phones.items()
        talking = asyncio.create_task(one_session(phone, therapist, code, [7, 8, 9, 8]))
        rotated = await attune(environment, "keys", "rotate")
        await talking
        for code, phone in list(phones.items())[1:4]:
            await one_session(phone, therapist, code, [5, 6, 7, 8])
    ring = Sealing.from_file(tmp_path / "attune.db.key")
    assert (ring.keys[1], len(ring.keys)) == (old, 2)
    assert rotated.code == 0, rotated
    assert rotated.out == (
        f"{len(phones) + 2} rows under key {ring.newest.id}; 0 under old keys.\n"
    )


async def test_a_killed_rotation_is_gone_on_with(tmp_path: Path) -> None:
    """The key that a killed rotation put on top is used; there is no third one."""
    environment = {"ATTUNE_DATABASE": f"sqlite:///{tmp_path / 'attune.db'}"}
    store = await open_store(tmp_path / "attune.db")
    await migrate(store, now=T0)
    async with store.transaction() as tx:
        await hashing(tx)
        old = tx.sealing.newest
    fresh = new_key()
    write_key_file(tmp_path / "attune.db.key", [fresh, old])  # and then it was killed
    rotated = await attune(environment, "keys", "rotate")
    await store.close()
    assert rotated.out == f"2 rows under key {fresh.id}; 0 under old keys.\n"
    assert Sealing.from_file(tmp_path / "attune.db.key").keys == (fresh, old)


async def test_a_server_without_a_key_is_one_sentence() -> None:
    """A PostgreSQL database has no file that a key could stand beside."""
    outcome = await attune({"ATTUNE_DATABASE": "postgresql://nowhere/attune"}, "state")
    assert outcome.is_one_sentence(), outcome
    assert "ATTUNE_KEYS" in outcome.err


async def test_a_malformed_key_is_one_sentence_without_it() -> None:
    """What was mistyped is not printed: it may be nearly the key."""
    outcome = await attune({"ATTUNE_KEYS": "a:hunter2"}, "state")
    assert outcome.is_one_sentence(), outcome
    assert "hunter2" not in outcome.err


async def test_a_printed_key_is_a_key() -> None:
    """What `attune keys new` prints can be set as it is."""
    outcome = await attune({}, "keys", "new")
    assert len(read_keys(outcome.out)) == 1
