"""What an earlier version stored as plain text is encrypted; keys change while the bot runs."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from alliance.errors import BadKey
from storage.checkins import comments
from storage.database.encryption import Encryption, new_key, write_key_file
from storage.database.sqlite import SqliteStore, key_file_of, open_store
from storage.database.tx import utc_text
from storage.maintenance.migrate import migrate
from storage.maintenance.rotate_keys import (
    ROWS_PER_BATCH,
    check_keys,
    count_by_key,
    reencrypt_batch,
    rewrite_if_pending,
)
from storage.people import accounts, people

pytestmark = pytest.mark.sqlite_only("the bytes of its files, and the key file beside them")

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)
AN_ID = 5_123_456_789


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A database of the last version with readable ids, with one person and what they typed."""
    opened = await open_store(tmp_path / "attune.db")
    await migrate(opened, now=T0, upto=8)
    async with opened.transaction() as tx:
        await tx.run(
            "INSERT INTO people (id, code, role, language, zone, state, created_at)"
            " VALUES ('p', 'P-1', 'patient', 'en', 'UTC', 'active', 't0')"
        )
        await tx.run("INSERT INTO chats VALUES ('p', ?, 't0')", AN_ID)
        await tx.run("INSERT INTO wizards VALUES ('p', 'plan', 'day', '{\"a\": \"Marie\"}', 't0')")
        await tx.run("INSERT INTO facts VALUES ('calendar_key', 'a0a1a2a3')")
    yield opened
    await opened.close()


def raw(folder: Path) -> bytes:
    """Return every byte of the database and its log."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("attune.db*")))


async def test_an_earlier_database_is_encrypted_and_rewritten(
    store: SqliteStore, tmp_path: Path
) -> None:
    """People are recognised as before, and no old page or log shows who they are."""
    secrets = (AN_ID.to_bytes(6, "big"), b"Marie", b"a0a1a2a3")
    assert all(one in raw(tmp_path) for one in secrets)

    await migrate(store, now=T0)
    await rewrite_if_pending(store)

    async with store.read_transaction() as tx:
        assert await accounts.owner(tx, AN_ID) == "p"
        assert await accounts.of_person(tx, "p") == AN_ID
        assert await count_by_key(tx) == {tx.encryption.newest.id: 4}
    assert not [one for one in (*secrets, str(AN_ID).encode()) if one in raw(tmp_path)]


async def test_a_new_account_replaces_the_old_one(store: SqliteStore, tmp_path: Path) -> None:
    """A person has one account; the earlier one is no longer theirs."""
    await migrate(store, now=T0)
    async with store.transaction() as tx:
        await accounts.bind(tx, person_id="p", telegram_id=7, at=T0)
    async with store.read_transaction() as tx:
        assert await people.by_telegram(tx, AN_ID) is None
        found = await people.by_telegram(tx, 7)
    assert found is not None
    assert found.code == "P-1"


@pytest.mark.fault("a key rotation is killed")
async def test_a_rotation_is_resumed_and_everybody_stays_known(
    store: SqliteStore, tmp_path: Path
) -> None:
    """Killed after one batch, it continues with the rest; meanwhile both keys find people."""
    await migrate(store, now=T0)
    many = ROWS_PER_BATCH + 20
    async with store.transaction() as tx:
        for number in range(many):
            made = await people.add(
                tx, code=f"P-{number + 2}", role="patient", language="en", zone="UTC", at=T0
            )
            await accounts.bind(tx, person_id=made.id, telegram_id=number + 1, at=T0)
        old = tx.encryption.newest
    path = key_file_of(tmp_path / "attune.db")
    write_key_file(path, [new_key(), old])

    again = await open_store(tmp_path / "attune.db", checkpoint=False)
    async with again.transaction() as tx:
        assert await reencrypt_batch(tx) == ROWS_PER_BATCH
    await again.close()  # it was killed here
    async with store.read_transaction() as tx:
        assert set(await count_by_key(tx)) == {key.id for key in tx.encryption.keys}
        known = [await accounts.owner(tx, number + 1) for number in range(many)]
    assert None not in known

    async with store.transaction() as tx:
        while await reencrypt_batch(tx):
            pass
        assert await count_by_key(tx) == {tx.encryption.newest.id: many + 4}
        newest = tx.encryption.newest
    without_old = await open_store(
        tmp_path / "attune.db", encryption=Encryption([newest]), write=False
    )
    async with without_old.read_transaction() as tx:
        assert await accounts.owner(tx, AN_ID) == "p"
        assert await accounts.of_person(tx, "p") == AN_ID
    await without_old.close()


async def test_a_key_added_during_a_look_up_is_noticed(store: SqliteStore, tmp_path: Path) -> None:
    """Somebody whose account is re-encrypted during a look-up is found all the same."""
    await migrate(store, now=T0)
    async with store.transaction() as tx:
        path, old = key_file_of(tmp_path / "attune.db"), tx.encryption.newest
    fresh = new_key()
    async with store.transaction() as tx:
        write_key_file(path, [fresh, old])
        while await reencrypt_batch(tx):
            pass
    write_key_file(path, [old])
    async with store.read_transaction() as tx:
        assert tx.encryption.newest == old

        class Meanwhile:
            """A transaction beside which the key file changes after the first look."""

            holding, encryption = tx.for_update, tx.encryption
            run, all = tx.run, tx.all

            async def one(self, sql: str, *values: str | int | float | None) -> object:
                found = await tx.one(sql, *values)
                write_key_file(path, [fresh, old])
                return found

        assert await accounts.owner(Meanwhile(), AN_ID) == "p"  # type: ignore[arg-type]


async def test_comments_are_reencrypted(store: SqliteStore, tmp_path: Path) -> None:
    """With the new key a comment decrypts as before; moved to another check-in it does not."""
    await migrate(store, now=T0)
    async with store.transaction() as tx:
        for made, session in (("k1", "s1"), ("k2", "s2")):
            await tx.run(
                "INSERT INTO sessions (id, patient_id, starts_at, ends_at, zone, delay_minutes,"
                " instrument, quiet_from, quiet_to, state)"
                " VALUES (?, 'p', ?, ?, 'UTC', 0, 'check_in_4', '', '', 'held')",
                session,
                utc_text(T0),
                utc_text(T0),
            )
            await tx.run(
                "INSERT INTO checkins (id, session_id, patient_id, instrument, instrument_version,"
                " state, due_at, closes_at) VALUES (?, ?, 'p', 'check_in_4', 1, 'completed', ?, ?)",
                made,
                session,
                utc_text(T0),
                utc_text(T0),
            )
        await comments.save(tx, checkin_id="k1", text="marzipan", at=T0)
        old = tx.encryption.newest
    write_key_file(key_file_of(tmp_path / "attune.db"), [new_key(), old])
    async with store.transaction() as tx:
        while await reencrypt_batch(tx):
            pass
        assert set(await count_by_key(tx)) == {tx.encryption.newest.id}
        found = await comments.of_checkin(tx, "k1")
        assert found is not None
        assert found.text == "marzipan"
        await tx.run("UPDATE comments SET checkin_id = 'k2'")
        with pytest.raises(BadKey, match="moved"):
            await comments.of_checkin(tx, "k2")


async def test_a_missing_key_is_reported_before_anybody_is_unknown(
    store: SqliteStore, tmp_path: Path
) -> None:
    """With another key the bot does not start; the message names the key to restore."""
    await migrate(store, now=T0)
    async with store.read_transaction() as tx:
        lost = tx.encryption.newest.id
    await check_keys(store)
    other = await open_store(
        tmp_path / "attune.db", encryption=Encryption([new_key()]), write=False
    )
    with pytest.raises(BadKey, match=lost):
        await check_keys(other)
    await other.close()


@pytest.mark.fault("a sealed row is moved to another person")
async def test_rows_swapped_in_the_file_do_not_open(store: SqliteStore, tmp_path: Path) -> None:
    """Moving an account to another row causes an error, and does not show another person."""
    await migrate(store, now=T0)
    async with store.transaction() as tx:
        made = await people.add(tx, code="P-2", role="patient", language="en", zone="UTC", at=T0)
        await accounts.bind(tx, person_id=made.id, telegram_id=9, at=T0)
    with closing(sqlite3.connect(tmp_path / "attune.db")) as attacker, attacker:
        attacker.execute(
            "UPDATE accounts SET sealed = (SELECT sealed FROM accounts WHERE person_id = ?)"
            " WHERE person_id = 'p'",
            (made.id,),
        )
    async with store.read_transaction() as tx:
        with pytest.raises(BadKey, match="moved"):
            await accounts.of_person(tx, "p")
