"""Every test that opens a database runs on both kinds, unless it says why not."""

import ast
from pathlib import Path

import pytest

from tests.databases import chosen

TESTS = Path(__file__).parents[1]


def imported(source: str) -> set[str]:
    """Return every module that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
    return found


def test_who_opens_sqlite_past_the_fixture_says_why() -> None:
    """A file of tests that knows SQLite by name carries the reason, to be read in the summary."""
    files = sorted(set(TESTS.rglob("test_*.py")) - {Path(__file__)})
    knowing = {
        path.name: path.read_text("utf-8")
        for path in files
        if imported(path.read_text("utf-8")) & {"sqlite3", "aiosqlite", "storage.database.sqlite"}
    }
    assert {"test_sqlite.py", "test_sqlite_writer.py"} <= set(knowing)
    assert [name for name, source in knowing.items() if "sqlite_only(" not in source] == []


def test_a_test_that_forgets_to_ask_is_told() -> None:
    """Without the fixture there is no engine, so no test runs on one of them by chance."""
    with pytest.raises(AssertionError, match="must ask for the fixture"):
        chosen()
