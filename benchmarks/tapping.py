"""Patients who tap through their questions as fast as they come, and what that costs a bot."""

import asyncio
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.clinic import Watcher, shown
from bot.simulator import Phone

ANSWERS = ("8", "No")
THANKS = "Thank you."
SPINNER_SECONDS = 15.0
"""Telegram takes the answer to a tap for that long; then the tap is as good as lost."""


@dataclass(frozen=True, slots=True)
class Tapped:
    """What one bot did while everybody tapped.

    Attributes:
        median_ms: From the tap to the changed message.
        p99_ms: Likewise, for the slowest of a hundred.
        repeated: Taps that had to be repeated, because nothing had happened for 15 s.
        cpu_ms: Processor time of the bot's processes for a tap.
        simulator_ms: Likewise of the simulator; it is a brake where it nears the time of a tap.
    """

    taps: int
    taps_per_second: float
    median_ms: float
    p99_ms: float
    repeated: int
    cpu_ms: float
    simulator_ms: float


@dataclass(slots=True)
class _Tally:
    milliseconds: list[float] = field(default_factory=list)
    repeated: int = 0


async def tapped(watcher: Watcher, phones: Sequence[Phone], pids: Sequence[int]) -> Tapped:
    """Let all patients who have a question tap until they are thanked.

    Args:
        watcher: Of their simulator, which runs in this process.
        phones: Theirs.
        pids: The processes of the bot.
    """
    tally = _Tally()
    own, used, begun = time.process_time(), processor_time(pids), time.perf_counter()
    await asyncio.gather(*(_answer(watcher, phone, tally) for phone in phones))
    took, taps = time.perf_counter() - begun, len(tally.milliseconds)
    used, own = processor_time(pids) - used, time.process_time() - own
    return Tapped(
        taps=taps,
        taps_per_second=taps / took,
        median_ms=statistics.median(tally.milliseconds),
        p99_ms=statistics.quantiles(tally.milliseconds, n=100)[98],
        repeated=tally.repeated,
        cpu_ms=used / taps * 1000,
        simulator_ms=own / taps * 1000,
    )


async def _answer(watcher: Watcher, phone: Phone, tally: _Tally) -> None:
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


def processor_time(pids: Sequence[int]) -> float:
    """Return the seconds that some processes have used so far, as Linux tells them."""
    ticks = 0
    for pid in pids:
        fields = _stat(pid)
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> list[int]:
    """Return a process and all that it has started, as Linux tells them."""
    running = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    parents = {one: parent for one in running if (parent := _parent(one)) is not None}
    return [pid, *(one for one, parent in parents.items() if parent == pid)]


def _parent(pid: int) -> int | None:
    try:
        return int(_stat(pid)[1])
    except OSError:  # it has just ended
        return None


def _stat(pid: int) -> list[str]:
    """Return what Linux tells of a process, from its state on."""
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()


def memory_mb(pid: int) -> tuple[float, float]:
    """Return how much memory a process has now, and how much it had at most, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    found = dict(line.split(":", 1) for line in lines if line.startswith(("VmRSS", "VmHWM")))
    now, most = (int(found[name].split()[0]) / 1000 for name in ("VmRSS", "VmHWM"))
    return now, most
