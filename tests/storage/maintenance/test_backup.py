"""Backups: consistent while others write, unreadable without the key, and never incomplete."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from alliance.errors import BadBackup, BadKey
from storage.database.encryption import Encryption, new_key
from storage.database.sqlite import SqliteStore, open_store
from storage.maintenance.backup import back_up, decrypt, old_backups, verify
from storage.maintenance.migrate import migrate
from storage.people import people

pytestmark = pytest.mark.sqlite_only("a server is backed up by its own means")

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A fresh database with a few people."""
    opened = await open_store(tmp_path / "attune.db")
    await migrate(opened, now=T0)
    await enrol(opened, 0, 10)
    yield opened
    await opened.close()


async def enrol(store: SqliteStore, first: int, last: int) -> None:
    """Add people, each in a transaction of its own."""
    for number in range(first, last):
        async with store.transaction() as tx:
            await people.add(
                tx, code=f"P-{number}", role="patient", language="en", zone="UTC", at=T0
            )


async def test_a_backup_under_writes_is_whole(store: SqliteStore, tmp_path: Path) -> None:
    """What was saved before the backup began is in it, and it opens as a database."""
    encryption = Encryption([new_key()])
    writing = asyncio.create_task(enrol(store, 10, 400))
    backup = await asyncio.to_thread(
        back_up, tmp_path / "attune.db", tmp_path / "backups", encryption=encryption, at=T0
    )
    await writing
    assert backup.rows["people"] >= 10
    assert backup.path.name == "attune-20260303T120000Z.backup"
    copy = tmp_path / "copy.db"
    decrypt(backup.path, copy, encryption=encryption)
    codes = {row[0] for row in sqlite3.connect(copy).execute("SELECT code FROM people")}
    assert {f"P-{number}" for number in range(10)} <= codes


async def test_a_backup_shows_nothing(store: SqliteStore, tmp_path: Path) -> None:
    """Neither a code nor SQLite's signature is readable, and no other file is left."""
    folder = tmp_path / "backups"
    code = "P-NOT-FOUND-BY-CHANCE"
    async with store.transaction() as tx:
        await people.add(tx, code=code, role="patient", language="en", zone="UTC", at=T0)
    backup = back_up(tmp_path / "attune.db", folder, encryption=Encryption([new_key()]), at=T0)
    raw = backup.path.read_bytes()
    assert code.encode() not in raw
    assert b"SQLite" not in raw
    assert list(folder.iterdir()) == [backup.path]
    assert backup.path.stat().st_mode & 0o077 == 0


@pytest.mark.fault("the key of a backup is lost")
async def test_only_its_key_opens_it(store: SqliteStore, tmp_path: Path) -> None:
    """Without the key, one sentence names it; with old keys a backup still opens."""
    old, new = new_key(), new_key()
    backup = back_up(tmp_path / "attune.db", tmp_path, encryption=Encryption([old]), at=T0)
    with pytest.raises(BadKey, match=old.id):
        verify(backup.path, encryption=Encryption([new]))
    assert verify(backup.path, encryption=Encryption([new, old])).rows == backup.rows


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.floats(0, 1, exclude_max=True), cut=st.booleans())
@example(at=6.103515625e-05, cut=False)  # the length in a chunk's header
@pytest.mark.fault("a backup with a flipped byte or a missing end")
async def test_a_damaged_backup_is_refused(
    store: SqliteStore, tmp_path: Path, at: float, *, cut: bool
) -> None:
    """A flipped byte or a missing end anywhere is noticed; nothing is guessed."""
    encryption = Encryption([new_key()])
    path = back_up(tmp_path / "attune.db", tmp_path, encryption=encryption, at=T0).path
    raw = bytearray(path.read_bytes())
    place = int(at * len(raw))
    if cut:
        raw = raw[:place]
    else:
        raw[place] ^= 1
    path.write_bytes(bytes(raw))
    with pytest.raises((BadBackup, BadKey)):
        verify(path, encryption=encryption)


async def test_data_after_the_end_is_refused(store: SqliteStore, tmp_path: Path) -> None:
    """Two backups in one file are no backup."""
    encryption = Encryption([new_key()])
    path = back_up(tmp_path / "attune.db", tmp_path, encryption=encryption, at=T0).path
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(BadBackup, match="after its end"):
        verify(path, encryption=encryption)


async def test_an_unusable_folder_is_reported_in_one_sentence(
    store: SqliteStore, tmp_path: Path
) -> None:
    """A file where the folder should be is reported, and no incomplete backup is left."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(BadBackup, match="No backup was made"):
        back_up(
            tmp_path / "attune.db", tmp_path / "taken", encryption=Encryption([new_key()]), at=T0
        )


async def test_the_newest_backups_are_kept(store: SqliteStore, tmp_path: Path) -> None:
    """Retention returns the oldest first, and never the newest."""
    encryption = Encryption([new_key()])
    made = [
        back_up(
            tmp_path / "attune.db", tmp_path, encryption=encryption, at=T0 + timedelta(days=day)
        ).path
        for day in range(4)
    ]
    assert old_backups(tmp_path, keep=3) == made[:1]
    assert old_backups(tmp_path, keep=9) == []
