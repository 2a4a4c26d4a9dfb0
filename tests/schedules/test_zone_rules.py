"""A country changes its time zone, and the zone database is updated."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from alliance.calendar.recurrence import RecurrenceRule
from alliance.calendar.timetable import Timetable
from storage.audit.change import Change
from storage.calendar import session_changes
from storage.messages import heartbeats
from storage.people import change_status, people
from tests.schedules.scheduler_clinic import SchedulerClinic
from tests.zone_rules import ASUNCION, WITH_WINTER_TIME, WITHOUT_WINTER_TIME, zone_rules

PLAN = Timetable(RecurrenceRule("week", 1, (1,)), date(2025, 3, 1), time(14), ASUNCION)
"""Tuesdays at two. By the old rules, winter time began on 23 March."""


def on(day: str, hour: str) -> datetime:
    """Return an instant of 2025 in UTC."""
    return datetime.fromisoformat(f"2025-{day}T{hour}:00").replace(tzinfo=UTC)


@pytest.fixture(autouse=True)
def old_rules(tmp_path: Path) -> Iterator[None]:
    """Start with the zone database of 2024."""
    with zone_rules(tmp_path / "2024a", WITH_WINTER_TIME):
        yield


async def plan_with_changes(clinic: SchedulerClinic) -> None:
    """Plan for Paraguay; 1 April is cancelled, 8 April moved to the 9th at nine."""
    clinic.now = on("03-10", "12:00")
    patient = await clinic.add_patient("P-1", zone=ASUNCION)
    plan = await clinic.add_plan(patient, PLAN)
    await clinic.tick()
    async with clinic.store.transaction() as tx:
        assert await session_changes.cancel(
            tx, plan_id=plan, planned_for=on("04-01", "18:00"), at=clinic.now
        )
        assert await session_changes.move(
            tx,
            plan_id=plan,
            planned_for=on("04-08", "18:00"),
            starts_at=on("04-09", "13:00"),
            ends_at=on("04-09", "13:50"),
            at=clinic.now,
        )
    await clinic.tick()


async def prompts(clinic: SchedulerClinic) -> list[str]:
    """Return when questions were posted, in UTC."""
    return [f"{asked:%m-%d %H:%M}" for _, asked in await clinic.sent_prompts()]


async def test_changes_of_a_series_survive_new_rules(
    clinic: SchedulerClinic, tmp_path: Path
) -> None:
    """Case 18: 1 April stays cancelled; the 8th was moved to the 9th at nine local time."""
    await plan_with_changes(clinic)
    with zone_rules(tmp_path / "2025b", WITHOUT_WINTER_TIME):
        await clinic.run_until(on("04-20", "12:00"))
    assert await prompts(clinic) == [
        "03-11 18:10",
        "03-18 18:10",
        "03-25 18:10",
        "04-09 13:10",
        "04-15 18:10",
    ]


async def test_without_new_rules(clinic: SchedulerClinic) -> None:
    """Case 18 with the old rules: from 25 March on, an hour later in UTC."""
    await plan_with_changes(clinic)
    await clinic.run_until(on("04-20", "12:00"))
    assert await prompts(clinic) == [
        "03-11 18:10",
        "03-18 18:10",
        "03-25 19:10",
        "04-09 14:10",
        "04-15 19:10",
    ]


@pytest.mark.parametrize("now", ["17:30", "18:05", "18:30", "19:05", "19:30"])
async def test_new_rules_in_the_middle_of_a_session(
    clinic: SchedulerClinic, tmp_path: Path, now: str
) -> None:
    """At whatever time the program starts with them, there is one prompt and one session."""
    await plan_with_changes(clinic)
    await clinic.run_until(on("03-25", now))
    with zone_rules(tmp_path / "2025b", WITHOUT_WINTER_TIME):
        await clinic.run_until(on("03-30", "12:00"))
    assert len([one for one in await prompts(clinic) if one.startswith("03-25")]) == 1
    assert [begun for begun, state, _ in await clinic.sessions() if state == "held"][2:] in (
        [on("03-25", "17:00")],
        [on("03-25", "18:00")],
    )


async def test_rules_that_are_withdrawn(clinic: SchedulerClinic, tmp_path: Path) -> None:
    """A wrong update is withdrawn while a check-in waits: it is sent once, later."""
    with zone_rules(tmp_path / "2025b", WITHOUT_WINTER_TIME):
        clinic.now = on("03-10", "12:00")
        patient = await clinic.add_patient("P-1", zone=ASUNCION)
        await clinic.add_plan(patient, PLAN)
        await clinic.run_until(on("03-25", "18:00"))  # over at 17:50, not asked yet
    await clinic.run_until(on("03-30", "12:00"))
    assert [one for one in await prompts(clinic) if one >= "03-25"] == ["03-25 19:10"]


async def test_an_edit_after_rules_are_withdrawn_asks_once(
    clinic: SchedulerClinic, tmp_path: Path
) -> None:
    """The session that was just held lies ahead again, but a new plan does not repeat it."""
    with zone_rules(tmp_path / "2025b", WITHOUT_WINTER_TIME):
        clinic.now = on("03-10", "12:00")
        patient = await clinic.add_patient("P-1", zone=ASUNCION)
        await clinic.add_plan(patient, PLAN)
        await clinic.run_until(on("03-25", "17:50"))
    await clinic.tick()
    await clinic.add_plan(patient, replace(PLAN, delay=timedelta(minutes=30)))
    await clinic.run_until(on("03-30", "12:00"))
    due = [due_at for due_at, _, _ in await clinic.checkins("P-1")]
    assert len([one for one in due if one >= on("03-25", "00:00")]) == 1


async def test_pauses_and_heartbeats_keep_their_local_time(
    clinic: SchedulerClinic, tmp_path: Path
) -> None:
    """A pause ends at midnight and a heartbeat comes at eight, local time."""
    clinic.now = on("03-24", "12:00")
    patient = await clinic.add_patient("P-1", zone=ASUNCION)
    coordinator = await clinic.add("coordinator", "C-1", zone=ASUNCION)
    async with clinic.store.transaction() as tx:
        change = Change(tx, None, clinic.now)
        await heartbeats.set_time(change, coordinator, time(8))
        await change_status.pause(change, await people.by_id(tx, patient.id), date(2025, 3, 30))
    await clinic.tick()
    with zone_rules(tmp_path / "2025b", WITHOUT_WINTER_TIME):
        await clinic.tick(on("03-24", "13:00"))
    async with clinic.store.read_transaction() as tx:
        assert (await people.by_id(tx, patient.id)).paused_until == on("03-30", "03:00")
        assert await tx.one("SELECT 1 FROM heartbeats WHERE next_at LIKE '2025-03-25T11:00%'")


async def test_a_reminder_moves_with_the_rules(clinic: SchedulerClinic, tmp_path: Path) -> None:
    """It comes at nine local time."""
    await plan_with_changes(clinic)
    await clinic.run_until(on("03-25", "20:00"))
    with zone_rules(tmp_path / "2025b", WITHOUT_WINTER_TIME):
        await clinic.run_until(on("03-30", "12:00"))
    async with clinic.store.read_transaction() as tx:
        rows = await tx.all("SELECT created_at FROM outbox WHERE kind = 'reminder' ORDER BY 1")
    assert [row["created_at"][5:16] for row in rows][-1] == "03-26T12:00"
