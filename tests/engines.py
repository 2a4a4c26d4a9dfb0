"""On which databases tests run, and how that is told at the end of a run."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests import servers
from tests.databases import ENGINES, running_on

ALONE = {"sqlite_only": "sqlite", "postgresql_only": "postgresql"}
"""Markers of what is about one kind, and that kind; they carry the reason."""

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", None: "no database"}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """What this run of the test has its database on; every test that opens one asks for it."""
    with running_on(request.param) as chosen:
        yield chosen


@pytest.fixture(autouse=True)
def on_one_alone(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give a test that is about one kind of database that kind, whatever others run on."""
    with ExitStack() as stack:
        for marker, kind in ALONE.items():
            if request.node.get_closest_marker(marker) is not None:
                stack.enter_context(running_on(kind))
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Let all processes of a run share one server, which ends with the run."""
    if "postgresql" in ENGINES:
        node.workerinput[servers.GIVEN] = servers.server()


def pytest_configure(config: pytest.Config) -> None:
    """Take over the server that the run has, in each of its processes."""
    given = getattr(config, "workerinput", {}).get(servers.GIVEN)
    if given is not None:
        os.environ[servers.GIVEN] = given


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note for the summary what each test runs on."""
    for item in items:
        chosen = getattr(item, "callspec", None)
        on = chosen.params.get("engine") if chosen is not None else None
        for marker, kind in ALONE.items():
            alone = item.get_closest_marker(marker)
            if alone is not None:
                on = kind
                item.user_properties.append(("alone", f"{NAMES[kind]} alone: {alone.args[0]}"))
        item.user_properties.append(("engine", on))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests passed on each database, and why some need only one."""
    told = [dict(report.user_properties) for report in terminalreporter.getreports("passed")]
    on = Counter(one.get("engine") for one in told)
    terminalreporter.section("databases")
    for engine, name in NAMES.items():
        extra = f" {servers.version()}" if engine == "postgresql" and on[engine] else ""
        terminalreporter.line(f"{on[engine]} tests passed on {name}{extra}")
    for reason, count in Counter(one["alone"] for one in told if "alone" in one).most_common():
        terminalreporter.line(f"  {count} on {reason}")
