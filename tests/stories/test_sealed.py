"""A whole story, then a thief who has every file: no account, no name, no typed word in them."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from bot.simulator import Phone
from storage.database.encryption import Sealing, new_key, read_keys, write_key_file
from storage.database.open_database import file_of
from storage.database.sqlite import open_store
from storage.files.imports import hashing
from storage.maintenance.backup import back_up, decrypted
from storage.maintenance.migrate import migrate
from tests.databases import on_both
from tests.logs import production_log
from tests.stories.clinic import A_DROP, Story, a_clinic, answer, seen
from tests.stories.crowd import reply
from tests.stories.test_command_line import attune
from tests.stories.test_crash import a_clinic_to_crash, enrolled, one_session
from tests.stories.test_watched import page_of

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)
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
    signs = [word.encode(charset) for word in TYPED for charset in ("utf-8", "utf-16-le")]
    for phone in phones:
        # SQLite keeps an integer in the fewest of 1, 2, 3, 4, 6 or 8 bytes.
        least = next(size for size in (4, 6, 8) if phone.id < 1 << (8 * size - 1))
        signs += [str(phone.id).encode(), phone.id.to_bytes(least, "big")]
        signs.append(phone.person.first_name.encode())
    return signs


def all_files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file, by its name."""
    found = [one for one in folder.rglob("*") if one.is_file()]
    return {str(one.relative_to(folder)): one.read_bytes() for one in found}


def server_files(address: str) -> dict[str, bytes]:
    """Return the bytes of a PostgreSQL database on disk, and of the server's log of changes."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        [(data,)] = connection.execute("SHOW data_directory").fetchall()
        [(number,)] = connection.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).fetchall()
    return all_files(Path(data) / "base" / str(number)) | all_files(Path(data) / "pg_wal")


async def exports(story: Story) -> dict[str, bytes]:
    """Return all that leaves the bot for somebody else than the patient: files, lists, states."""
    for command in ("/preview P-1", "/figures", "/audit", "/people", "/unreachable", "/template"):
        await reply(story.coordinator, command)
    for command in ("/caseload", "/digest", "/alerts", "/patient P-1"):
        await reply(story.therapist, command)
    told = {}
    for phone in (story.coordinator, story.therapist):
        texts = [one.text for one in phone.messages if one.from_bot]
        files = [one.document or b"" for one in phone.messages if one.from_bot]
        told[f"said to {phone.id}"] = "\n".join(texts).encode() + b"".join(files)
    told["state"] = str(await story.state()).encode()
    for path in ("/metrics", "/readyz", "/healthz"):
        told[path] = (await page_of(story, path))[1].encode()
    return told


def backup_of(story: Story, path: Path, folder: Path) -> Path:
    """Back a SQLite database up, and leave the copy that was there before it was encrypted."""
    sealing = story.settings.sealing()
    assert sealing is not None
    made = back_up(path, folder / "out", sealing=sealing, at=story.timepiece.now())
    decrypted(made.path, folder / "copied.db", sealing=sealing)
    return made.path


def leaks(files: dict[str, bytes], signs: list[bytes]) -> list[tuple[str, bytes]]:
    """Return which sign stands in which file."""
    return [(name, sign) for name, kept in files.items() for sign in signs if sign in kept]


@on_both
async def test_a_thief_of_every_file_learns_who_nobody_is(tmp_path: Path) -> None:
    """Database, write-ahead log, backup before it was encrypted, exports, and the program's log.

    The files are taken while the bot runs, as a killed one leaves them; the log is that of all
    libraries, as production sets it up, with everything of ours that is ever logged.
    """
    with production_log() as log:
        async with a_clinic(tmp_path) as story:
            await a_full_story(story)
            people = [story.patient, story.therapist, story.coordinator]
            signs = signs_of(people)
            out = await exports(story)
            path = file_of(story.settings.database)
            if path is None:
                files = await asyncio.to_thread(server_files, story.settings.database)
                assert len(files) > 50
            else:
                made = await asyncio.to_thread(backup_of, story, path, tmp_path)
                files = all_files(tmp_path)
                assert set(files) >= {"attune.db", "attune.db-wal", "copied.db", f"out/{made.name}"}
            await story.stop()
            files |= {f"{name}, at rest": kept for name, kept in all_files(tmp_path).items()}
    files["log"] = log.getvalue().encode()
    assert files["log"]
    assert leaks({**files, **out}, signs) == []


@on_both
async def test_keys_are_rotated_beside_a_running_bot(tmp_path: Path) -> None:
    """The bot goes on to know everybody, and afterwards nothing is under the old key."""
    async with a_clinic_to_crash(tmp_path) as (telegram, _, environment):
        therapist, phones = await enrolled(telegram, environment)
        file = Path(environment["ATTUNE_KEY_FILE"])
        old = Sealing.from_file(file).newest
        (code, phone), *_ = phones.items()
        talking = asyncio.create_task(one_session(phone, therapist, code, [7, 8, 9, 8]))
        rotated = await attune(environment, "keys", "rotate")
        await talking
        for code, phone in list(phones.items())[1:4]:
            await one_session(phone, therapist, code, [5, 6, 7, 8])
    ring = Sealing.from_file(file)
    assert (ring.keys[1], len(ring.keys)) == (old, 2)
    assert rotated.code == 0, rotated
    assert rotated.out == (
        f"{len(phones) + 2} rows under key {ring.newest.id}; 0 under old keys.\n"
    )


@pytest.mark.sqlite_only("the key file stands beside the database")
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
