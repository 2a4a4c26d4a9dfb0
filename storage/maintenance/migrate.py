"""Migrations: numbered SQL files, forward only, each in one transaction with its version."""

import re
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from alliance.errors import WrongSchema
from storage.audit import hash_chain
from storage.database.tx import BadStatement, Store, Tx, at_text
from storage.maintenance.rotate_keys import seal_what_was_readable

STEPS: dict[int, Callable[[Tx], Coroutine[Any, Any, None]]] = {
    9: seal_what_was_readable,
    17: hash_chain.begin,
}
"""Version to what is done in code after its statements, in the same transaction."""

MIGRATING = -2
"""The turn of who migrates."""

FOLDER = Path(__file__).parents[1] / "migrations"
_NAME = re.compile(r"^(\d{4})_[a-z_]+\.sql$")


class Migration(NamedTuple):
    """One step from a schema version to the next."""

    version: int
    statements: tuple[str, ...]


def known_migrations(folder: Path = FOLDER) -> tuple[Migration, ...]:
    """Return all migrations in order."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        matched = _NAME.match(path.name)
        if matched is None:
            raise WrongSchema(f"{path.name} is not named like 0001_words.sql")
        found.append(Migration(int(matched.group(1)), _statements(path.read_text("utf-8"))))
    return tuple(found)


async def migrate(store: Store, *, now: datetime, upto: int | None = None) -> int:
    """Bring the database to the newest schema and return its version.

    Args:
        store: An open database.
        now: Written beside each version.
        upto: Stop at this version; tests use it to begin in the past.

    Raises:
        WrongSchema: The database was made by a newer program; nothing is touched.
    """
    migrations = known_migrations()
    async with store.transaction() as tx:
        await _take_turn(tx)
        await tx.all(
            "CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY, at TEXT)"
        )
    for migration in migrations:
        if upto is not None and migration.version > upto:
            break
        async with store.transaction() as tx:
            await _take_turn(tx)
            if migration.version > await _version(tx):
                for statement in migration.statements:
                    await tx.all(statement)
                if migration.version in STEPS:
                    await STEPS[migration.version](tx)
                await tx.run(
                    "INSERT INTO schema_versions (version, at) VALUES (?, ?)",
                    migration.version,
                    at_text(now),
                )
    async with store.reading() as tx:
        version = await _version(tx)
    check_schema(version, migrations[-1].version)
    return version


async def _take_turn(tx: Tx) -> None:
    """Wait until no other worker migrates."""
    await tx.one(f"SELECT {tx.turn} AS turn", MIGRATING)


async def check_database(tx: Tx) -> None:
    """Refuse a database that this program cannot read as it is.

    Raises:
        WrongSchema: It is newer or older than this program, or no database of ours.
    """
    known = known_migrations()[-1].version
    try:
        found = await _version(tx)
    except BadStatement:  # there is no table of versions
        found = 0
    check_schema(found, known)
    if found < known:
        raise WrongSchema(
            f"The database has schema {found}, this program knows {known}: `attune run` updates it."
        )


def check_schema(found: int, known: int) -> None:
    """Refuse a database that a newer program made.

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
