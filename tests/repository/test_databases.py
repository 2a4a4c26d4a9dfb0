"""Tests that open a database run on both engines, or give a reason."""

import ast
from pathlib import Path

import pytest

from tests.databases import current_engine
from tests.paths import ROOT

TESTS = ROOT / "tests"


def imported(source: str) -> set[str]:
    """Return the modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
    return found


def test_tests_that_open_sqlite_directly_give_a_reason() -> None:
    """The reason is printed in the summary."""
    files = sorted(set(TESTS.rglob("test_*.py")) - {Path(__file__)})
    sources = {
        path.name: path.read_text("utf-8")
        for path in files
        if imported(path.read_text("utf-8")) & {"sqlite3", "aiosqlite", "storage.database.sqlite"}
    }
    assert {"test_sqlite.py", "test_sqlite_writer.py"} <= set(sources)
    assert [name for name, source in sources.items() if "sqlite_only(" not in source] == []


def test_a_test_without_the_fixture_fails() -> None:
    """Without the fixture there is no engine, so no test runs on one engine by accident."""
    with pytest.raises(AssertionError, match="must request the fixture"):
        current_engine()
