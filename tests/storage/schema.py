"""The schema as it is: which tables refer to a person, directly or by way of others."""

import sqlite3
from contextlib import closing
from pathlib import Path

from storage.migrations import known_migrations


def schema(folder: Path) -> sqlite3.Connection:
    """Return an empty database with the newest schema."""
    opened = sqlite3.connect(folder / "schema.db", isolation_level=None)
    for migration in known_migrations():
        for statement in migration.statements:
            opened.execute(statement)
    return opened


def tables_about_people(folder: Path) -> dict[str, list[str]]:
    """Return each table from which foreign keys lead to people, with the columns that do."""
    with closing(schema(folder)) as opened:
        tables = [row[0] for row in opened.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )]  # fmt: skip
        keys = {
            table: list(opened.execute(f"PRAGMA foreign_key_list({table})")) for table in tables
        }
    found, size = {"people"}, 0
    while len(found) > size:
        size = len(found)
        found |= {table for table in tables if any(key[2] in found for key in keys[table])}
    return {
        table: [key[3] for key in keys[table] if key[2] in found]
        for table in sorted(found - {"people"})
    }


def text_columns(folder: Path) -> list[tuple[str, str]]:
    """Return every column of every table that can hold a text."""
    with closing(schema(folder)) as opened:
        return [
            (table, column[1])
            for (table,) in opened.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            ).fetchall()
            for column in opened.execute(f"PRAGMA table_info({table})").fetchall()
            if column[2] == "TEXT"
        ]
