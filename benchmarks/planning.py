"""How long it takes to plan a large clinic's sessions eight weeks ahead.

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

from alliance.calendar.recurrence import Rule
from alliance.calendar.timetable import Defaults, Timetable
from bot.simulator.simulated_telegram import utc_now
from schedules.planning import AHEAD, plan_sessions
from storage.calendar import absences, edit_plans, plans
from storage.database.sqlite import SqliteStore, open_store
from storage.database.tx import Tx
from storage.maintenance.migrate import migrate
from storage.people import care, people

AT_ONCE = 500
PATIENTS_OF_ONE = 40
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC")
AGO = timedelta(days=3 * 365)
"""Plans have been running for three years: nobody walks through those again."""

DEFAULTS = Defaults(holidays="DE-BY")


def timetable(number: int, first_day: date) -> Timetable:
    """Return one of many ordinary plans: weekly, fortnightly, twice a week, monthly, limited."""
    weekday = number % 5
    rules = (
        Rule("week", 1, (weekday,)),
        Rule("week", 1, (weekday,)),
        Rule("week", 2, (weekday,)),
        Rule("week", 1, tuple(sorted({weekday, (weekday + 2) % 5}))),
        Rule("month", 1, (weekday,), nth=number % 4 + 1),
        replace(Rule("week", 1, (weekday,)), count=250),
    )
    zone = ZONES[number % len(ZONES)]
    return Timetable(rules[number % len(rules)], first_day, wall(8 + number % 10), zone)


async def filled(store: SqliteStore, count: int, now: datetime) -> None:
    """Put patients with a plan each into the database, and a therapist for each forty."""
    first_day = (now - AGO).date()
    carer = ""
    for first in range(0, count, AT_ONCE):
        async with store.transaction() as tx:
            for number in range(first, min(first + AT_ONCE, count)):
                if number % PATIENTS_OF_ONE == 0:
                    carer = await therapist(tx, number, now)
                patient = await people.add(
                    tx, code=f"P-{number}", role="patient", language="en", zone="UTC", at=now
                )
                await care.assign(tx, patient_id=patient.id, therapist_id=carer, at=now)
                await edit_plans.set_plan(
                    tx, patient_id=patient.id, timetable=timetable(number, first_day), at=now
                )


async def therapist(tx: Tx, number: int, now: datetime) -> str:
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
class Took:
    """How long something took: by the clock on the wall, and of the processor's time."""

    seconds: float
    processor: float

    def __str__(self) -> str:
        """Say both."""
        return f"{self.seconds:.1f} s ({self.processor:.1f} s of the processor)"


async def timed(work: Awaitable[int]) -> tuple[int, Took]:
    """Return what some work returns, and how long it took."""
    wall, processor = time.perf_counter(), time.process_time()
    found = await work
    return found, Took(time.perf_counter() - wall, time.process_time() - processor)


async def measured(count: int) -> tuple[int, Took, Took]:
    """Return sessions planned, the time of the first planning, and of planning all anew."""
    now = utc_now()
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(Path(folder) / "attune.db")
        await migrate(store, now=now)
        await filled(store, count, now)
        planned, first = await timed(plan_sessions(store, now, DEFAULTS))
        async with store.transaction() as tx:
            await plans.plan_anew_all(tx, at=now)
        _, anew = await timed(plan_sessions(store, now, DEFAULTS))
        await store.close()
    return planned, first, anew


async def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--plans", type=int, default=10_000)
    count = options.parse_args().plans
    planned, first, anew = await measured(count)
    weeks = AHEAD // timedelta(weeks=1)
    print(f"{count} plans, {weeks} weeks ahead: {planned} sessions")
    print(f"planned in {first}, planned anew in {anew}")


if __name__ == "__main__":
    asyncio.run(main())
