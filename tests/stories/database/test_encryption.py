"""Whoever steals every file finds no account, no name and no typed word in them."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from bot.simulator import Phone
from storage.database.encryption import Encryption, new_key, parse_keys, write_key_file
from storage.database.open_database import file_of
from storage.database.sqlite import open_store
from storage.files.imports import identity_hasher
from storage.maintenance.backup import back_up, decrypt
from storage.maintenance.migrate import migrate
from tests.databases import on_both_engines
from tests.logs import production_log
from tests.stories.access.access_scenario import reply_to_text
from tests.stories.clinic import DROP_SCORES, StoryClinic, answer, open_clinic, wait_for_text
from tests.stories.killable_clinic import open_killable_clinic
from tests.stories.processes import attune
from tests.stories.web.test_health import page_of

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)
TYPED = ("marzipan", "Aurelia Nachtigall", "hippopotamus")


async def play_full_story(story: StoryClinic) -> None:
    """Play everything in which people reveal who they are or type words."""
    await story.run_steady_weeks()
    await story.ask()
    story.patient.say(TYPED[0])
    await story.patient.wait_until(lambda p: "1/5" in p.screen.text)
    await answer(story.patient, DROP_SCORES, direct="No")
    await wait_for_text(story.therapist, "needs your attention")
    story.therapist.say(f"/session {TYPED[2]}")
    story.coordinator.say("/plan P-1")
    before = len(story.coordinator.messages)
    await story.coordinator.wait_until(lambda p: len(p.messages) > before)
    story.coordinator.say(TYPED[1])
    await story.pass_time(minutes=20)


def traces_of(phones: list[Phone]) -> list[bytes]:
    """Return the bytes by which each account, name and typed word would be found in a file."""
    traces = [word.encode(charset) for word in TYPED for charset in ("utf-8", "utf-16-le")]
    for phone in phones:
        # SQLite stores an integer in the fewest of 1, 2, 3, 4, 6 or 8 bytes.
        least = next(size for size in (4, 6, 8) if phone.id < 1 << (8 * size - 1))
        traces += [str(phone.id).encode(), phone.id.to_bytes(least, "big")]
        traces.append(phone.person.first_name.encode())
    return traces


def all_files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file, by its name."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def server_files(address: str) -> dict[str, bytes]:
    """Return the bytes of a PostgreSQL database on disk, and of the server's write-ahead log."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        [(data,)] = connection.execute("SHOW data_directory").fetchall()
        [(number,)] = connection.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).fetchall()
    return all_files(Path(data) / "base" / str(number)) | all_files(Path(data) / "pg_wal")


async def export_everything(story: StoryClinic) -> dict[str, bytes]:
    """Return everything that the bot gives to others than the patient: files, lists, states."""
    for command in ("/preview P-1", "/figures", "/audit", "/people", "/unreachable", "/template"):
        await reply_to_text(story.coordinator, command)
    for command in ("/caseload", "/digest", "/alerts", "/patient P-1"):
        await reply_to_text(story.therapist, command)
    output = {}
    for phone in (story.coordinator, story.therapist):
        texts = [one.text for one in phone.messages if one.from_bot]
        files = [one.document or b"" for one in phone.messages if one.from_bot]
        output[f"said to {phone.id}"] = "\n".join(texts).encode() + b"".join(files)
    output["state"] = str(await story.state()).encode()
    for path in ("/metrics", "/readyz", "/healthz"):
        output[path] = (await page_of(story, path))[1].encode()
    return output


def backup_of(story: StoryClinic, path: Path, folder: Path) -> Path:
    """Back up a SQLite database, and leave the unencrypted copy beside it."""
    encryption = story.settings.encryption()
    assert encryption is not None
    made = back_up(path, folder / "out", encryption=encryption, at=story.clock.now())
    decrypt(made.path, folder / "copied.db", encryption=encryption)
    return made.path


def find_leaks(files: dict[str, bytes], traces: list[bytes]) -> list[tuple[str, bytes]]:
    """Return which trace is in which file."""
    return [
        (name, trace) for name, content in files.items() for trace in traces if trace in content
    ]


@on_both_engines
async def test_a_thief_of_every_file_learns_who_nobody_is(tmp_path: Path) -> None:
    """Database, write-ahead log, backup before encryption, exports, and the program's log.

    The files are read while the bot runs, as a killed bot leaves them; the log is that of all
    libraries, as in production, with everything of ours from DEBUG up.
    """
    with production_log() as log:
        async with open_clinic(tmp_path) as story:
            await play_full_story(story)
            people = [story.patient, story.therapist, story.coordinator]
            traces = traces_of(people)
            out = await export_everything(story)
            path = file_of(story.settings.database)
            if path is None:
                files = await asyncio.to_thread(server_files, story.settings.database)
                assert len(files) > 50
            else:
                made = await asyncio.to_thread(backup_of, story, path, tmp_path)
                files = all_files(tmp_path)
                assert set(files) >= {"attune.db", "attune.db-wal", "copied.db", f"out/{made.name}"}
            await story.stop()
            files |= {f"{name}, stopped": content for name, content in all_files(tmp_path).items()}
    files["log"] = log.getvalue().encode()
    assert files["log"]
    assert find_leaks({**files, **out}, traces) == []


@on_both_engines
async def test_keys_are_rotated_beside_a_running_bot(tmp_path: Path) -> None:
    """The bot still knows everybody, and afterwards nothing is encrypted with the old key."""
    async with open_killable_clinic(tmp_path) as clinic:
        await clinic.enrol_everyone()
        file = Path(clinic.settings["ATTUNE_KEY_FILE"])
        old = Encryption.from_file(file).newest
        first, *others = clinic.patients
        session = asyncio.create_task(clinic.play_session(first, [7, 8, 9, 8]))
        rotated = await attune(clinic.settings, "keys", "rotate")
        await session
        await asyncio.gather(*(clinic.play_session(code, [5, 6, 7, 8]) for code in others[:3]))
    encryption = Encryption.from_file(file)
    assert (encryption.keys[1], len(encryption.keys)) == (old, 2)
    assert rotated.code == 0, rotated
    assert rotated.out == (
        f"{len(clinic.phones) + 1} rows under key {encryption.newest.id}; 0 under old keys.\n"
    )


@pytest.mark.sqlite_only("the key file stands beside the database")
async def test_a_killed_rotation_is_gone_on_with(tmp_path: Path) -> None:
    """The new key of a killed rotation is used; there is no third one."""
    environment = {"ATTUNE_DATABASE": f"sqlite:///{tmp_path / 'attune.db'}"}
    store = await open_store(tmp_path / "attune.db")
    await migrate(store, now=T0)
    async with store.transaction() as tx:
        await identity_hasher(tx)
        old = tx.encryption.newest
    fresh = new_key()
    write_key_file(tmp_path / "attune.db.key", [fresh, old])  # and then it was killed
    rotated = await attune(environment, "keys", "rotate")
    await store.close()
    assert rotated.out == f"2 rows under key {fresh.id}; 0 under old keys.\n"
    assert Encryption.from_file(tmp_path / "attune.db.key").keys == (fresh, old)


async def test_a_server_without_a_key_is_one_sentence() -> None:
    """A PostgreSQL database has no file that a key file could be next to."""
    outcome = await attune({"ATTUNE_DATABASE": "postgresql://nowhere/attune"}, "state")
    assert outcome.is_one_sentence(), outcome
    assert "ATTUNE_KEYS" in outcome.err


async def test_a_malformed_key_is_one_sentence_without_it() -> None:
    """The mistyped value is not printed: it may be almost the key."""
    outcome = await attune({"ATTUNE_KEYS": "a:hunter2"}, "state")
    assert outcome.is_one_sentence(), outcome
    assert "hunter2" not in outcome.err


async def test_a_printed_key_is_a_key() -> None:
    """The output of `attune keys new` can be used as it is."""
    outcome = await attune({}, "keys", "new")
    assert len(parse_keys(outcome.out)) == 1
