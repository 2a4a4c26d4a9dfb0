"""A soak test: constant taps at three times Telegram's limit; memory must stay flat.

    python -m benchmarks.soak [--minutes 10] [--rate 90] [--out FILE]

Sessions end evenly over the whole time, and each patient answers the five questions with a short
pause before each, so that ``--rate`` taps a second reach the bot: three times the thirty messages a
second that Telegram lets it send. The bot edits the message for each tap, and the sender sends the
check-ins as well. The bot's memory is sampled throughout; what counts is the second half.
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
    BenchmarkClinic,
    bot_environment,
    count_answers_in_file,
    module_command,
    run_process,
    seed_store,
)
from benchmarks.report import BenchmarkReport, Cell, add_out_option, print_and_write
from benchmarks.tapping import memory_mb
from bot.simulator import Phone, serve
from storage.database.sqlite import open_store

QUESTIONS = 5
THINKING_SECONDS = (0.2, 1.0)
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
class SoakLog:
    """Time and latency of each tap, and the bot's memory over time."""

    started_at: float
    taps: list[tuple[float, float]] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)

    def elapsed(self) -> float:
        """Return the seconds since the start."""
        return time.perf_counter() - self.started_at


async def _seed(path: Path, phones: list[Phone], seconds: float) -> None:
    """Add one session after the other, evenly over the time."""
    store = await open_store(path)
    await seed_store(store, phones, apart=timedelta(seconds=seconds / len(phones)))
    await store.close()


async def _answer(
    clinic: BenchmarkClinic,
    phone: Phone,
    log: SoakLog,
    rng: random.Random,
    seconds: float,
) -> None:
    """Wait up to ``seconds`` for the check-in, and answer like a person."""
    for place in range(1, QUESTIONS + 1):
        await clinic.watcher.wait_for_text(phone, f"{place}/5", seconds)
        await asyncio.sleep(rng.uniform(*THINKING_SECONDS))
        begun = time.perf_counter()
        phone.tap("8" if place < QUESTIONS else "No")
        await clinic.watcher.wait_for_text(
            phone, f"{place + 1}/5" if place < QUESTIONS else "Thank"
        )
        log.taps.append((log.elapsed(), (time.perf_counter() - begun) * 1000))


async def _sample_memory(pid: int, log: SoakLog, every: float) -> None:
    """Record the bot's memory at intervals."""
    while True:
        log.memory.append((log.elapsed(), memory_mb(pid)[0]))
        await asyncio.sleep(every)


async def measure(minutes: float, rate: float) -> SoakLog:
    """Run the test and return its log."""
    seconds = minutes * 60
    clinic = BenchmarkClinic.of(max(2, round(seconds * rate / QUESTIONS)))
    clinic.start_all()
    rng = random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "attune.db"
        await _seed(path, clinic.phones, seconds)
        async with (
            serve(clinic.telegram, port=0) as address,
            run_process(
                module_command("bot", "run"), bot_environment(address.url, path)
            ) as running,
        ):
            log = SoakLog(time.perf_counter())
            sampling = asyncio.create_task(_sample_memory(running.pid, log, seconds / 120))
            await asyncio.gather(
                *(_answer(clinic, phone, log, rng, 2 * seconds + 120) for phone in clinic.phones)
            )
            sampling.cancel()
        if await count_answers_in_file(path) != len(log.taps):
            raise SystemExit("an answer is missing")
    return log


def split_into_parts(log: SoakLog) -> list[dict[str, Cell]]:
    """Return the figures of ten parts of the run."""
    end_of_run = log.taps[-1][0]
    rows: list[dict[str, Cell]] = []
    for part in range(PARTS):
        begin, end = end_of_run * part / PARTS, end_of_run * (part + 1) / PARTS
        latencies = [ms for at, ms in log.taps if begin < at <= end]
        memory = [mb for at, mb in log.memory if begin < at <= end]
        if len(latencies) < 2:
            continue
        rows.append(
            {
                "minute": end / 60,
                "taps": len(latencies),
                "taps_per_second": len(latencies) / (end - begin),
                "median_ms": statistics.median(latencies),
                "p99_ms": statistics.quantiles(latencies, n=100)[98],
                "memory_mb": statistics.median(memory) if memory else None,
            }
        )
    return rows


def memory_growth(log: SoakLog) -> float:
    """Return the growth of memory in the second half in MB per hour, by linear regression."""
    late = [one for one in log.memory if one[0] > log.memory[-1][0] / 2]
    if len(late) < 2:
        return 0.0
    return statistics.linear_regression(*zip(*late, strict=True)).slope * 3600


async def main() -> None:
    """Run the test and print its figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=10.0)
    options.add_argument("--rate", type=float, default=90.0, help="taps a second")
    add_out_option(options)
    chosen = options.parse_args()
    log = await measure(chosen.minutes, chosen.rate)
    note = f"In the second half memory changes by {memory_growth(log):+.1f} MB an hour."
    print_and_write(BenchmarkReport("soak", COLUMNS, split_into_parts(log), [note]), chosen)


if __name__ == "__main__":
    import uvloop  # so that the simulator is not the bottleneck

    uvloop.run(main())
