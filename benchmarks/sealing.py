"""What sealing costs a tap: the look-up of an account, sealed and plain, side by side.

``python -m benchmarks.sealing`` prints the processor time of both in microseconds;
``python -m benchmarks.sealing --taps`` what sealing costs of whole taps, see ``sealed_taps``.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.sealed_taps import compare
from bot.simulator.simulated_telegram import utc_now
from storage.database.sqlite import open_store
from storage.database.tx import Row, Tx
from storage.maintenance.migrate import migrate
from storage.people import accounts, people

PEOPLE = 1_000
ROUNDS = 7
FIRST_ID = 5_000_000_000


async def plain(tx: Tx, telegram_id: int) -> Row | None:
    """Look an account up as if it stood there readable."""
    return await tx.one(
        "SELECT person_id FROM readable WHERE telegram_id = ?",
        telegram_id,
    )


async def _microseconds(tx: Tx, look_up: Callable[[Tx, int], Awaitable[object]]) -> float:
    begun = time.process_time()
    for number in range(PEOPLE):
        if await look_up(tx, FIRST_ID + number) is None:
            raise SystemExit("somebody was not found")
    return (time.process_time() - begun) / PEOPLE * 1e6


async def main() -> None:
    """Measure both in turn and print the medians."""
    now = utc_now()
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(Path(folder) / "attune.db")
        await migrate(store, now=now)
        async with store.transaction() as tx:
            await tx.all("CREATE TABLE readable (person_id TEXT, telegram_id BIGINT UNIQUE)")
            for number in range(PEOPLE):
                one = await people.add(
                    tx, code=f"P-{number}", role="patient", language="en", zone="UTC", at=now
                )
                await accounts.bind(tx, person_id=one.id, telegram_id=FIRST_ID + number, at=now)
                await tx.run("INSERT INTO readable VALUES (?, ?)", one.id, FIRST_ID + number)
            pairs = [
                (await _microseconds(tx, plain), await _microseconds(tx, accounts.owner))
                for _ in range(ROUNDS)
            ]
        await store.close()
    without, sealed = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(
        f"look-up: plain {without:.1f} µs, sealed {sealed:.1f} µs, more {sealed - without:.1f} µs"
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--taps", action="store_true", help="whole taps, in pairs of runs")
    options.add_argument("--patients", type=int, default=200)
    options.add_argument("--pairs", type=int, default=9)
    chosen = options.parse_args()
    asyncio.run(compare(chosen.patients, chosen.pairs) if chosen.taps else main())
