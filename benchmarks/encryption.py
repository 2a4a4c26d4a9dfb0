"""The cost of encryption: looking up an account, encrypted and plain, side by side.

``python -m benchmarks.encryption`` prints the processor time of both in microseconds;
``python -m benchmarks.encryption --taps`` the cost for whole taps, see ``encrypted_taps``.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.encrypted_taps import compare
from bot.simulator.simulated_telegram import utc_now
from storage.database.sqlite import open_store
from storage.database.tx import Row, Tx
from storage.maintenance.migrate import migrate
from storage.people import accounts, people

PEOPLE_COUNT = 1_000
ROUNDS = 7
FIRST_ID = 5_000_000_000


async def look_up_plain(tx: Tx, telegram_id: int) -> Row | None:
    """Look up an account in a table without encryption."""
    return await tx.one(
        "SELECT person_id FROM plain_accounts WHERE telegram_id = ?",
        telegram_id,
    )


async def _microseconds(tx: Tx, look_up: Callable[[Tx, int], Awaitable[object]]) -> float:
    begun = time.process_time()
    for number in range(PEOPLE_COUNT):
        if await look_up(tx, FIRST_ID + number) is None:
            raise SystemExit("an account was not found")
    return (time.process_time() - begun) / PEOPLE_COUNT * 1e6


async def main() -> None:
    """Measure both in turn and print the medians."""
    now = utc_now()
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(Path(folder) / "attune.db")
        await migrate(store, now=now)
        async with store.transaction() as tx:
            await tx.all("CREATE TABLE plain_accounts (person_id TEXT, telegram_id BIGINT UNIQUE)")
            for number in range(PEOPLE_COUNT):
                one = await people.add(
                    tx, code=f"P-{number}", role="patient", language="en", zone="UTC", at=now
                )
                await accounts.bind(tx, person_id=one.id, telegram_id=FIRST_ID + number, at=now)
                await tx.run("INSERT INTO plain_accounts VALUES (?, ?)", one.id, FIRST_ID + number)
            pairs = [
                (await _microseconds(tx, look_up_plain), await _microseconds(tx, accounts.owner))
                for _ in range(ROUNDS)
            ]
        await store.close()
    plain, encrypted = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(
        f"look-up: plain {plain:.1f} µs, encrypted {encrypted:.1f} µs,"
        f" difference {encrypted - plain:.1f} µs"
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--taps", action="store_true", help="whole taps, in pairs of runs")
    options.add_argument("--patients", type=int, default=200)
    options.add_argument("--pairs", type=int, default=9)
    chosen = options.parse_args()
    asyncio.run(compare(chosen.patients, chosen.pairs) if chosen.taps else main())
