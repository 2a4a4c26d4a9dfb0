"""Let patients tap through their questions as fast as possible, and measure the bot."""

import asyncio
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.clinic import PhoneWatcher, latest_text
from bot.simulator import Phone

ANSWERS = ("8", "No")
THANKS = "Thank you."
SPINNER_SECONDS = 15.0
"""How long Telegram accepts the answer to a tap; after that the tap counts as lost."""


@dataclass(frozen=True, slots=True)
class TappingResult:
    """The figures of one bot while everybody taps.

    Attributes:
        median_ms: Time from the tap to the changed message.
        p99_ms: Likewise, the 99th percentile.
        repeated: Taps that were repeated because nothing happened for 15 s.
        cpu_ms: Processor time of the bot's processes per tap.
        simulator_ms: Likewise of the simulator, which must not become the bottleneck.
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


async def tap_through(
    watcher: PhoneWatcher, phones: Sequence[Phone], pids: Sequence[int]
) -> TappingResult:
    """Let all patients with an open check-in tap until they are thanked.

    Args:
        watcher: Watches the simulator, which runs in this process.
        phones: The phones of the patients.
        pids: The processes of the bot.
    """
    tally = _Tally()
    own, used, begun = time.process_time(), processor_time(pids), time.perf_counter()
    await asyncio.gather(*(_answer(watcher, phone, tally) for phone in phones))
    took, taps = time.perf_counter() - begun, len(tally.milliseconds)
    used, own = processor_time(pids) - used, time.process_time() - own
    return TappingResult(
        taps=taps,
        taps_per_second=taps / took,
        median_ms=statistics.median(tally.milliseconds),
        p99_ms=statistics.quantiles(tally.milliseconds, n=100)[98],
        repeated=tally.repeated,
        cpu_ms=used / taps * 1000,
        simulator_ms=own / taps * 1000,
    )


async def _answer(watcher: PhoneWatcher, phone: Phone, tally: _Tally) -> None:
    """Tap as soon as the message changes; tap again when it does not change in time."""
    while (label := _offered_answer(phone)) is not None:
        before = latest_text(phone)
        begun = time.perf_counter()
        phone.tap(label)
        while not await watcher.wait_for_change(phone, before, SPINNER_SECONDS):
            tally.repeated += 1
            phone.tap(label)
        tally.milliseconds.append((time.perf_counter() - begun) * 1000)


def _offered_answer(phone: Phone) -> str | None:
    if THANKS in latest_text(phone):
        return None
    return next((label for label in ANSWERS if phone.screen.find_button(label=label)), None)


def processor_time(pids: Sequence[int]) -> float:
    """Return the processor seconds that the processes have used so far, on Linux."""
    ticks = 0
    for pid in pids:
        fields = _stat(pid)
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> list[int]:
    """Return a process and its children, on Linux."""
    running = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    parents = {one: parent for one in running if (parent := _parent(one)) is not None}
    return [pid, *(one for one, parent in parents.items() if parent == pid)]


def _parent(pid: int) -> int | None:
    try:
        return int(_stat(pid)[1])
    except OSError:  # it has just ended
        return None


def _stat(pid: int) -> list[str]:
    """Return the fields of a process in /proc, from its state on."""
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()


def memory_mb(pid: int) -> tuple[float, float]:
    """Return the current and the maximum memory of a process in MB, on Linux."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    fields = dict(line.split(":", 1) for line in lines if line.startswith(("VmRSS", "VmHWM")))
    current, maximum = (int(fields[name].split()[0]) / 1000 for name in ("VmRSS", "VmHWM"))
    return current, maximum
