"""How long it takes to plan the sessions of a large clinic eight weeks ahead.

python -m benchmarks.planning [--plans 10000]
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from datetime import time as wall
from pathlib import Path

from alliance.calendar.recurrence import RecurrenceRule
from alliance.calendar.timetable import SiteDefaults, Timetable
from bot.simulator.simulated_telegram import utc_now
from schedules.planning import PLANNING_HORIZON, plan_sessions
from storage.calendar import absences, edit_plans, plans
from storage.database.sqlite import SqliteStore, open_store
from storage.database.tx import Tx
from storage.maintenance.migrate import migrate
from storage.people import care, people

BATCH_SIZE = 500
PATIENTS_PER_THERAPIST = 40
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC")
PLAN_AGE = timedelta(days=3 * 365)
"""Plans began three years ago; planning must not iterate over their past sessions."""

DEFAULTS = SiteDefaults(holidays="DE-BY")


def timetable(number: int, first_day: date) -> Timetable:
    """Return one of several ordinary plans: weekly, fortnightly, twice a week, monthly, limited."""
    weekday = number % 5
    rules = (
        RecurrenceRule("week", 1, (weekday,)),
        RecurrenceRule("week", 1, (weekday,)),
        RecurrenceRule("week", 2, (weekday,)),
        RecurrenceRule("week", 1, tuple(sorted({weekday, (weekday + 2) % 5}))),
        RecurrenceRule("month", 1, (weekday,), nth=number % 4 + 1),
        replace(RecurrenceRule("week", 1, (weekday,)), count=250),
    )
    zone = ZONES[number % len(ZONES)]
    return Timetable(rules[number % len(rules)], first_day, wall(8 + number % 10), zone)


async def fill(store: SqliteStore, count: int, now: datetime) -> None:
    """Add patients with a plan each, and one therapist for forty patients."""
    first_day = (now - PLAN_AGE).date()
    therapist_id = ""
    for first in range(0, count, BATCH_SIZE):
        async with store.transaction() as tx:
            for number in range(first, min(first + BATCH_SIZE, count)):
                if number % PATIENTS_PER_THERAPIST == 0:
                    therapist_id = await add_therapist(tx, number, now)
                patient = await people.add(
                    tx, code=f"P-{number}", role="patient", language="en", zone="UTC", at=now
                )
                await care.assign(tx, patient_id=patient.id, therapist_id=therapist_id, at=now)
                await edit_plans.set_plan(
                    tx, patient_id=patient.id, timetable=timetable(number, first_day), at=now
                )


async def add_therapist(tx: Tx, number: int, now: datetime) -> str:
    """Add a therapist who is on holiday in two weeks; return their id."""
    one = await people.add(
        tx, code=f"T-{number}", role="therapist", language="en", zone="UTC", at=now
    )
    leave = now.date() + timedelta(weeks=2)
    await absences.add(
        tx, person_id=one.id, first_day=leave, last_day=leave + timedelta(days=6), at=now
    )
    return one.id


@dataclass(frozen=True, slots=True)
class Duration:
    """How long something took, in real seconds and in processor time."""

    seconds: float
    processor: float

    def __str__(self) -> str:
        """Return both as text."""
        return f"{self.seconds:.1f} s ({self.processor:.1f} s of the processor)"


async def measure_time(work: Awaitable[int]) -> tuple[int, Duration]:
    """Return the result of an awaitable, and how long it took."""
    wall, processor = time.perf_counter(), time.process_time()
    result = await work
    return result, Duration(time.perf_counter() - wall, time.process_time() - processor)


async def measure(count: int) -> tuple[int, Duration, Duration]:
    """Return the number of sessions, and the durations of first planning and of replanning."""
    now = utc_now()
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(Path(folder) / "attune.db")
        await migrate(store, now=now)
        await fill(store, count, now)
        planned, first = await measure_time(plan_sessions(store, now, DEFAULTS))
        async with store.transaction() as tx:
            await plans.replan_all(tx, at=now)
        _, again = await measure_time(plan_sessions(store, now, DEFAULTS))
        await store.close()
    return planned, first, again


async def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--plans", type=int, default=10_000)
    count = options.parse_args().plans
    planned, first, again = await measure(count)
    weeks = PLANNING_HORIZON // timedelta(weeks=1)
    print(f"{count} plans, {weeks} weeks ahead: {planned} sessions")
    print(f"planned in {first}, replanned in {again}")


if __name__ == "__main__":
    asyncio.run(main())
