"""The clock's side of what coordinators are owed: signs of life, endings, its own lateness."""

from datetime import UTC, datetime, time, timedelta

import pytest

from alliance.calendar.recurrence import read_rule
from schedules.clock_check import Punctuality
from storage.calendar import edit_plans
from storage.messages import heartbeats
from storage.messages.heartbeats import following
from tests.schedules.surgery import Surgery, at, tuesdays

NINE = time(9)


@pytest.mark.parametrize(
    ("zone", "now", "then"),
    [
        ("UTC", "03-03 08:59", "03-03 09:00"),
        ("UTC", "03-03 09:00", "03-04 09:00"),
        ("Europe/Berlin", "03-28 09:00", "03-29 07:00"),  # the clocks go forward that night
        ("Europe/Berlin", "10-24 08:00", "10-25 08:00"),  # and back
        ("America/New_York", "03-03 23:00", "03-04 14:00"),
        ("Asia/Tokyo", "03-03 00:00", "03-04 00:00"),
    ],
)
def test_a_sign_of_life_keeps_the_local_time(zone: str, now: str, then: str) -> None:
    """Nine o'clock is nine by the coordinator's clocks, whatever these do."""
    assert following(NINE, zone, at(now)) == at(then)


async def letters(surgery: Surgery, kind: str) -> list[str]:
    """Return when the letters of a kind were posted."""
    async with surgery.store.reading() as tx:
        rows = await tx.all("SELECT created_at FROM outbox WHERE kind = ? ORDER BY id", kind)
    return [row["created_at"][5:16] for row in rows]


async def test_one_sign_of_life_a_day_and_one_after_a_time_away(surgery: Surgery) -> None:
    """Each day has one; four days without a clock end with one, not four."""
    boss = await surgery.add("coordinator", "C-1")
    async with surgery.store.transaction() as tx:
        await heartbeats.subscribe(tx, person=boss, wall_time=NINE, at=surgery.now)
    await surgery.run_until(at("03-04 12:00"))
    await surgery.tick(at("03-08 12:00"))
    await surgery.tick(at("03-08 12:01"))
    assert await letters(surgery, "heartbeat") == [
        "03-03T08:00",
        "03-04T08:00",
        "03-08T12:00",
    ]


async def test_who_has_left_gets_no_sign_of_life(surgery: Surgery) -> None:
    """Nobody who takes part no longer is written to."""
    boss = await surgery.add("coordinator", "C-1")
    async with surgery.store.transaction() as tx:
        await heartbeats.subscribe(tx, person=boss, wall_time=NINE, at=surgery.now)
        await tx.run("UPDATE people SET state = 'ended' WHERE id = ?", boss.id)
    await surgery.run_until(at("03-05 12:00"))
    assert await letters(surgery, "heartbeat") == []


async def test_each_coordinator_hears_once_of_a_plan_that_ends(surgery: Surgery) -> None:
    """A patient's plan and a group's, each once and to both; an endless plan never."""
    for code in ("C-1", "C-2"):
        await surgery.add("coordinator", code)
    patient = await surgery.patient("P-1")
    await surgery.plan(patient, tuesdays(rule=read_rule("FREQ=WEEKLY;BYDAY=TU;COUNT=6")))
    await surgery.plan(await surgery.patient("P-2"), tuesdays())
    until = read_rule("FREQ=WEEKLY;BYDAY=TU;UNTIL=20260410")
    await surgery.group("G-1", tuesdays(rule=until), patient)
    await surgery.run_until(at("03-23 00:00"))
    assert await letters(surgery, "trouble") == []
    await surgery.run_until(at("03-28 00:00"))
    assert len(await letters(surgery, "trouble")) == 4
    await surgery.run_until(at("06-01 00:00"))
    assert len(await letters(surgery, "trouble")) == 4


async def test_a_plan_that_is_brought_back_is_told_of_once(surgery: Surgery) -> None:
    """Ended and brought back, it is the same plan."""
    await surgery.add("coordinator", "C-1")
    rule = read_rule("FREQ=WEEKLY;BYDAY=TU;COUNT=3")
    plan_id = await surgery.plan(await surgery.patient("P-1"), tuesdays(rule=rule))
    await surgery.run_until(at("03-09 00:00"))
    async with surgery.store.transaction() as tx:
        await edit_plans.end_plan(tx, plan_id=plan_id, at=surgery.now)
        await edit_plans.bring_back(tx, plan_id=plan_id, at=surgery.now)
    await surgery.run_until(at("03-16 00:00"))
    assert len(await letters(surgery, "trouble")) == 1


FIVE = timedelta(seconds=5)


@pytest.mark.parametrize(
    ("passed", "is_late"),
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
async def test_ten_minutes_are_the_limit(surgery: Surgery, passed: int, is_late: bool) -> None:
    """A tick every five seconds is late when 605 have gone by; so far back is told, too."""
    await surgery.add("coordinator", "C-1")
    here = [1_000_000.0]
    punctuality = Punctuality(every=FIVE, real=lambda: here[0])
    assert not await punctuality.ticked(surgery.store, surgery.now)
    here[0] += passed
    assert await punctuality.ticked(surgery.store, surgery.now) is is_late
    assert len(await letters(surgery, "trouble")) == int(is_late)


async def test_a_demo_that_jumps_is_not_late(surgery: Surgery) -> None:
    """While the program runs, real time counts: a week in a blink is no trouble."""
    await surgery.add("coordinator", "C-1")
    punctuality = Punctuality(every=FIVE, real=lambda: 1_000_000.0)
    for week in range(3):
        now = surgery.now + timedelta(weeks=week)
        assert not await punctuality.ticked(surgery.store, now)


@pytest.mark.parametrize(("away", "is_late"), [(9, False), (11, True), (60 * 24, True)])
async def test_a_time_in_which_nothing_ran(surgery: Surgery, away: int, is_late: bool) -> None:
    """The first tick of a run is measured against the last one of the run before."""
    await surgery.add("coordinator", "C-1")
    last = datetime(2026, 3, 2, 8, tzinfo=UTC)
    await Punctuality(every=FIVE).ticked(surgery.store, last)
    begun = Punctuality(every=FIVE)
    assert await begun.ticked(surgery.store, last + timedelta(minutes=away)) is is_late
    assert not await begun.ticked(surgery.store, last + timedelta(minutes=away, seconds=5))
    assert len(await letters(surgery, "trouble")) == int(is_late)
