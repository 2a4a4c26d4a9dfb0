"""Taps a second and their latency: Attune beside a bare python-telegram-bot survey bot.

    python -m benchmarks.taps [--patients 200] [--delay-ms 0] [--json]

Both bots run as processes of their own, one after the other, against the simulator in this
process. Each patient taps through five questions as quickly as the message changes. Attune
keeps every answer on disk before the message changes; the bare bot keeps all in memory.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from alliance.cadence import NEVER_QUIET
from bot.simulator import FaultKind, Phone, SimulatedTelegram, serve
from bot.simulator.signals import Change
from bot.simulator.simulated_telegram import utc_now
from storage import care, consents, follow_up, people, sessions
from storage.migrations import migrate
from storage.people import Person
from storage.sqlite import open_store
from storage.tx import Tx

QUESTIONS = 5
TOKEN = "123456789:benchmark"  # noqa: S105 - it opens nothing but the simulator
LONGEST_WAIT = 120.0


@dataclass(frozen=True, slots=True)
class Result:
    """What one bot did; latencies in milliseconds, from the tap to the changed message."""

    bot: str
    taps: int
    taps_per_second: float
    median_ms: float
    p99_ms: float


class Watcher:
    """Wakes the one phone whose chat changed, not all of them."""

    def __init__(self, telegram: SimulatedTelegram) -> None:
        self._changed: dict[int, asyncio.Event] = {}
        telegram.state.changes.listen(self._wake)

    def _wake(self, change: Change) -> None:
        event = self._changed.get(change.chat_id or 0)
        if event is not None:
            event.set()

    async def until(self, phone: Phone, holds: Callable[[Phone], bool]) -> None:
        """Wait until something holds on one phone."""
        event = self._changed.setdefault(phone.id, asyncio.Event())
        async with asyncio.timeout(LONGEST_WAIT):
            while not holds(phone):
                event.clear()
                await event.wait()


def shown(phone: Phone) -> str:
    """Return the bot's last message; nothing where there is none yet."""
    mine = [message for message in phone.messages if message.from_bot]
    return mine[-1].text if mine else ""


async def _answer(watcher: Watcher, phone: Phone, latencies: list[float]) -> None:
    """Tap through the questions as quickly as the message changes."""
    for question in range(QUESTIONS):
        before = shown(phone)
        begun = time.perf_counter()
        phone.tap("8" if question < QUESTIONS - 1 else "No")
        await watcher.until(phone, lambda phone, before=before: shown(phone) != before)  # type: ignore[misc]
        latencies.append((time.perf_counter() - begun) * 1000)


async def _measured(
    name: str, telegram: SimulatedTelegram, watcher: Watcher, phones: list[Phone], delay_ms: float
) -> Result:
    for phone in phones:
        await watcher.until(phone, lambda phone: "1/5" in shown(phone))
    if delay_ms:
        telegram.faults.add(FaultKind.DELAY, times=None, delay=delay_ms / 1000)
    latencies: list[float] = []
    begun = time.perf_counter()
    await asyncio.gather(*(_answer(watcher, phone, latencies) for phone in phones))
    took = time.perf_counter() - begun
    cuts = statistics.quantiles(latencies, n=100)
    return Result(
        name, len(latencies), len(latencies) / took, statistics.median(latencies), cuts[98]
    )


@asynccontextmanager
async def process_of(arguments: list[str], settings: dict[str, str]) -> AsyncIterator[None]:
    """Run a module of ours as a process of its own, and end it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *arguments, env={**os.environ, **settings}
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def _seed(path: Path, phones: list[Phone]) -> None:
    """Give every phone a patient whose session has just ended."""
    now = utc_now()
    store = await open_store(path)
    try:
        await migrate(store, now=now)
        async with store.transaction() as tx:
            therapist = await people.add(
                tx, code="T-1", role="therapist", language="en", zone="UTC", at=now
            )
            for number, phone in enumerate(phones):
                patient = await patient_of(tx, phone, code=f"P-{number}", at=now)
                await care.assign(tx, patient_id=patient.id, therapist_id=therapist.id, at=now)
                await session_over(tx, patient_id=patient.id, at=now)
    finally:
        await store.close()


async def patient_of(tx: Tx, phone: Phone, *, code: str, at: datetime) -> Person:
    """Return a patient with that phone, who has agreed."""
    patient = await people.add(tx, code=code, role="patient", language="en", zone="UTC", at=at)
    await people.bind(tx, person_id=patient.id, telegram_id=phone.id, at=at)
    await people.set_state(tx, person_id=patient.id, state="active")
    await consents.record(
        tx, person_id=patient.id, decision="agreed", version="1", language="en", at=at
    )
    return patient


async def session_over(tx: Tx, *, patient_id: str, at: datetime) -> str | None:
    """Let a session end at that moment; return the check-in that is due now."""
    session = await sessions.just_ended(
        tx,
        patient_id=patient_id,
        zone="UTC",
        delay=timedelta(),
        instrument="check_in_4",
        quiet=NEVER_QUIET,
        duration=timedelta(minutes=50),
        at=at,
    )
    return await follow_up.plan_checkin(tx, session=session, at=at, reported=True)


def forget_updates(telegram: SimulatedTelegram) -> None:
    """Confirm everything that waits: the chats are begun, and the seeded bot need not know."""
    while waiting := telegram.call("getUpdates", {"limit": 100}):
        telegram.call("getUpdates", {"offset": waiting[-1]["update_id"] + 1, "limit": 1})


async def attune(patients: int, delay_ms: float) -> Result:
    """Measure the real bot, with every answer on disk."""
    telegram = SimulatedTelegram(token=TOKEN, limits=None)
    watcher = Watcher(telegram)
    phones = [telegram.phone(name=f"P{number}") for number in range(patients)]
    for phone in phones:
        phone.say("/start")
    forget_updates(telegram)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "attune.db"
        await _seed(path, phones)
        async with serve(telegram, port=0) as address:
            settings = {
                "ATTUNE_TELEGRAM_TOKEN": TOKEN,
                "ATTUNE_TELEGRAM_API_URL": address.url,
                "ATTUNE_DATABASE": f"sqlite:///{path}",
            }
            async with process_of(["bot", "run"], settings):
                return await _measured("attune, durable", telegram, watcher, phones, delay_ms)


async def bare(patients: int, delay_ms: float) -> Result:
    """Measure the bare bot, with all in memory."""
    telegram = SimulatedTelegram(token=TOKEN, limits=None)
    watcher = Watcher(telegram)
    phones = [telegram.phone(name=f"P{number}") for number in range(patients)]
    async with (
        serve(telegram, port=0) as address,
        process_of(["benchmarks.bare_bot"], {"BARE_API": address.url, "BARE_TOKEN": TOKEN}),
    ):
        for phone in phones:
            phone.say("/start")
        return await _measured("bare, in memory", telegram, watcher, phones, delay_ms)


async def main() -> None:
    """Measure both and print them side by side."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=200)
    options.add_argument("--delay-ms", type=float, default=0.0, help="added to every API call")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    runs: list[Callable[[int, float], Awaitable[Result]]] = [bare, attune]
    results = [await run(chosen.patients, chosen.delay_ms) for run in runs]
    if chosen.json:
        print(json.dumps([vars_of(result) for result in results]))
        return
    for result in results:
        print(
            f"{result.bot:16} {result.taps:6} taps  {result.taps_per_second:8.0f} taps/s"
            f"  median {result.median_ms:7.1f} ms  p99 {result.p99_ms:7.1f} ms"
        )
    ratio = results[1].taps_per_second / results[0].taps_per_second
    print(f"ratio of taps a second: {ratio:.2f}")


def vars_of(result: Result) -> dict[str, object]:
    """Return a result as plain data."""
    return {name: getattr(result, name) for name in Result.__slots__}


if __name__ == "__main__":
    import uvloop  # the simulator is to be no brake

    uvloop.run(main())
