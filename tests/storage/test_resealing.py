"""What an earlier version kept readable is sealed; keys change beside running work."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from alliance.errors import BadKey
from storage.checkins import comments
from storage.database.encryption import Sealing, new_key, write_key_file
from storage.database.sqlite import SqliteStore, key_file_of, open_store
from storage.database.tx import at_text
from storage.maintenance.migrate import migrate
from storage.maintenance.rotate_keys import AT_ONCE, check_keys, reseal_some, sweep, under_keys
from storage.people import accounts, people

pytestmark = pytest.mark.sqlite_only("the bytes of its files, and the key file beside them")

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)
AN_ID = 5_123_456_789


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A database of the last version that kept ids readable, with one person and their words."""
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


async def test_an_earlier_database_is_sealed_and_swept(store: SqliteStore, tmp_path: Path) -> None:
    """After the update people are known as before, and no old page or log shows who they are."""
    told = (AN_ID.to_bytes(6, "big"), b"Marie", b"a0a1a2a3")
    assert all(one in raw(tmp_path) for one in told)

    await migrate(store, now=T0)
    await sweep(store)

    async with store.reading() as tx:
        assert await accounts.owner(tx, AN_ID) == "p"
        assert await accounts.of_person(tx, "p") == AN_ID
        assert await under_keys(tx) == {tx.sealing.newest.id: 4}
    assert not [one for one in (*told, str(AN_ID).encode()) if one in raw(tmp_path)]


async def test_whoever_comes_back_on_another_phone_leaves_no_old_id(
    store: SqliteStore, tmp_path: Path
) -> None:
    """A person has one account; the one before is no longer theirs."""
    await migrate(store, now=T0)
    async with store.transaction() as tx:
        await accounts.bind(tx, person_id="p", telegram_id=7, at=T0)
    async with store.reading() as tx:
        assert await people.by_telegram(tx, AN_ID) is None
        found = await people.by_telegram(tx, 7)
    assert found is not None
    assert found.code == "P-1"


@pytest.mark.fault("a key rotation is killed")
async def test_a_rotation_is_resumed_and_everybody_stays_known(
    store: SqliteStore, tmp_path: Path
) -> None:
    """Killed after one batch, it goes on with the rest; meanwhile both keys find people."""
    await migrate(store, now=T0)
    many = AT_ONCE + 20
    async with store.transaction() as tx:
        for number in range(many):
            made = await people.add(
                tx, code=f"P-{number + 2}", role="patient", language="en", zone="UTC", at=T0
            )
            await accounts.bind(tx, person_id=made.id, telegram_id=number + 1, at=T0)
        old = tx.sealing.newest
    path = key_file_of(tmp_path / "attune.db")
    write_key_file(path, [new_key(), old])

    again = await open_store(tmp_path / "attune.db", checkpoint=False)
    async with again.transaction() as tx:
        assert await reseal_some(tx) == AT_ONCE
    await again.close()  # it was killed here
    async with store.reading() as tx:
        assert set(await under_keys(tx)) == {key.id for key in tx.sealing.keys}
        known = [await accounts.owner(tx, number + 1) for number in range(many)]
    assert None not in known

    async with store.transaction() as tx:
        while await reseal_some(tx):
            pass
        assert await under_keys(tx) == {tx.sealing.newest.id: many + 4}
        newest = tx.sealing.newest
    without_old = await open_store(tmp_path / "attune.db", sealing=Sealing([newest]), write=False)
    async with without_old.reading() as tx:
        assert await accounts.owner(tx, AN_ID) == "p"
        assert await accounts.of_person(tx, "p") == AN_ID
    await without_old.close()


async def test_a_key_that_comes_between_looking_and_finding_is_noticed(
    store: SqliteStore, tmp_path: Path
) -> None:
    """Somebody who was sealed anew in the middle of a look-up is found all the same."""
    await migrate(store, now=T0)
    async with store.transaction() as tx:
        path, old = key_file_of(tmp_path / "attune.db"), tx.sealing.newest
    fresh = new_key()
    async with store.transaction() as tx:
        write_key_file(path, [fresh, old])
        while await reseal_some(tx):
            pass
    write_key_file(path, [old])
    async with store.reading() as tx:
        assert tx.sealing.newest == old

        class Meanwhile:
            """A transaction beside which the key file changes after the first look."""

            holding, sealing = tx.holding, tx.sealing
            run, all = tx.run, tx.all

            async def one(self, sql: str, *values: str | int | float | None) -> object:
                found = await tx.one(sql, *values)
                write_key_file(path, [fresh, old])
                return found

        assert await accounts.owner(Meanwhile(), AN_ID) == "p"  # type: ignore[arg-type]


async def test_what_patients_wrote_is_sealed_anew_in_its_place(
    store: SqliteStore, tmp_path: Path
) -> None:
    """Under the fresh key it opens as before; moved to another check-in it does not."""
    await migrate(store, now=T0)
    async with store.transaction() as tx:
        for made, session in (("k1", "s1"), ("k2", "s2")):
            await tx.run(
                "INSERT INTO sessions (id, patient_id, starts_at, ends_at, zone, delay_minutes,"
                " instrument, quiet_from, quiet_to, state)"
                " VALUES (?, 'p', ?, ?, 'UTC', 0, 'check_in_4', '', '', 'held')",
                session,
                at_text(T0),
                at_text(T0),
            )
            await tx.run(
                "INSERT INTO checkins (id, session_id, patient_id, instrument, instrument_version,"
                " state, due_at, closes_at) VALUES (?, ?, 'p', 'check_in_4', 1, 'completed', ?, ?)",
                made,
                session,
                at_text(T0),
                at_text(T0),
            )
        await comments.keep(tx, checkin_id="k1", text="marzipan", at=T0)
        old = tx.sealing.newest
    write_key_file(key_file_of(tmp_path / "attune.db"), [new_key(), old])
    async with store.transaction() as tx:
        while await reseal_some(tx):
            pass
        assert set(await under_keys(tx)) == {tx.sealing.newest.id}
        found = await comments.of_checkin(tx, "k1")
        assert found is not None
        assert found.text == "marzipan"
        await tx.run("UPDATE comments SET checkin_id = 'k2'")
        with pytest.raises(BadKey, match="moved"):
            await comments.of_checkin(tx, "k2")


async def test_a_lost_key_is_said_before_anybody_is_a_stranger(
    store: SqliteStore, tmp_path: Path
) -> None:
    """With another key the bot does not start; the sentence names the key to restore."""
    await migrate(store, now=T0)
    async with store.reading() as tx:
        lost = tx.sealing.newest.id
    await check_keys(store)
    other = await open_store(tmp_path / "attune.db", sealing=Sealing([new_key()]), write=False)
    with pytest.raises(BadKey, match=lost):
        await check_keys(other)
    await other.close()


@pytest.mark.fault("a sealed row is moved to another person")
async def test_rows_swapped_in_the_file_do_not_open(store: SqliteStore, tmp_path: Path) -> None:
    """Whoever moves an account to another row makes an error, not another person."""
    await migrate(store, now=T0)
    async with store.transaction() as tx:
        made = await people.add(tx, code="P-2", role="patient", language="en", zone="UTC", at=T0)
        await accounts.bind(tx, person_id=made.id, telegram_id=9, at=T0)
    with closing(sqlite3.connect(tmp_path / "attune.db")) as thief, thief:
        thief.execute(
            "UPDATE accounts SET sealed = (SELECT sealed FROM accounts WHERE person_id = ?)"
            " WHERE person_id = 'p'",
            (made.id,),
        )
    async with store.reading() as tx:
        with pytest.raises(BadKey, match="moved"):
            await accounts.of_person(tx, "p")
