"""Which databases each test runs on, and the summary of that at the end of a run."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests import servers
from tests.databases import ENGINES, use_engine
from tests.paths import ROOT

ONE_ENGINE_MARKERS = {"sqlite_only": "sqlite", "postgresql_only": "postgresql"}
"""Markers of tests about one engine, with a reason, and that engine."""

ENGINE_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", None: "no database"}

SQL_FOLDERS = ("storage", "schedules")
"""Folders whose tests are about SQL: they run on both engines."""

ON_BOTH = "both_databases"
"""The marker of a story that also runs on both; one story of each subject does."""


def engines_for(item: pytest.Item) -> tuple[str, ...]:
    """Return the engines that a test runs on.

    Tests about SQL and marked stories run on both; others on SQLite, or on the only engine in
    ``TEST_DATABASE``.
    """
    folder = item.path.relative_to(ROOT / "tests").parts[0]
    on_each = folder in SQL_FOLDERS or item.get_closest_marker(ON_BOTH) is not None
    return ENGINES if on_each else ENGINES[:1]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that requests ``engine`` once on each of its engines."""
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", engines_for(metafunc.definition), indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """The engine of this run of the test; each test that opens a database requests it."""
    with use_engine(request.param) as chosen:
        yield chosen


@pytest.fixture(autouse=True)
def use_marked_engine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Use the engine that a test is marked with, whatever other tests run on."""
    with ExitStack() as stack:
        for marker, name in ONE_ENGINE_MARKERS.items():
            if request.node.get_closest_marker(marker) is not None:
                stack.enter_context(use_engine(name))
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start one server for all processes of a run; it stops at the end of the run."""
    if "postgresql" in ENGINES:
        node.workerinput[servers.ADDRESS_VARIABLE] = servers.server_address()


def pytest_configure(config: pytest.Config) -> None:
    """Use the server of the run, in each of its processes."""
    address = getattr(config, "workerinput", {}).get(servers.ADDRESS_VARIABLE)
    if address is not None:
        os.environ[servers.ADDRESS_VARIABLE] = address


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Record the engine of each test for the summary."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        engine = callspec.params.get("engine") if callspec is not None else None
        for marker, name in ONE_ENGINE_MARKERS.items():
            found = item.get_closest_marker(marker)
            if found is not None:
                engine = name
                reason = f"{ENGINE_NAMES[name]} only: {found.args[0]}"
                item.user_properties.append(("reason", reason))
        item.user_properties.append(("engine", engine))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many tests passed on each engine, and why some run on one only."""
    passed = [dict(report.user_properties) for report in terminalreporter.getreports("passed")]
    counts = Counter(properties.get("engine") for properties in passed)
    terminalreporter.section("databases")
    for engine, name in ENGINE_NAMES.items():
        version = ""
        if engine == "postgresql" and counts[engine]:
            version = f" {servers.server_version()}"
        terminalreporter.line(f"{counts[engine]} tests passed on {name}{version}")
    reasons = Counter(one["reason"] for one in passed if "reason" in one)
    for reason, count in reasons.most_common():
        terminalreporter.line(f"  {count} on {reason}")
