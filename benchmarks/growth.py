"""What grows with a clinic: 1,000, 10,000 and 100,000 patients with 50 check-ins each.

    python -m benchmarks.growth [--patients 1000 10000 100000] [--weeks 50] [--runs 3]
                                [--folder FOLDER] [--out FILE]

The files are made in bulk and kept in ``--folder`` for a day. Each size is measured in turn, run
after run: a tick with nothing due in this process, all else with the bot as a process of its own
against the simulator. The files change by some hundred check-ins a run. What is compared is the
smallest clinic with the largest.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from benchmarks.clinic import Clinic, module_of, process_of, session_over, settings_of, shown
from benchmarks.grown import PATIENTS_OF_ONE, grown
from benchmarks.report import Cell, Report, finish, middle, number, take_out, told
from benchmarks.tapping import memory_mb, tapped
from benchmarks.tick import usual
from bot.simulator import Phone, serve
from bot.simulator.messages import Message
from bot.simulator.simulated_telegram import utc_now
from schedules.tick import tick
from storage.database.sqlite import open_store
from storage.people import accounts, people

TICKS = 50
TAPPING = 200
ASKED = 10
COLUMNS = {
    "patients": "patients",
    "file_mb": "file, MB",
    "start_s": "start, s",
    "memory_mb": "memory, MB",
    "memory_most_mb": "at most, MB",
    "hourly_tick_ms": "hourly tick, ms",
    "tick_ms": "tick, ms",
    "taps_per_second": "taps a second",
    "p99_ms": "p99, ms",
    "cpu_ms": "processor time a tap, ms",
    "caseload_ms": "/caseload, ms",
    "patient_ms": "/patient, ms",
    "preview_ms": "/preview P-1, ms",
    "week_ms": "/preview, ms",
    "people_ms": "/people, ms",
    "figures_ms": "/figures, ms",
}
WITHIN = ("cpu_ms", "tick_ms", "caseload_ms", "patient_ms", "preview_ms")
"""What must not grow with the clinic."""


async def ticks(path: Path) -> dict[str, Cell]:
    """Return how long the tick takes that also looks for what is too old, and one that does not."""
    store, now, took = await open_store(path), utc_now(), []
    async with store.transaction() as tx:
        await tx.run("DELETE FROM pulses")
    for _ in range(TICKS + 1):
        begun = time.perf_counter()
        await tick(store, now, usual)
        took.append((time.perf_counter() - begun) * 1000)
    await store.close()
    return {"hourly_tick_ms": took[0], "tick_ms": statistics.median(took[1:])}


async def call_in(path: Path, clinic: Clinic, carer: Phone, leader: Phone) -> None:
    """Give phones to some patients from all over the clinic, and to two who work there."""
    store, now = await open_store(path), utc_now()
    async with store.transaction() as tx:
        # What an earlier run left open is over: its messages are not in this run's chats.
        await tx.run(
            "UPDATE checkins SET state = 'expired' WHERE state IN ('due', 'opened', 'sent')"
        )
        await tx.run("UPDATE outbox SET state = 'cancelled' WHERE state IN ('new', 'uncertain')")
        row = await tx.one("SELECT COUNT(*) AS size FROM people WHERE role = 'patient'")
        size = 0 if row is None else int(row["size"])
        of_code = {
            f"P-{1 + place * size // len(clinic.phones)}": phone
            for place, phone in enumerate(clinic.phones)
        }
        for code, phone in {**of_code, f"T-{middle_therapist(size)}": carer, "C-1": leader}.items():
            person = await people.by_code(tx, code)
            if person is None:
                raise LookupError(f"there is no {code}")
            await accounts.bind(tx, person_id=person.id, telegram_id=phone.id, at=now)
            await people.set_state(tx, person_id=person.id, state="active")
            if person.role == "patient":
                await session_over(tx, patient_id=person.id, at=now)
    await store.close()


def middle_therapist(size: int) -> int:
    """Return the number of a therapist in the middle of the clinic."""
    return 1 + size // PATIENTS_OF_ONE // 2


def answers(phone: Phone, mine: Message, words: str) -> bool:
    """Say whether the bot has answered with those words since; "One moment." is no answer yet."""
    return any(one.from_bot and one.id > mine.id and words in one.text for one in phone.messages)


async def waited(
    clinic: Clinic, phone: Phone, command: str, words: str, *, times: int = ASKED
) -> float:
    """Return the milliseconds, in the middle of some times, from a command to its answer."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        mine = phone.say(command)
        await clinic.watcher.until(phone, partial(answers, mine=mine, words=words))
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)


async def measured(path: Path, tapping: int) -> dict[str, Cell]:
    """Return the figures of one run on a file."""
    found = await ticks(path)
    clinic = Clinic.of(tapping)
    carer, leader = clinic.telegram.phone(name="T"), clinic.telegram.phone(name="C")
    for phone in (carer, leader):
        phone.say("/start")
    clinic.begin()
    await call_in(path, clinic, carer, leader)
    async with serve(clinic.telegram, port=0) as address:
        settings = settings_of(address.url, path)
        settings["ATTUNE_MOST_AT_ONCE"] = "0"  # nobody asks thirty times in ten seconds
        stranger = clinic.telegram.phone(name="Stranger")
        stranger.say("/start")
        begun = time.perf_counter()
        async with process_of(module_of("bot", "run"), settings) as running:
            await clinic.watcher.until(stranger, lambda phone: bool(shown(phone)))
            found["start_s"] = time.perf_counter() - begun
            for phone in clinic.phones:
                await clinic.watcher.until_shown(phone, "1/5")
            result = await tapped(clinic.watcher, clinic.phones, [running.pid])
            found |= {key: asdict(result)[key] for key in ("taps_per_second", "p99_ms", "cpu_ms")}
            found["caseload_ms"] = await waited(clinic, carer, "/caseload", "Caseload,")
            of_theirs = 1 + (middle_therapist(await patients_in(path)) - 1) * PATIENTS_OF_ONE
            found["patient_ms"] = await waited(clinic, carer, f"/patient P-{of_theirs}", "·")
            found["preview_ms"] = await waited(
                clinic, leader, "/preview P-1", "P-1: the coming week"
            )
            found["people_ms"] = await waited(clinic, leader, "/people", "everybody:")
            found["memory_mb"], _ = memory_mb(running.pid)
            found["figures_ms"] = await waited(
                clinic, leader, "/figures", "The last 12 weeks", times=1
            )
            found["week_ms"] = await waited(clinic, leader, "/preview", "The coming week.", times=1)
            _, found["memory_most_mb"] = memory_mb(running.pid)
    found["file_mb"] = file_mb(path)
    return found


def file_mb(path: Path) -> float:
    """Return how large a file is."""
    return path.stat().st_size / 1e6


async def patients_in(path: Path) -> int:
    """Return how many patients a file has."""
    store = await open_store(path, write=False)
    async with store.reading() as tx:
        row = await tx.one("SELECT COUNT(*) AS size FROM people WHERE role = 'patient'")
    await store.close()
    return 0 if row is None else int(row["size"])


def compared(rows: Sequence[dict[str, Cell]]) -> list[str]:
    """Return, for what must not grow, how much the largest clinic takes more than the smallest."""
    few, many = rows[0], rows[-1]
    return [
        f"{COLUMNS[key]}: {number(many, key) / number(few, key):.2f} times"
        f" from {told(few['patients'])} to {told(many['patients'])} patients."
        for key in WITHIN
    ]


async def main() -> None:
    """Measure every size in turn, as often as asked, and print the medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    options.add_argument("--weeks", type=int, default=50, help="check-ins of each patient")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--tapping", type=int, default=TAPPING, help="patients who answer")
    options.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    take_out(options)
    chosen = options.parse_args()
    files = {
        size: await grown(chosen.folder, patients=size, weeks=chosen.weeks)
        for size in sorted(chosen.patients)
    }
    runs: dict[int, list[dict[str, Cell]]] = {size: [] for size in files}
    for _ in range(chosen.runs):
        for size, path in files.items():
            runs[size].append({"patients": size, **await measured(path, chosen.tapping)})
    rows = [middle(found) for found in runs.values()]
    finish(Report("growth", COLUMNS, rows, compared(rows)), chosen)


if __name__ == "__main__":
    import uvloop  # the simulator is to be no brake

    uvloop.run(main())
