"""Taps a second and their latency: Attune beside a bare python-telegram-bot survey bot.

    python -m benchmarks.taps [--patients 200] [--delay-ms 0] [--runs 3] [--json]

Both bots run as processes of their own, one after the other, against the simulator in this
process. Each patient taps through five questions as quickly as the message changes, and taps
again where nothing has happened for 15 seconds. Attune keeps every answer on disk before the
message changes, and the file is looked into at the end; the bare bot keeps all in memory.

The processor's time is what the bot's process used for a tap: it says the same on a machine
that others use, too.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from asyncio.subprocess import Process
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.clinic import TOKEN, Clinic, Watcher, answers_kept, process_of, seed, shown
from bot.simulator import FaultKind, Phone, serve

ANSWERS = ("8", "No")
THANKS = "Thank you."
SPINNER_SECONDS = 15.0
"""Telegram takes the answer to a tap for that long; then the tap is as good as lost."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one bot did in one run.

    Attributes:
        median_ms: From the tap to the changed message.
        p99_ms: Likewise, for the slowest of a hundred.
        repeated: Taps that had to be repeated, because nothing had happened for 15 s.
        cpu_ms: Processor time of the bot's process for a tap.
        simulator_ms: Likewise of the simulator; it is a brake where it nears the time of a tap.
        start_s: From starting the process to the answer to what had been said before.
    """

    bot: str
    taps: int
    taps_per_second: float
    median_ms: float
    p99_ms: float
    repeated: int
    cpu_ms: float
    simulator_ms: float
    start_s: float


@dataclass(slots=True)
class Tally:
    """What the patients lived through: how long each tap took, and how many they repeated."""

    milliseconds: list[float] = field(default_factory=list)
    repeated: int = 0


async def _answer(watcher: Watcher, phone: Phone, tally: Tally) -> None:
    """Tap through the questions as quickly as the message changes; tap again when it does not."""
    while (label := _answer_offered(phone)) is not None:
        before = shown(phone)
        begun = time.perf_counter()
        phone.tap(label)
        while not await watcher.changed(phone, before, SPINNER_SECONDS):
            tally.repeated += 1
            phone.tap(label)
        tally.milliseconds.append((time.perf_counter() - begun) * 1000)


def _answer_offered(phone: Phone) -> str | None:
    if THANKS in shown(phone):
        return None
    return next((label for label in ANSWERS if phone.screen.find_button(label=label)), None)


async def _measured(
    name: str,
    clinic: Clinic,
    process: AbstractAsyncContextManager[Process],
    *,
    opening: str | None = None,
    delay_ms: float,
) -> Result:
    """Start a bot, let all patients tap at once, and stop it.

    Args:
        name: The bot's, for the table.
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
            await clinic.watcher.until(phone, lambda phone: "1/5" in shown(phone))
        if delay_ms:
            clinic.telegram.faults.add(FaultKind.DELAY, times=None, delay=delay_ms / 1000)
        tally = Tally()
        used, own, begun = processor_time(running.pid), time.process_time(), time.perf_counter()
        await asyncio.gather(*(_answer(clinic.watcher, phone, tally) for phone in clinic.phones))
        took, taps = time.perf_counter() - begun, len(tally.milliseconds)
        used, own = processor_time(running.pid) - used, time.process_time() - own
    return Result(
        bot=name,
        taps=taps,
        taps_per_second=taps / took,
        median_ms=statistics.median(tally.milliseconds),
        p99_ms=statistics.quantiles(tally.milliseconds, n=100)[98],
        repeated=tally.repeated,
        cpu_ms=used / taps * 1000,
        simulator_ms=own / taps * 1000,
        start_s=start,
    )


def processor_time(pid: int) -> float:
    """Return the seconds that a process has used so far, as Linux tells them."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def attune(patients: int, delay_ms: float) -> Result:
    """Measure the real bot, with every answer on disk."""
    clinic = Clinic.of(patients)
    clinic.begin()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "attune.db"
        await seed(path, clinic.phones)
        async with serve(clinic.telegram, port=0) as address:
            settings = {
                "ATTUNE_TELEGRAM_TOKEN": TOKEN,
                "ATTUNE_TELEGRAM_API_URL": address.url,
                "ATTUNE_DATABASE": f"sqlite:///{path}",
            }
            process = process_of(["bot", "run"], settings)
            result = await _measured("attune, durable", clinic, process, delay_ms=delay_ms)
        kept = await answers_kept(path)
        if kept != result.taps:
            raise SystemExit(f"{result.taps} taps, but {kept} answers are on disk")
        return result


async def bare(patients: int, delay_ms: float) -> Result:
    """Measure the bare bot, with all in memory."""
    clinic = Clinic.of(patients)
    async with serve(clinic.telegram, port=0) as address:
        settings = {"BARE_API": address.url, "BARE_TOKEN": TOKEN}
        process = process_of(["benchmarks.bare_bot"], settings)
        return await _measured(
            "bare, in memory", clinic, process, opening="/start", delay_ms=delay_ms
        )


async def main() -> None:
    """Measure both in turn and print them side by side."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=200)
    options.add_argument("--delay-ms", type=float, default=0.0, help="added to every API call")
    options.add_argument("--runs", type=int, default=3, help="how often, both bots in turn")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    pairs = []
    for _ in range(chosen.runs):
        pair = [await run(chosen.patients, chosen.delay_ms) for run in (bare, attune)]
        pairs.append(pair)
        if not chosen.json:
            print(*map(_line, pair), sep="\n", flush=True)
    if chosen.json:
        print(json.dumps([asdict(result) for pair in pairs for result in pair]))
        return
    rates = statistics.median(b.taps_per_second / a.taps_per_second for a, b in pairs)
    times = statistics.median(a.cpu_ms / b.cpu_ms for a, b in pairs)
    print(f"ratio of taps a second: {rates:.2f}; of processor time for a tap: {times:.2f}")


def _line(result: Result) -> str:
    return (
        f"{result.bot:16}{result.taps:6} taps {result.taps_per_second:6.0f}/s"
        f"  median {result.median_ms:6.1f} ms  p99 {result.p99_ms:6.1f} ms"
        f"  repeated {result.repeated}"
        f"  processor {result.cpu_ms:.2f} ms (simulator {result.simulator_ms:.2f})"
        f"  first answer after {result.start_s:.2f} s"
    )


if __name__ == "__main__":
    import uvloop  # the simulator is to be no brake

    uvloop.run(main())
