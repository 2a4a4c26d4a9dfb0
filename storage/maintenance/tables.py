"""The tables of the newest schema, derived from the migrations: the same on every database."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter

from storage.maintenance.migrate import known_migrations

VERSIONS = "schema_versions"


@dataclass(frozen=True, slots=True)
class DatabaseTable:
    """One table.

    Attributes:
        name: Its name.
        columns: All of its columns.
        key: The columns of its primary key, in order.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


@cache
def tables() -> tuple[DatabaseTable, ...]:
    """Return every table of the newest schema; each comes after those it references."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for migration in known_migrations():
            for statement in migration.statements:
                connection.execute(statement)
        names = [
            str(name)
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        found = {name: _table(connection, name) for name in names}
        references = {name: _referenced_tables(connection, name) for name in names}
    return tuple(found[name] for name in sort_by_reference(references))


def sort_by_reference(references: Mapping[str, set[str]]) -> list[str]:
    """Sort names so that each comes after those it references, otherwise alphabetically."""
    sorter = TopologicalSorter(
        {name: sorted(references[name] - {name}) for name in sorted(references)}
    )
    return list(sorter.static_order())


def _table(connection: sqlite3.Connection, name: str) -> DatabaseTable:
    rows = connection.execute(f"PRAGMA table_info({name})").fetchall()
    key = sorted((place, column) for _, column, _, _, _, place in rows if place)
    return DatabaseTable(name, tuple(row[1] for row in rows), tuple(column for _, column in key))


def _referenced_tables(connection: sqlite3.Connection, name: str) -> set[str]:
    return {str(row[2]) for row in connection.execute(f"PRAGMA foreign_key_list({name})")}
