"""A soak: patients answer without a pause at three times Telegram's limit; memory must stay flat.

    python -m benchmarks.soak [--minutes 10] [--rate 90] [--out FILE]

Sessions end evenly over the whole time, and each patient takes the five questions as they come,
with a moment's thought before each, so that ``--rate`` taps a second reach the bot: three times
the thirty messages a second that Telegram lets it send. Each is answered by an edit, and each
question asked by the courier on top. The bot's memory is looked at all the while; what counts is
how it goes on in the second half.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from benchmarks.clinic import (
    Clinic,
    answers_kept,
    module_of,
    process_of,
    seed_store,
    settings_of,
)
from benchmarks.report import Cell, Report, finish, take_out
from benchmarks.tapping import memory_mb
from bot.simulator import Phone, serve
from storage.database.sqlite import open_store

QUESTIONS = 5
THINKING = (0.2, 1.0)
PARTS = 10
SEED = 7
COLUMNS = {
    "minute": "minute",
    "taps": "taps",
    "taps_per_second": "a second",
    "median_ms": "median, ms",
    "p99_ms": "p99, ms",
    "memory_mb": "memory, MB",
}


@dataclass(slots=True)
class Log:
    """When each tap was answered and how long that took; and the bot's memory over time."""

    begun: float
    taps: list[tuple[float, float]] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)

    def since(self) -> float:
        """Return the seconds since the beginning."""
        return time.perf_counter() - self.begun


async def _seed(path: Path, phones: list[Phone], seconds: float) -> None:
    """Let one session end after the other, evenly over the time."""
    store = await open_store(path)
    await seed_store(store, phones, apart=timedelta(seconds=seconds / len(phones)))
    await store.close()


async def _answer(
    clinic: Clinic, phone: Phone, log: Log, chance: random.Random, patience: float
) -> None:
    """Wait to be asked, for as long as the whole may take, and answer like a person."""
    for place in range(1, QUESTIONS + 1):
        await clinic.watcher.until_shown(phone, f"{place}/5", patience)
        await asyncio.sleep(chance.uniform(*THINKING))
        begun = time.perf_counter()
        phone.tap("8" if place < QUESTIONS else "No")
        await clinic.watcher.until_shown(phone, f"{place + 1}/5" if place < QUESTIONS else "Thank")
        log.taps.append((log.since(), (time.perf_counter() - begun) * 1000))


async def _weigh(pid: int, log: Log, every: float) -> None:
    """Note the bot's memory again and again."""
    while True:
        log.memory.append((log.since(), memory_mb(pid)[0]))
        await asyncio.sleep(every)


async def measured(minutes: float, rate: float) -> Log:
    """Return what happened over that time."""
    seconds = minutes * 60
    clinic = Clinic.of(max(2, round(seconds * rate / QUESTIONS)))
    clinic.begin()
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "attune.db"
        await _seed(path, clinic.phones, seconds)
        async with (
            serve(clinic.telegram, port=0) as address,
            process_of(module_of("bot", "run"), settings_of(address.url, path)) as running,
        ):
            log = Log(time.perf_counter())
            weighing = asyncio.create_task(_weigh(running.pid, log, seconds / 120))
            patience = 2 * seconds + 120
            await asyncio.gather(
                *(_answer(clinic, one, log, chance, patience) for one in clinic.phones)
            )
            weighing.cancel()
        if await answers_kept(path) != len(log.taps):
            raise SystemExit("an answer is missing")
    return log


def in_parts(log: Log) -> list[dict[str, Cell]]:
    """Return the course of things in ten parts."""
    whole = log.taps[-1][0]
    rows: list[dict[str, Cell]] = []
    for part in range(PARTS):
        begin, end = whole * part / PARTS, whole * (part + 1) / PARTS
        took = [ms for at, ms in log.taps if begin < at <= end]
        weights = [mb for at, mb in log.memory if begin < at <= end]
        if len(took) < 2:
            continue
        rows.append(
            {
                "minute": end / 60,
                "taps": len(took),
                "taps_per_second": len(took) / (end - begin),
                "median_ms": statistics.median(took),
                "p99_ms": statistics.quantiles(took, n=100)[98],
                "memory_mb": statistics.median(weights) if weights else None,
            }
        )
    return rows


def growth(log: Log) -> float:
    """Return how many MB an hour memory grows in the second half, by a straight line."""
    late = [one for one in log.memory if one[0] > log.memory[-1][0] / 2]
    if len(late) < 2:
        return 0.0
    return statistics.linear_regression(*zip(*late, strict=True)).slope * 3600


async def main() -> None:
    """Measure and print the course."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=10.0)
    options.add_argument("--rate", type=float, default=90.0, help="taps a second")
    take_out(options)
    chosen = options.parse_args()
    log = await measured(chosen.minutes, chosen.rate)
    said = f"In the second half memory changes by {growth(log):+.1f} MB an hour."
    finish(Report("soak", COLUMNS, in_parts(log), [said]), chosen)


if __name__ == "__main__":
    import uvloop  # the simulator is to be no brake

    uvloop.run(main())
