"""Taps per second and their latency: Attune beside minimal survey bots.

    python -m benchmarks.taps [--patients 200] [--delay-ms 0] [--runs 3] [--out FILE]
                              [--bots attune aiogram …]

Each bot runs as a separate process, one after the other, against the simulator in this process.
Each patient taps through five questions as fast as the message changes, and taps again when nothing
has happened for 15 seconds. Attune writes every answer to disk before the message changes, and the
answers in the file are counted at the end. The bare bots, on python-telegram-bot and on aiogram 3,
keep answers in memory; a second variant commits each answer.

aiogram needs another version of pydantic, so it has a separate environment, ``.venv-aiogram``, made
from ``benchmarks/aiogram.lock`` when it is missing (``make bots``).

Processor time is that of the bot's process per tap; it also holds on a machine that others use.
"""

import argparse
import asyncio
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from pathlib import Path

from benchmarks.clinic import (
    TOKEN,
    BenchmarkClinic,
    bot_environment,
    count_answers_in_file,
    latest_text,
    module_command,
    run_process,
    seed,
)
from benchmarks.report import (
    BenchmarkReport,
    Cell,
    ReportRow,
    add_out_option,
    median_row,
    number,
    print_and_write,
)
from benchmarks.tapping import tap_through
from bot.simulator import FaultKind, serve

ROOT = Path(__file__).parent.parent
AIOGRAM = ROOT / ".venv-aiogram" / "bin" / "python"
ATTUNE = "attune"
BOTS = (
    "python-telegram-bot",
    "python-telegram-bot, commits",
    "aiogram",
    "aiogram, commits",
    ATTUNE,
)
COLUMNS = {
    "bot": "bot",
    "taps_per_second": "taps a second",
    "median_ms": "median, ms",
    "p99_ms": "p99, ms",
    "repeated": "repeated",
    "cpu_ms": "processor time a tap, ms",
    "simulator_ms": "simulator's, ms",
    "start_s": "first answer after, s",
}


async def measure(
    clinic: BenchmarkClinic,
    process: AbstractAsyncContextManager[Process],
    *,
    opening: str | None = None,
    delay_ms: float,
) -> dict[str, Cell]:
    """Start a bot, let all patients tap at once, and stop it.

    Args:
        clinic: The patients.
        process: The bot.
        opening: What each patient types to get the first question.
        delay_ms: Added to every API call while they tap.
    """
    stranger = clinic.telegram.phone(name="Stranger")
    stranger.say("/start")
    begun = time.perf_counter()
    async with process as running:
        await clinic.watcher.wait_until(stranger, lambda phone: bool(latest_text(phone)))
        start = time.perf_counter() - begun
        if opening is not None:
            for phone in clinic.phones:
                phone.say(opening)
        for phone in clinic.phones:
            await clinic.watcher.wait_for_text(phone, "1/5")
        if delay_ms:
            clinic.telegram.faults.add(FaultKind.DELAY, times=None, delay=delay_ms / 1000)
        result = await tap_through(clinic.watcher, clinic.phones, [running.pid])
    return {**asdict(result), "start_s": start}


async def measure_attune(patients: int, delay_ms: float) -> dict[str, Cell]:
    """Measure Attune, with every answer on disk."""
    clinic = BenchmarkClinic.of(patients)
    clinic.start_all()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "attune.db"
        await seed(path, clinic.phones)
        async with serve(clinic.telegram, port=0) as address:
            process = run_process(module_command("bot", "run"), bot_environment(address.url, path))
            result = await measure(clinic, process, delay_ms=delay_ms)
        saved = await count_answers_in_file(path)
        if saved != result["taps"]:
            raise SystemExit(f"{result['taps']} taps, but {saved} answers are on disk")
        return {"bot": ATTUNE, **result}


async def measure_bare_bot(name: str, patients: int, delay_ms: float) -> dict[str, Cell]:
    """Measure a bare bot."""
    command = module_command("benchmarks.contestants.bare_bot")
    if name.startswith("aiogram"):
        command = [str(AIOGRAM), "-m", "benchmarks.contestants.aiogram_bot"]
    clinic = BenchmarkClinic.of(patients)
    with tempfile.TemporaryDirectory() as folder:
        async with serve(clinic.telegram, port=0) as address:
            settings = {"BARE_API": address.url, "BARE_TOKEN": TOKEN}
            if name.endswith("commits"):
                settings["BARE_DATABASE"] = str(Path(folder) / "bare.db")
            process = run_process(command, settings)
            result = await measure(clinic, process, opening="/start", delay_ms=delay_ms)
    return {"bot": name, **result}


async def measure_bot(name: str, patients: int, delay_ms: float) -> dict[str, Cell]:
    """Measure one of ``BOTS``."""
    if name == ATTUNE:
        return await measure_attune(patients, delay_ms)
    return await measure_bare_bot(name, patients, delay_ms)


async def make_bots() -> None:
    """Make aiogram's environment if it is missing."""
    if not AIOGRAM.exists():
        process = await asyncio.create_subprocess_exec("make", "-C", str(ROOT), "bots")
        if await process.wait():
            raise SystemExit("make bots failed")


def compare_bots(rows: Sequence[ReportRow], pairs: Sequence[Sequence[ReportRow]]) -> list[str]:
    """Return the median ratios of Attune to each bare bot, run by run."""
    notes = []
    for place, row in enumerate(rows):
        if row["bot"] == ATTUNE or rows[-1]["bot"] != ATTUNE:
            continue
        ratios = median_row(
            [
                {
                    key: number(run[-1], key) / number(run[place], key)
                    for key in ("taps_per_second", "p99_ms", "cpu_ms")
                }
                for run in pairs
            ]
        )
        notes.append(
            f"Beside {row['bot']}: {number(ratios, 'taps_per_second'):.2f} times the taps a second,"
            f" {number(ratios, 'p99_ms'):.2f} times its p99,"
            f" {number(ratios, 'cpu_ms'):.2f} times its processor time a tap."
        )
    return notes


async def main() -> None:
    """Measure all bots in turn, ``--runs`` times, and print the medians side by side."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=200)
    options.add_argument("--delay-ms", type=float, default=0.0, help="added to every API call")
    options.add_argument(
        "--runs", type=int, default=3, help="number of runs, with all bots in turn"
    )
    options.add_argument("--bots", nargs="+", choices=BOTS, default=BOTS)
    add_out_option(options)
    chosen = options.parse_args()
    if any(name.startswith("aiogram") for name in chosen.bots):
        await make_bots()
    pairs = [
        [await measure_bot(name, chosen.patients, chosen.delay_ms) for name in chosen.bots]
        for _ in range(chosen.runs)
    ]
    rows = [median_row(results) for results in zip(*pairs, strict=True)]
    print_and_write(BenchmarkReport("taps", COLUMNS, rows, compare_bots(rows, pairs)), chosen)


if __name__ == "__main__":
    import uvloop  # so that the simulator is not the bottleneck

    uvloop.run(main())
