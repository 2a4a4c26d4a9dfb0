"""What is asked at every tick and every start is found by index, however long the history."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.tick import usual
from schedules.tick import tick
from storage.alerts import responses, verdicts
from storage.caseload.courses import course_of
from storage.database.ids import first_id, new_id
from storage.database.sqlite import SqliteStore, open_store
from storage.maintenance.migrate import migrate
from storage.maintenance.rotate_keys import check_keys
from storage.messages import heartbeats
from storage.people import unreachable
from tests.storage.practice import T0

pytestmark = pytest.mark.sqlite_only("which indexes its planner takes")

LOOKED_THROUGH = ("plans_to_plan", "plans_to_extend", "newest")
"""Indexes that hold what waits and nothing else; and what an earlier step has already chosen."""

ONCE_AN_HOUR = "rule LIKE '%COUNT=%'"


@asynccontextmanager
async def _heard(path: Path) -> AsyncIterator[tuple[SqliteStore, list[tuple[str, str]]]]:
    """Give a store; and afterwards what it was asked, with each step of the plan SQLite makes."""
    store, statements = await open_store(path), list[str]()
    await migrate(store, now=T0)
    steps: list[tuple[str, str]] = []
    for connection in store._connections:
        connection.direct.set_trace_callback(statements.append)
    yield store, steps
    await store.close()
    asked = [one for one in statements if one.startswith(("SELECT", "UPDATE", "DELETE"))]
    with closing(sqlite3.connect(path)) as looking:
        for one in asked:
            steps += [(one, step[3]) for step in looking.execute(f"EXPLAIN QUERY PLAN {one}")]


async def test_a_tick_walks_through_no_history(tmp_path: Path) -> None:
    """Each statement finds what is due by an index that holds only what may be due."""
    async with _heard(tmp_path / "attune.db") as (store, steps):
        await tick(store, T0, usual)
        await tick(store, T0 + timedelta(minutes=1), usual)

    assert len(steps) > 20
    through = [
        (statement, step)
        for statement, step in steps
        if (step.startswith("SCAN") or "checkins_closed" in step)
        and not any(name in step for name in LOOKED_THROUGH)
        and ONCE_AN_HOUR not in statement
    ]
    assert not through


async def test_what_is_asked_often_is_found_by_index(tmp_path: Path) -> None:
    """An opened alert, a sign of life and a start do not read all that ever was."""
    async with _heard(tmp_path / "attune.db") as (store, asked):
        async with store.reading() as tx:
            await responses.tally(tx)
            await heartbeats.counts(tx, until=T0)
            await unreachable.all_now(tx, now=T0)
        await check_keys(store)

    steps = [step for statement, step in asked if statement.startswith("SELECT")]
    assert any(step.startswith("SEARCH e USING INDEX") for step in steps)
    assert not [step for step in steps if step.startswith(("SCAN e", "SCAN r", "SCAN k"))]


async def test_a_course_lies_side_by_side(tmp_path: Path) -> None:
    """What a patient has answered is read from indexes alone: by patient, not by week."""
    async with _heard(tmp_path / "attune.db") as (store, asked), store.reading() as tx:
        await course_of(tx, patient_id="p", instrument="check_in_4")
        await verdicts.of_patient(tx, "p")

    steps = {step.split(" (")[0] for _, step in asked}
    assert {
        "SEARCH checkins USING COVERING INDEX checkins_of_course",
        "SEARCH sessions USING COVERING INDEX sessions_of",
        "SEARCH answers USING COVERING INDEX answers_of",
        "SEARCH v USING COVERING INDEX verdicts_of",
    } <= steps


def test_ids_tell_when_they_were_made() -> None:
    """No id made from a moment on is smaller than the first one of it; all earlier ones are."""
    first = first_id(T0)

    assert new_id(T0) >= first
    assert new_id(T0 + timedelta(days=400)) > first
    assert new_id(T0 - timedelta(milliseconds=1)) < first
