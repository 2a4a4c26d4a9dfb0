"""Notices to coordinators: heartbeats, plans that end, and late ticks."""

from datetime import UTC, datetime, time, timedelta

import pytest

from alliance.calendar.recurrence import parse_rule
from schedules.clock_check import ClockCheck
from storage.audit.change import Change
from storage.calendar import edit_plans
from storage.messages import heartbeats
from storage.messages.heartbeats import next_occurrence
from tests.schedules.scheduler_clinic import SchedulerClinic, at, tuesday_plan

NINE = time(9)


@pytest.mark.parametrize(
    ("zone", "now", "then"),
    [
        ("UTC", "03-03 08:59", "03-03 09:00"),
        ("UTC", "03-03 09:00", "03-04 09:00"),
        ("Europe/Berlin", "03-28 09:00", "03-29 07:00"),  # daylight saving begins that night
        ("Europe/Berlin", "10-24 08:00", "10-25 08:00"),  # and ends
        ("America/New_York", "03-03 23:00", "03-04 14:00"),
        ("Asia/Tokyo", "03-03 00:00", "03-04 00:00"),
    ],
)
def test_a_heartbeat_keeps_its_local_time(zone: str, now: str, then: str) -> None:
    """Nine o'clock is nine in the coordinator's time zone, also when daylight saving changes."""
    assert next_occurrence(NINE, zone, at(now)) == at(then)


async def times_of(clinic: SchedulerClinic, kind: str) -> list[str]:
    """Return when messages of a kind were posted."""
    async with clinic.store.read_transaction() as tx:
        rows = await tx.all("SELECT created_at FROM outbox WHERE kind = ? ORDER BY id", kind)
    return [row["created_at"][5:16] for row in rows]


async def test_one_heartbeat_a_day_and_one_after_an_outage(clinic: SchedulerClinic) -> None:
    """One each day; four days without a tick are followed by one, not four."""
    coordinator = await clinic.add("coordinator", "C-1")
    async with clinic.store.transaction() as tx:
        await heartbeats.set_time(Change(tx, coordinator.id, clinic.now), coordinator, NINE)
    await clinic.run_until(at("03-04 12:00"))
    await clinic.tick(at("03-08 12:00"))
    await clinic.tick(at("03-08 12:01"))
    assert await times_of(clinic, "heartbeat") == [
        "03-03T08:00",
        "03-04T08:00",
        "03-08T12:00",
    ]


async def test_a_coordinator_who_has_left_gets_no_heartbeat(clinic: SchedulerClinic) -> None:
    """People who have ended get no messages."""
    coordinator = await clinic.add("coordinator", "C-1")
    async with clinic.store.transaction() as tx:
        await heartbeats.set_time(Change(tx, coordinator.id, clinic.now), coordinator, NINE)
        await tx.run("UPDATE people SET state = 'ended' WHERE id = ?", coordinator.id)
    await clinic.run_until(at("03-05 12:00"))
    assert await times_of(clinic, "heartbeat") == []


async def test_each_coordinator_is_notified_once_of_a_plan_that_ends(
    clinic: SchedulerClinic,
) -> None:
    """Of a patient's plan and of a group's, both coordinators once; of an endless plan, never."""
    for code in ("C-1", "C-2"):
        await clinic.add("coordinator", code)
    patient = await clinic.add_patient("P-1")
    await clinic.add_plan(patient, tuesday_plan(rule=parse_rule("FREQ=WEEKLY;BYDAY=TU;COUNT=6")))
    await clinic.add_plan(await clinic.add_patient("P-2"), tuesday_plan())
    until = parse_rule("FREQ=WEEKLY;BYDAY=TU;UNTIL=20260410")
    await clinic.add_group("G-1", tuesday_plan(rule=until), patient)
    await clinic.run_until(at("03-23 00:00"))
    assert await times_of(clinic, "trouble") == []
    await clinic.run_until(at("03-28 00:00"))
    assert len(await times_of(clinic, "trouble")) == 4
    await clinic.run_until(at("06-01 00:00"))
    assert len(await times_of(clinic, "trouble")) == 4


async def test_a_resumed_plan_is_notified_once(clinic: SchedulerClinic) -> None:
    """Ended and resumed, it is still the same plan."""
    await clinic.add("coordinator", "C-1")
    rule = parse_rule("FREQ=WEEKLY;BYDAY=TU;COUNT=3")
    plan_id = await clinic.add_plan(await clinic.add_patient("P-1"), tuesday_plan(rule=rule))
    await clinic.run_until(at("03-09 00:00"))
    async with clinic.store.transaction() as tx:
        await edit_plans.end_plan(tx, plan_id=plan_id, at=clinic.now)
        await edit_plans.resume_plan(tx, plan_id=plan_id, at=clinic.now)
    await clinic.run_until(at("03-16 00:00"))
    assert len(await times_of(clinic, "trouble")) == 1


FIVE = timedelta(seconds=5)


@pytest.mark.parametrize(
    ("elapsed", "is_late"),
    [
        (5, False),
        (600, False),
        (605, False),
        (606, True),
        (86_400, True),
        (-590, False),
        (-3_600, True),
    ],
)
async def test_a_tick_is_late_after_ten_minutes(
    clinic: SchedulerClinic, elapsed: int, is_late: bool
) -> None:
    """A tick every five seconds is late after 605; a clock that was set back as far counts, too."""
    await clinic.add("coordinator", "C-1")
    real_time = [1_000_000.0]
    clock_check = ClockCheck(every=FIVE, real=lambda: real_time[0])
    assert not await clock_check.check_tick(clinic.store, clinic.now)
    real_time[0] += elapsed
    assert await clock_check.check_tick(clinic.store, clinic.now) is is_late
    assert len(await times_of(clinic, "trouble")) == int(is_late)


async def test_a_demo_that_skips_time_is_not_late(clinic: SchedulerClinic) -> None:
    """While the program runs, real time counts: skipping a week is no problem."""
    await clinic.add("coordinator", "C-1")
    clock_check = ClockCheck(every=FIVE, real=lambda: 1_000_000.0)
    for week in range(3):
        now = clinic.now + timedelta(weeks=week)
        assert not await clock_check.check_tick(clinic.store, now)


@pytest.mark.parametrize(("minutes", "is_late"), [(9, False), (11, True), (60 * 24, True)])
async def test_an_outage_makes_the_first_tick_late(
    clinic: SchedulerClinic, minutes: int, is_late: bool
) -> None:
    """The first tick of a run is compared with the last one of the previous run."""
    await clinic.add("coordinator", "C-1")
    last = datetime(2026, 3, 2, 8, tzinfo=UTC)
    await ClockCheck(every=FIVE).check_tick(clinic.store, last)
    restarted = ClockCheck(every=FIVE)
    assert await restarted.check_tick(clinic.store, last + timedelta(minutes=minutes)) is is_late
    assert not await restarted.check_tick(
        clinic.store, last + timedelta(minutes=minutes, seconds=5)
    )
    assert len(await times_of(clinic, "trouble")) == int(is_late)
