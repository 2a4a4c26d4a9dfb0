"""The map of the data in docs/privacy.md: the schema as it is, with docs/privacy.toml's reasons.

``python -m tests.house.data_map`` writes it anew after a migration.
"""

import tomllib
from contextlib import closing
from pathlib import Path
from typing import Any

from storage.maintenance.rotate_keys import COLUMNS
from tests.house.made import with_made
from tests.storage.schema import schema

DOCS = Path(__file__).parents[2] / "docs"
DOCUMENT = DOCS / "privacy.md"
REASONS = DOCS / "privacy.toml"
BEGIN = "<!-- data map: made by python -m tests.house.data_map -->\n"
END = "<!-- end of data map -->\n"

HASHED = {
    ("accounts", "blind"): "keyed hash",
    ("invitations", "token_hash"): "hash",
    ("page_links", "token_hash"): "hash",
    ("guesses", "blind"): "keyed hash",
    ("guesses", "token_hash"): "hash",
    ("calendar_events", "key"): "keyed hash",
    ("calendar_events", "calendar"): "keyed hash",
}
"""Columns that cannot be read although they are not sealed."""


def columns() -> list[tuple[str, str]]:
    """Return every column of every table of the newest schema."""
    with closing(schema()) as opened:
        tables = opened.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            " ORDER BY name"
        ).fetchall()
        found = [
            (table, column[1])
            for (table,) in tables
            for column in opened.execute(f"PRAGMA table_info({table})")
        ]
    return [*found, ("schema_versions", "version"), ("schema_versions", "at")]


def reasons() -> dict[str, Any]:
    """Return what people wrote about each column."""
    return tomllib.loads(REASONS.read_text("utf-8"))


def explained() -> list[tuple[str, str]]:
    """Return every column that somebody wrote about."""
    tables = reasons()["tables"]
    return [(table, column) for table, told in tables.items() for column in told["columns"]]


def at_rest(table: str, column: str) -> str:
    """Return how a column stands in the file."""
    sealed = [one for one in COLUMNS if (one.table, one.name) == (table, column)]
    if sealed:
        return "sealed" if sealed[0].only is None else "sealed where secret"
    return HASHED.get((table, column), "readable")


def data_map() -> str:
    """Return the map as it stands in the document."""
    told = reasons()
    lines = ["| Table | Field | Why | Who can see it | How long | At rest |", "|---|" + "---|" * 5]
    for table, column in columns():
        about = told["tables"][table]
        lines.append(
            f"| {table} | {column} | {about['columns'][column]} | {about['who']}"
            f" | {told['keeps'][about['keep']]} | {at_rest(table, column)} |"
        )
    return "\n".join(lines) + "\n"


def with_map(document: str) -> str:
    """Return the document with the map as it should be."""
    return with_made(document, data_map(), begin=BEGIN, end=END)


if __name__ == "__main__":
    DOCUMENT.write_text(with_map(DOCUMENT.read_text("utf-8")), "utf-8")
