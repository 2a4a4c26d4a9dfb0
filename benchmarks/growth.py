"""How costs grow with the clinic: 1,000, 10,000 and 100,000 patients with 50 check-ins each.

    python -m benchmarks.growth [--patients 1000 10000 100000] [--weeks 50] [--runs 3]
                                [--folder FOLDER] [--out FILE]

The files are inserted in bulk and reused in ``--folder`` for a day. Each run measures all sizes in
turn: ticks with nothing due in this process, everything else with the bot as a separate process
against the simulator. A run adds some hundred check-ins to each file. The note compares the
smallest with the largest clinic.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from alliance.people.roles_and_states import PersonRole, PersonState
from benchmarks.clinic import (
    BenchmarkClinic,
    bot_environment,
    end_session,
    latest_text,
    module_command,
    run_process,
)
from benchmarks.grown import PATIENTS_PER_THERAPIST, make_grown_clinic
from benchmarks.report import (
    BenchmarkReport,
    Cell,
    add_out_option,
    format_cell,
    median_row,
    number,
    print_and_write,
)
from benchmarks.tapping import memory_mb, tap_through
from benchmarks.tick import default_detector
from bot.simulator import Phone, serve
from bot.simulator.messages import Message
from bot.simulator.simulated_telegram import utc_now
from schedules.tick import tick
from storage.database.sqlite import open_store
from storage.people import accounts, people

TICKS = 50
TAPPING_PATIENTS = 200
REPETITIONS = 10
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
MUST_NOT_GROW = ("cpu_ms", "tick_ms", "caseload_ms", "patient_ms", "preview_ms")
"""Figures that must not grow with the clinic."""


async def measure_ticks(path: Path) -> dict[str, Cell]:
    """Return the duration of the hourly tick, which applies retention, and of ordinary ticks."""
    store, now, durations = await open_store(path), utc_now(), []
    async with store.transaction() as tx:
        await tx.run("DELETE FROM internal_heartbeats")
    for _ in range(TICKS + 1):
        begun = time.perf_counter()
        await tick(store, now, default_detector)
        durations.append((time.perf_counter() - begun) * 1000)
    await store.close()
    return {"hourly_tick_ms": durations[0], "tick_ms": statistics.median(durations[1:])}


async def assign_phones(
    path: Path, clinic: BenchmarkClinic, therapist: Phone, coordinator: Phone
) -> None:
    """Give phones to patients from all parts of the clinic, a therapist and a coordinator."""
    store, now = await open_store(path), utc_now()
    async with store.transaction() as tx:
        # Close what an earlier run left open; its messages are not in this run's chats.
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
        for code, phone in {
            **of_code,
            f"T-{middle_therapist_number(size)}": therapist,
            "C-1": coordinator,
        }.items():
            person = await people.by_code(tx, code)
            if person is None:
                raise LookupError(f"there is no {code}")
            await accounts.bind(tx, person_id=person.id, telegram_id=phone.id, at=now)
            await people.set_state(tx, person_id=person.id, state=PersonState.ACTIVE)
            if person.role == PersonRole.PATIENT:
                await end_session(tx, patient_id=person.id, at=now)
    await store.close()


def middle_therapist_number(size: int) -> int:
    """Return the number of a therapist in the middle of the clinic."""
    return 1 + size // PATIENTS_PER_THERAPIST // 2


def has_replied(phone: Phone, sent: Message, text: str) -> bool:
    """Say whether the bot has replied with a text; "One moment." is not the reply yet."""
    return any(one.from_bot and one.id > sent.id and text in one.text for one in phone.messages)


async def time_command(
    clinic: BenchmarkClinic, phone: Phone, command: str, text: str, *, times: int = REPETITIONS
) -> float:
    """Return the median milliseconds from a command to its reply."""
    durations = []
    for _ in range(times):
        begun = time.perf_counter()
        sent = phone.say(command)
        await clinic.watcher.wait_until(phone, partial(has_replied, sent=sent, text=text))
        durations.append((time.perf_counter() - begun) * 1000)
    return statistics.median(durations)


async def measure(path: Path, tapping: int) -> dict[str, Cell]:
    """Return the figures of one run on a file."""
    figures = await measure_ticks(path)
    clinic = BenchmarkClinic.of(tapping)
    therapist, coordinator = clinic.telegram.phone(name="T"), clinic.telegram.phone(name="C")
    for phone in (therapist, coordinator):
        phone.say("/start")
    clinic.start_all()
    await assign_phones(path, clinic, therapist, coordinator)
    async with serve(clinic.telegram, port=0) as address:
        settings = bot_environment(address.url, path)
        settings["ATTUNE_MOST_AT_ONCE"] = "0"  # no real user sends thirty commands in ten seconds
        stranger = clinic.telegram.phone(name="Stranger")
        stranger.say("/start")
        begun = time.perf_counter()
        async with run_process(module_command("bot", "run"), settings) as running:
            await clinic.watcher.wait_until(stranger, lambda phone: bool(latest_text(phone)))
            figures["start_s"] = time.perf_counter() - begun
            for phone in clinic.phones:
                await clinic.watcher.wait_for_text(phone, "1/5")
            result = await tap_through(clinic.watcher, clinic.phones, [running.pid])
            figures |= {key: asdict(result)[key] for key in ("taps_per_second", "p99_ms", "cpu_ms")}
            figures["caseload_ms"] = await time_command(clinic, therapist, "/caseload", "Caseload,")
            patient = (
                1 + (middle_therapist_number(await patients_in(path)) - 1) * PATIENTS_PER_THERAPIST
            )
            figures["patient_ms"] = await time_command(
                clinic, therapist, f"/patient P-{patient}", "·"
            )
            figures["preview_ms"] = await time_command(
                clinic, coordinator, "/preview P-1", "P-1: the coming week"
            )
            figures["people_ms"] = await time_command(clinic, coordinator, "/people", "everybody:")
            figures["memory_mb"], _ = memory_mb(running.pid)
            figures["figures_ms"] = await time_command(
                clinic, coordinator, "/figures", "The last 12 weeks", times=1
            )
            figures["week_ms"] = await time_command(
                clinic, coordinator, "/preview", "The coming week.", times=1
            )
            _, figures["memory_most_mb"] = memory_mb(running.pid)
    figures["file_mb"] = file_mb(path)
    return figures


def file_mb(path: Path) -> float:
    """Return the size of a file in MB."""
    return path.stat().st_size / 1e6


async def patients_in(path: Path) -> int:
    """Return the number of patients in a file."""
    store = await open_store(path, write=False)
    async with store.read_transaction() as tx:
        row = await tx.one("SELECT COUNT(*) AS size FROM people WHERE role = 'patient'")
    await store.close()
    return 0 if row is None else int(row["size"])


def compare_sizes(rows: Sequence[dict[str, Cell]]) -> list[str]:
    """Return the ratio of the largest to the smallest clinic for figures that must not grow."""
    few, many = rows[0], rows[-1]
    return [
        f"{COLUMNS[key]}: {number(many, key) / number(few, key):.2f} times"
        f" from {format_cell(few['patients'])} to {format_cell(many['patients'])} patients."
        for key in MUST_NOT_GROW
    ]


async def main() -> None:
    """Measure all sizes in turn, ``--runs`` times, and print the medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    options.add_argument("--weeks", type=int, default=50, help="check-ins of each patient")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument(
        "--tapping", type=int, default=TAPPING_PATIENTS, help="patients who answer"
    )
    options.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    add_out_option(options)
    chosen = options.parse_args()
    files = {
        size: await make_grown_clinic(chosen.folder, patients=size, weeks=chosen.weeks)
        for size in sorted(chosen.patients)
    }
    runs: dict[int, list[dict[str, Cell]]] = {size: [] for size in files}
    for _ in range(chosen.runs):
        for size, path in files.items():
            runs[size].append({"patients": size, **await measure(path, chosen.tapping)})
    rows = [median_row(results) for results in runs.values()]
    print_and_write(BenchmarkReport("growth", COLUMNS, rows, compare_sizes(rows)), chosen)


if __name__ == "__main__":
    import uvloop  # so that the simulator is not the bottleneck

    uvloop.run(main())
