"""Frequent queries use an index, however long the history."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.tick import default_detector
from schedules.planning import adopt_zone_rules
from schedules.tick import tick
from storage.alerts import responses, verdicts
from storage.caseload.courses import CourseKey, steps_of
from storage.database.ids import first_id, new_id
from storage.database.sqlite import SqliteStore, open_store
from storage.maintenance.migrate import migrate
from storage.maintenance.rotate_keys import check_keys
from storage.messages import heartbeats
from storage.people import unreachable
from tests.storage.database_clinic import T0

pytestmark = pytest.mark.sqlite_only("which indexes its planner takes")

LOOKED_THROUGH = ("plans_to_plan", "plans_to_extend", "newest")
"""Indexes that contain only what waits, and the result of an earlier step: these may be scanned."""

ONCE_AN_HOUR = "rule LIKE '%COUNT=%'"


@asynccontextmanager
async def _query_plans(path: Path) -> AsyncIterator[tuple[SqliteStore, list[tuple[str, str]]]]:
    """Give a store, and afterwards each of its statements with the steps of SQLite's plan."""
    store, statements = await open_store(path), list[str]()
    await migrate(store, now=T0)
    await adopt_zone_rules(store, T0)  # once for each zone database
    steps: list[tuple[str, str]] = []
    for connection in store._connections:
        connection.direct.set_trace_callback(statements.append)
    yield store, steps
    await store.close()
    asked = [one for one in statements if one.startswith(("SELECT", "UPDATE", "DELETE"))]
    with closing(sqlite3.connect(path)) as looking:
        for one in asked:
            steps += [(one, step[3]) for step in looking.execute(f"EXPLAIN QUERY PLAN {one}")]


async def test_a_tick_scans_no_history(tmp_path: Path) -> None:
    """Each statement finds what is due by an index that contains only what may be due."""
    async with _query_plans(tmp_path / "attune.db") as (store, steps):
        await tick(store, T0, default_detector)
        await tick(store, T0 + timedelta(minutes=1), default_detector)

    assert len(steps) > 20
    through = [
        (statement, step)
        for statement, step in steps
        if (step.startswith("SCAN") or "checkins_closed" in step)
        and not any(name in step for name in LOOKED_THROUGH)
        and ONCE_AN_HOUR not in statement
    ]
    assert not through


async def test_frequent_queries_use_an_index(tmp_path: Path) -> None:
    """Opening an alert, a heartbeat and a start do not read the whole history."""
    async with _query_plans(tmp_path / "attune.db") as (store, asked):
        async with store.read_transaction() as tx:
            await responses.tally(tx)
            await heartbeats.counts(tx, until=T0)
            await unreachable.all_current(tx, now=T0)
        await check_keys(store)

    steps = [step for statement, step in asked if statement.startswith("SELECT")]
    assert any(step.startswith("SEARCH e USING INDEX") for step in steps)
    assert not [step for step in steps if step.startswith(("SCAN e", "SCAN r", "SCAN k"))]


async def test_a_course_is_read_from_indexes(tmp_path: Path) -> None:
    """A patient's answers are read from indexes alone: by patient, not by week."""
    async with (
        _query_plans(tmp_path / "attune.db") as (store, asked),
        store.read_transaction() as tx,
    ):
        await steps_of(tx, CourseKey("p", "check_in_4"))
        await verdicts.of_patient(tx, "p")

    steps = {step.split(" (")[0] for _, step in asked}
    assert {
        "SEARCH checkins USING COVERING INDEX checkins_of_course",
        "SEARCH sessions USING COVERING INDEX sessions_of",
        "SEARCH answers USING COVERING INDEX answers_of",
        "SEARCH v USING COVERING INDEX verdicts_of",
    } <= steps


def test_ids_are_ordered_by_time() -> None:
    """Ids made from a moment on are not smaller than its first id; all earlier ones are."""
    first = first_id(T0)

    assert new_id(T0) >= first
    assert new_id(T0 + timedelta(days=400)) > first
    assert new_id(T0 - timedelta(milliseconds=1)) < first
