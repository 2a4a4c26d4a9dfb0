"""Taps a second and their latency: Attune beside bare survey bots.

    python -m benchmarks.taps [--patients 200] [--delay-ms 0] [--runs 3] [--out FILE]
                              [--bots attune aiogram …]

All bots run as processes of their own, one after the other, against the simulator in this
process. Each patient taps through five questions as quickly as the message changes, and taps
again where nothing has happened for 15 seconds. Attune keeps every answer on disk before the
message changes, and the file is looked into at the end. The bare bots, on python-telegram-bot
and on aiogram 3, keep all in memory; and once more with one commit for each answer.

aiogram wants another pydantic than we do, so it has an environment of its own, ``.venv-aiogram``,
which is made here from ``benchmarks/aiogram.lock`` when it is missing (``make bots``).

The processor's time is what the bot's process used for a tap: it says the same on a machine
that others use, too.
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
    Clinic,
    answers_kept,
    module_of,
    process_of,
    seed,
    settings_of,
    shown,
)
from benchmarks.report import Cell, Found, Report, finish, middle, number, take_out
from benchmarks.tapping import tapped
from bot.simulator import FaultKind, serve

HERE = Path(__file__).parent.parent
AIOGRAM = HERE / ".venv-aiogram" / "bin" / "python"
OURS = "attune"
BOTS = (
    "python-telegram-bot",
    "python-telegram-bot, commits",
    "aiogram",
    "aiogram, commits",
    OURS,
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


async def measured(
    clinic: Clinic,
    process: AbstractAsyncContextManager[Process],
    *,
    opening: str | None = None,
    delay_ms: float,
) -> dict[str, Cell]:
    """Start a bot, let all patients tap at once, and stop it.

    Args:
        clinic: Who taps.
        process: The bot's.
        opening: What each patient says to get the first question.
        delay_ms: Added to every API call while they tap.
    """
    stranger = clinic.telegram.phone(name="Stranger")
    stranger.say("/start")
    begun = time.perf_counter()
    async with process as running:
        await clinic.watcher.until(stranger, lambda phone: bool(shown(phone)))
        start = time.perf_counter() - begun
        if opening is not None:
            for phone in clinic.phones:
                phone.say(opening)
        for phone in clinic.phones:
            await clinic.watcher.until_shown(phone, "1/5")
        if delay_ms:
            clinic.telegram.faults.add(FaultKind.DELAY, times=None, delay=delay_ms / 1000)
        result = await tapped(clinic.watcher, clinic.phones, [running.pid])
    return {**asdict(result), "start_s": start}


async def attune(patients: int, delay_ms: float) -> dict[str, Cell]:
    """Measure the real bot, with every answer on disk."""
    clinic = Clinic.of(patients)
    clinic.begin()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "attune.db"
        await seed(path, clinic.phones)
        async with serve(clinic.telegram, port=0) as address:
            process = process_of(module_of("bot", "run"), settings_of(address.url, path))
            result = await measured(clinic, process, delay_ms=delay_ms)
        kept = await answers_kept(path)
        if kept != result["taps"]:
            raise SystemExit(f"{result['taps']} taps, but {kept} answers are on disk")
        return {"bot": OURS, **result}


async def bare(name: str, patients: int, delay_ms: float) -> dict[str, Cell]:
    """Measure a bare bot."""
    command = module_of("benchmarks.contestants.bare_bot")
    if name.startswith("aiogram"):
        command = [str(AIOGRAM), "-m", "benchmarks.contestants.aiogram_bot"]
    clinic = Clinic.of(patients)
    with tempfile.TemporaryDirectory() as folder:
        async with serve(clinic.telegram, port=0) as address:
            settings = {"BARE_API": address.url, "BARE_TOKEN": TOKEN}
            if name.endswith("commits"):
                settings["BARE_DATABASE"] = str(Path(folder) / "bare.db")
            process = process_of(command, settings)
            result = await measured(clinic, process, opening="/start", delay_ms=delay_ms)
    return {"bot": name, **result}


async def one(name: str, patients: int, delay_ms: float) -> dict[str, Cell]:
    """Measure one of ``BOTS``."""
    if name == OURS:
        return await attune(patients, delay_ms)
    return await bare(name, patients, delay_ms)


async def make_bots() -> None:
    """Make aiogram's environment when it is missing."""
    if not AIOGRAM.exists():
        made = await asyncio.create_subprocess_exec("make", "-C", str(HERE), "bots")
        if await made.wait():
            raise SystemExit("make bots failed")


def compared(rows: Sequence[Found], pairs: Sequence[Sequence[Found]]) -> list[str]:
    """Return how many times the taps of each bare bot Attune does, run by run in the middle."""
    said = []
    for place, row in enumerate(rows):
        if row["bot"] == OURS or rows[-1]["bot"] != OURS:
            continue
        ratios = middle(
            [
                {
                    key: number(run[-1], key) / number(run[place], key)
                    for key in ("taps_per_second", "p99_ms", "cpu_ms")
                }
                for run in pairs
            ]
        )
        said.append(
            f"Beside {row['bot']}: {number(ratios, 'taps_per_second'):.2f} times the taps a second,"
            f" {number(ratios, 'p99_ms'):.2f} times its p99,"
            f" {number(ratios, 'cpu_ms'):.2f} times its processor time a tap."
        )
    return said


async def main() -> None:
    """Measure all in turn, as often as asked, and print the medians side by side."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=200)
    options.add_argument("--delay-ms", type=float, default=0.0, help="added to every API call")
    options.add_argument("--runs", type=int, default=3, help="how often, all bots in turn")
    options.add_argument("--bots", nargs="+", choices=BOTS, default=BOTS)
    take_out(options)
    chosen = options.parse_args()
    if any(name.startswith("aiogram") for name in chosen.bots):
        await make_bots()
    pairs = [
        [await one(name, chosen.patients, chosen.delay_ms) for name in chosen.bots]
        for _ in range(chosen.runs)
    ]
    rows = [middle(found) for found in zip(*pairs, strict=True)]
    finish(Report("taps", COLUMNS, rows, compared(rows, pairs)), chosen)


if __name__ == "__main__":
    import uvloop  # the simulator is to be no brake

    uvloop.run(main())
