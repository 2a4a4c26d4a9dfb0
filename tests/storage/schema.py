"""The schema as it is: which tables refer to a person, directly or by way of others."""

import sqlite3
from contextlib import closing

from storage.maintenance.migrate import known_migrations


def empty_database() -> sqlite3.Connection:
    """Return an empty database with the newest schema."""
    opened = sqlite3.connect(":memory:", isolation_level=None)
    for migration in known_migrations():
        for statement in migration.statements:
            opened.execute(statement)
    return opened


def tables_referring_to_people() -> list[str]:
    """Return each table from which foreign keys lead to people."""
    return tables_referring_to("people")


def tables_referring_to(table: str) -> list[str]:
    """Return each table from which foreign keys lead to that one, also by way of others."""
    with closing(empty_database()) as opened:
        tables = [row[0] for row in opened.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )]  # fmt: skip
        keys = {
            table: list(opened.execute(f"PRAGMA foreign_key_list({table})")) for table in tables
        }
    found, size = {table}, 0
    while len(found) > size:
        size = len(found)
        found |= {one for one in tables if any(key[2] in found for key in keys[one])}
    return sorted(found - {table})


def text_columns() -> list[tuple[str, str]]:
    """Return every column of every table that can hold a text."""
    with closing(empty_database()) as opened:
        return [
            (table, column[1])
            for (table,) in opened.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            ).fetchall()
            for column in opened.execute(f"PRAGMA table_info({table})").fetchall()
            if column[2] == "TEXT"
        ]
