"""Migrations: from any earlier version, a database gets the same schema and keeps all its rows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from alliance.errors import WrongSchema
from storage.database.open_database import open_database
from storage.database.tx import Store, Tx
from storage.maintenance.migrate import known_migrations, migrate
from tests.databases import ENCRYPTION, current_engine, fresh_database_address

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)
VERSIONS = [migration.version for migration in known_migrations()]

A_CLINIC_IN_VERSION_1 = (
    "INSERT INTO people VALUES ('p', 'P-1', 'patient', 'en', 'UTC', 'active', 't0')",
    "INSERT INTO plans VALUES ('l', 'p', 'FREQ=WEEKLY;BYDAY=TU', '2026-03-03', '14:00', 'UTC', 50,"
    " 20, 'check_in_4', '21:00', '08:00', 't0', NULL, 't1')",
    "INSERT INTO sessions VALUES ('s', 'p', 'l', 't0', 't1', 'UTC', 20, 'check_in_4', '21:00',"
    " '08:00', 'held')",
    "INSERT INTO checkins VALUES ('k', 's', 'p', 'check_in_4', 1, 'completed', 't1', 't2', NULL,"
    " 't1', 't1', 't1', 't2', 7, 'no', NULL, NULL, 36.0, 0)",
    "INSERT INTO checkin_events VALUES ('e', 'k', 'completed', 'answered', 't1')",
    "INSERT INTO answers VALUES ('k', 'bond', 9.0, 't1')",
    "INSERT INTO alerts VALUES ('a', 'k', 'p', 'scores', 'open', '{}', 'd 1', 't1', NULL, NULL)",
)


@pytest_asyncio.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """An empty database, not yet migrated."""
    async with open_new_store(tmp_path, is_empty=True) as opened:
        yield opened


@asynccontextmanager
async def open_new_store(folder: Path, *, is_empty: bool) -> AsyncIterator[Store]:
    """Open a database without any schema, or with the newest one."""
    async with fresh_database_address(folder, is_empty=is_empty) as address:
        opened = await open_database(address, encryption=ENCRYPTION)
        try:
            yield opened
        finally:
            await opened.close()


async def schema_of(store: Store) -> list[str]:
    """Return every column of every table, and every index."""
    async with store.read_transaction() as tx:
        if current_engine() == "postgresql":
            return await _postgresql_schema(tx)
        columns = await tx.all(
            "SELECT m.name || '.' || c.name || ' ' || c.type || c.\"notnull\" || c.pk"
            " || COALESCE(c.dflt_value, '') AS part FROM sqlite_master m"
            " JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
        )
        indexes = await tx.all(
            "SELECT name || ' of ' || tbl_name || COALESCE(sql, '') AS part"
            " FROM sqlite_master WHERE type = 'index'"
        )
    return sorted(str(row["part"]) for row in (*columns, *indexes))


async def _postgresql_schema(tx: Tx) -> list[str]:
    columns = await tx.all(
        "SELECT CONCAT_WS(' ', table_name, column_name, data_type, is_nullable, column_default)"
        " AS part FROM information_schema.columns WHERE table_schema = 'public'"
    )
    indexes = await tx.all("SELECT indexdef AS part FROM pg_indexes WHERE schemaname = 'public'")
    return sorted(str(row["part"]) for row in (*columns, *indexes))


@pytest.mark.parametrize("first_version", VERSIONS)
async def test_every_earlier_version_ends_with_the_same_schema(
    store: Store, tmp_path: Path, first_version: int
) -> None:
    """A database of any version, opened today, is like a new one."""
    await migrate(store, now=T0, upto=first_version)
    await migrate(store, now=T0)
    (tmp_path / "fresh").mkdir()
    async with open_new_store(tmp_path / "fresh", is_empty=False) as fresh:
        assert await schema_of(store) == await schema_of(fresh)


def test_two_migrations_with_one_number_are_refused(tmp_path: Path) -> None:
    """The second would never run."""
    for name in ("0001_one.sql", "0001_two.sql"):
        (tmp_path / name).write_text("CREATE TABLE t (id TEXT);")
    with pytest.raises(WrongSchema, match="0001_two"):
        known_migrations(tmp_path)


async def test_no_row_is_lost(store: Store, engine: str) -> None:
    """A clinic of the first version keeps its plan, sessions, answers and alerts."""
    await migrate(store, now=T0, upto=1)
    async with store.transaction() as tx:
        for statement in A_CLINIC_IN_VERSION_1:
            await tx.run(statement)
    await migrate(store, now=T0)
    async with store.read_transaction() as tx:
        row = await tx.one(
            "SELECT p.code, l.rule, s.state AS session, k.score, n.value, a.kind, e.reason"
            " FROM alerts a JOIN checkins k ON k.id = a.checkin_id"
            " JOIN sessions s ON s.id = k.session_id JOIN plans l ON l.id = s.plan_id"
            " JOIN people p ON p.id = l.patient_id JOIN answers n ON n.checkin_id = k.id"
            " JOIN checkin_events e ON e.checkin_id = k.id"
        )
        # PostgreSQL enforces foreign keys; SQLite is asked.
        query = "PRAGMA foreign_key_check" if engine == "sqlite" else "SELECT 1 WHERE 1 = 0"
        broken = await tx.all(query)
    assert row is not None
    assert tuple(row[name] for name in ("code", "rule", "session", "score", "value", "kind")) == (
        "P-1",
        "FREQ=WEEKLY;BYDAY=TU",
        "held",
        36.0,
        9.0,
        "scores",
    )
    assert not list(broken)
