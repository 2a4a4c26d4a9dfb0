"""The data map in docs/privacy.md: the current schema with the reasons in docs/privacy.toml.

``python -m tests.repository.data_map`` rewrites it after a migration.
"""

import tomllib
from contextlib import closing
from typing import Any

from storage.maintenance.rotate_keys import ENCRYPTED_COLUMNS
from tests.paths import ROOT
from tests.repository.generated_section import replace_section
from tests.storage.schema import empty_database

DOCS = ROOT / "docs"
DOCUMENT = DOCS / "privacy.md"
REASONS = DOCS / "privacy.toml"
BEGIN = "<!-- data map: made by python -m tests.repository.data_map -->\n"
END = "<!-- end of data map -->\n"

HASHED_COLUMNS = {
    ("accounts", "blind"): "keyed hash",
    ("invitations", "token_hash"): "hash",
    ("page_links", "token_hash"): "hash",
    ("failed_links", "blind"): "keyed hash",
    ("failed_links", "token_hash"): "hash",
    ("calendar_events", "key"): "keyed hash",
    ("calendar_events", "calendar"): "keyed hash",
}
"""Columns that cannot be read although they are not encrypted."""


def columns() -> list[tuple[str, str]]:
    """Return every column of every table of the newest schema."""
    with closing(empty_database()) as opened:
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
    """Return the descriptions of all columns."""
    return tomllib.loads(REASONS.read_text("utf-8"))


def explained_columns() -> list[tuple[str, str]]:
    """Return every column that has a description."""
    tables = reasons()["tables"]
    return [(table, column) for table, about in tables.items() for column in about["columns"]]


def storage_form(table: str, column: str) -> str:
    """Return how a column is stored."""
    encrypted = [one for one in ENCRYPTED_COLUMNS if (one.table, one.name) == (table, column)]
    if encrypted:
        return "encrypted" if encrypted[0].only_row is None else "encrypted where secret"
    return HASHED_COLUMNS.get((table, column), "readable")


def data_map() -> str:
    """Return the map as Markdown."""
    written = reasons()
    lines = ["| Table | Field | Why | Who can see it | How long | At rest |", "|---|" + "---|" * 5]
    for table, column in columns():
        about = written["tables"][table]
        lines.append(
            f"| {table} | {column} | {about['columns'][column]} | {about['who']}"
            f" | {written['keeps'][about['keep']]} | {storage_form(table, column)} |"
        )
    return "\n".join(lines) + "\n"


def insert_map(document: str) -> str:
    """Return the document with the current map."""
    return replace_section(document, data_map(), begin=BEGIN, end=END)


if __name__ == "__main__":
    DOCUMENT.write_text(insert_map(DOCUMENT.read_text("utf-8")), "utf-8")
