"""The cost of a tick with nothing due, for 100 and for 10,000 patients.

python -m benchmarks.tick [--patients 10000]
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from alliance.calendar.recurrence import RecurrenceRule
from alliance.calendar.timetable import Timetable
from alliance.checkins.instruments import Instrument
from alliance.rupture import Detector, detector
from bot.simulator.simulated_telegram import utc_now
from schedules.tick import tick
from storage.calendar import edit_plans
from storage.database.sqlite import open_store
from storage.maintenance.migrate import migrate
from storage.people import people

TICKS = 50
BATCH_SIZE = 500


def default_detector(used: Instrument) -> Detector:
    """Return the default detector for an instrument."""
    return detector(instrument=used)


async def measure(patients: int) -> float:
    """Return the median milliseconds of a tick with that many patients and nothing due."""
    now = utc_now()
    tomorrow = (now + timedelta(days=1)).date()
    wall_time = now.time().replace(second=0, microsecond=0)
    timetable = Timetable(
        RecurrenceRule("week", 1, (tomorrow.weekday(),)), tomorrow, wall_time, "UTC"
    )
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(Path(folder) / "attune.db")
        await migrate(store, now=now)
        for first in range(0, patients, BATCH_SIZE):
            async with store.transaction() as tx:
                for number in range(first, min(first + BATCH_SIZE, patients)):
                    person = await people.add(
                        tx, code=f"P-{number}", role="patient", language="en", zone="UTC", at=now
                    )
                    await edit_plans.set_plan(tx, patient_id=person.id, timetable=timetable, at=now)
        await tick(store, now, default_detector)
        durations = []
        for _ in range(TICKS):
            begun = time.perf_counter()
            await tick(store, now, default_detector)
            durations.append((time.perf_counter() - begun) * 1000)
        await store.close()
    return statistics.median(durations)


async def main() -> None:
    """Measure a small and a large clinic in one run."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=10_000)
    chosen = options.parse_args()
    few, many = await measure(100), await measure(chosen.patients)
    print(f"{100:7} patients: {few:6.2f} ms a tick")
    print(f"{chosen.patients:7} patients: {many:6.2f} ms a tick")
    print(f"ratio: {many / few:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
