"""Migrations: numbered SQL files, forward only, each in one transaction with its version."""

import re
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from alliance.errors import WrongSchema
from storage.database.tx import BadStatement, Store, Tx, utc_text
from storage.maintenance.code_migrations import STEPS

MIGRATION_LOCK = -2
"""Advisory lock of the worker that migrates."""

FOLDER = Path(__file__).parents[1] / "migrations"
_NAME = re.compile(r"^(\d{4})_[a-z_]+\.sql$")


class Migration(NamedTuple):
    """One step from a schema version to the next."""

    version: int
    statements: tuple[str, ...]


def known_migrations(folder: Path = FOLDER) -> tuple[Migration, ...]:
    """Return all migrations, in order."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        matched = _NAME.match(path.name)
        if matched is None:
            raise WrongSchema(f"{path.name} is not named like 0001_words.sql")
        found.append(Migration(int(matched.group(1)), _statements(path.read_text("utf-8"))))
        if len(found) > 1 and found[-1].version == found[-2].version:
            raise WrongSchema(f"{path.name} has the number of another migration")
    return tuple(found)


async def migrate(store: Store, *, now: datetime, upto: int | None = None) -> int:
    """Bring the database to the newest schema and return its version.

    Args:
        store: An open database.
        now: Stored with each version.
        upto: Stop at this version; used by tests.

    Raises:
        WrongSchema: A newer program created the database; nothing is changed.
    """
    migrations = known_migrations()
    async with store.transaction() as tx:
        await _lock_migrations(tx)
        await tx.all(
            "CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY, at TEXT)"
        )
    for migration in migrations:
        if upto is not None and migration.version > upto:
            break
        async with store.transaction() as tx:
            await _lock_migrations(tx)
            if migration.version > await _version(tx):
                for statement in migration.statements:
                    await tx.all(statement)
                if migration.version in STEPS:
                    await STEPS[migration.version](tx)
                await tx.run(
                    "INSERT INTO schema_versions (version, at) VALUES (?, ?)",
                    migration.version,
                    utc_text(now),
                )
    async with store.read_transaction() as tx:
        version = await _version(tx)
    check_schema(version, migrations[-1].version)
    return version


async def _lock_migrations(tx: Tx) -> None:
    """Wait until no other worker is migrating."""
    await tx.one(f"SELECT {tx.advisory_lock} AS turn", MIGRATION_LOCK)


async def check_database(tx: Tx, *, oldest: int | None = None) -> None:
    """Refuse a database that this program cannot use as it is.

    Args:
        tx: An open transaction.
        oldest: The oldest schema that will do; None for the newest.

    Raises:
        WrongSchema: Its schema is newer or older than this program's, or it has none.
    """
    known = known_migrations()[-1].version
    try:
        found = await _version(tx)
    except BadStatement:  # there is no table of versions
        found = 0
    check_schema(found, known)
    if found < (known if oldest is None else oldest):
        raise WrongSchema(
            f"The database has schema {found}, this program knows {known}: `attune run` updates it."
        )


def check_schema(found: int, known: int) -> None:
    """Refuse a database of a newer program.

    Raises:
        WrongSchema: ``found`` is above ``known``.
    """
    if found > known:
        raise WrongSchema(
            f"The database has schema {found}, this program knows {known}: update the program."
        )


async def _version(tx: Tx) -> int:
    row = await tx.one("SELECT MAX(version) AS version FROM schema_versions")
    return 0 if row is None or row["version"] is None else int(row["version"])


def _statements(script: str) -> tuple[str, ...]:
    without_comments = re.sub(r"--[^\n]*", "", script)
    parts = (part.strip() for part in without_comments.split(";"))
    return tuple(part for part in parts if part)
