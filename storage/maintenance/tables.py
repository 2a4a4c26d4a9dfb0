"""The tables there are, read off our own migrations: the same on every kind of database."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter

from storage.maintenance.migrate import known_migrations

VERSIONS = "schema_versions"


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        name: What it is called.
        columns: All of them.
        key: Those of the primary key, in its order.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


@cache
def tables() -> tuple[Table, ...]:
    """Return every table of the newest schema; each comes after those that it refers to."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as opened:
        for migration in known_migrations():
            for statement in migration.statements:
                opened.execute(statement)
        names = [
            str(name)
            for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        found = {name: _table(opened, name) for name in names}
        refers = {name: _parents(opened, name) for name in names}
    return tuple(found[name] for name in in_order(refers))


def in_order(refers: Mapping[str, set[str]]) -> list[str]:
    """Return names so that each comes after those that it refers to, else by the alphabet."""
    sorter = TopologicalSorter({name: sorted(refers[name] - {name}) for name in sorted(refers)})
    return list(sorter.static_order())


def _table(opened: sqlite3.Connection, name: str) -> Table:
    rows = opened.execute(f"PRAGMA table_info({name})").fetchall()
    placed = sorted((place, column) for _, column, _, _, _, place in rows if place)
    return Table(name, tuple(row[1] for row in rows), tuple(column for _, column in placed))


def _parents(opened: sqlite3.Connection, name: str) -> set[str]:
    return {str(row[2]) for row in opened.execute(f"PRAGMA foreign_key_list({name})")}
