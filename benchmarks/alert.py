"""From the patient's last tap to the notice in the therapist's chat.

    python -m benchmarks.alert [--patients 100] [--therapists 20] [--over 20] [--delay-ms 0]
                              [--out FILE]

The bot runs as a process of its own against the simulator in this process, with every answer on
disk. All patients have four ordinary check-ins behind them and now rate low, so that each raises
an alert. They begin at random moments over ``--over`` seconds and think 0.3 to 1.2 seconds before
each tap. A hundred in twenty seconds are some 25 taps and 5 alerts a second: far more than a
clinic of a hundred therapists has at its busiest.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.clinic import (
    LONGEST_WAIT,
    LOW,
    NOTICE,
    STEADY,
    TOKEN,
    Watcher,
    forget_updates,
    module_of,
    patient_of,
    process_of,
    session_over,
    settings_of,
    steady_weeks,
)
from benchmarks.report import Report, finish, take_out
from bot.simulator import FaultKind, Phone, SimulatedTelegram, serve
from bot.simulator.simulated_telegram import utc_now
from storage.database.sqlite import open_store
from storage.maintenance.migrate import migrate
from storage.people import accounts, care, people

THINKING = (0.3, 1.2)
SEED = 5
COLUMNS = {
    "alerts": "alerts",
    "alerts_per_second": "a second",
    "median_ms": "median, ms",
    "p99_ms": "p99, ms",
    "longest_ms": "longest, ms",
}


@dataclass(frozen=True, slots=True)
class Result:
    """How long alerts took, in milliseconds, from the last tap to the therapist's chat."""

    alerts: int
    alerts_per_second: float
    median_ms: float
    p99_ms: float
    longest_ms: float


@dataclass(slots=True)
class Ward:
    """The therapists' phones, and when each notice came."""

    phones: list[Phone]
    came: list[list[float]]
    expected: int
    complete: asyncio.Event

    def heard(self) -> None:
        """Note the notices that are new."""
        now = time.perf_counter()
        for phone, came in zip(self.phones, self.came, strict=True):
            there = sum(NOTICE in message.text for message in phone.messages)
            came.extend([now] * (there - len(came)))
        if sum(map(len, self.came)) >= self.expected:
            self.complete.set()


async def _seed(path: Path, patients: list[Phone], therapists: list[Phone]) -> None:
    """Give every patient four ordinary weeks, a therapist, and a session that has just ended."""
    now = utc_now()
    store = await open_store(path)
    try:
        await migrate(store, now=now)
        async with store.transaction() as tx:
            carers = []
            for number, phone in enumerate(therapists):
                carer = await people.add(
                    tx, code=f"T-{number}", role="therapist", language="en", zone="UTC", at=now
                )
                await accounts.bind(tx, person_id=carer.id, telegram_id=phone.id, at=now)
                await people.set_state(tx, person_id=carer.id, state="active")
                carers.append(carer.id)
            begun = now - timedelta(weeks=len(STEADY) + 1)
            for number, phone in enumerate(patients):
                patient = await patient_of(tx, phone, code=f"P-{number}", at=begun)
                await care.assign(
                    tx, patient_id=patient.id, therapist_id=carers[number % len(carers)], at=begun
                )
                await steady_weeks(tx, patient.id)
                await session_over(tx, patient_id=patient.id, at=now)
    finally:
        await store.close()


async def _answer(watcher: Watcher, phone: Phone, after: float, thinks: list[float]) -> float:
    """Answer low after a while; return when the last tap was."""
    await asyncio.sleep(after)
    tapped = 0.0
    for place, (label, thinking) in enumerate(zip(LOW, thinks, strict=True), start=1):
        question = f"{place}/5"
        await watcher.until_shown(phone, question)
        await asyncio.sleep(thinking)
        tapped = time.perf_counter()
        phone.tap(label)
    await watcher.until_shown(phone, "Thank you")
    return tapped


async def measured(patients: int, therapists: int, over: float, delay_ms: float) -> Result:
    """Return how long the alerts of one run took."""
    chance = random.Random(SEED)
    telegram = SimulatedTelegram(token=TOKEN)
    watcher = Watcher(telegram)
    phones = [telegram.phone(name=f"P{number}") for number in range(patients)]
    carers = [telegram.phone(name=f"T{number}") for number in range(therapists)]
    for phone in (*phones, *carers):
        phone.say("/start")
    forget_updates(telegram)
    ward = Ward(carers, [[] for _ in carers], patients, asyncio.Event())
    telegram.state.changes.listen(lambda _: ward.heard())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "attune.db"
        await _seed(path, phones, carers)
        async with serve(telegram, port=0) as address:
            settings = settings_of(address.url, path)
            async with process_of(module_of("bot", "run"), settings):
                for phone in phones:
                    await watcher.until_shown(phone, "1/5")
                if delay_ms:
                    telegram.faults.add(FaultKind.DELAY, times=None, delay=delay_ms / 1000)
                begun = time.perf_counter()
                tapped = await asyncio.gather(
                    *(
                        _answer(
                            watcher,
                            phone,
                            chance.uniform(0, over),
                            [chance.uniform(*THINKING) for _ in LOW],
                        )
                        for phone in phones
                    )
                )
                async with asyncio.timeout(LONGEST_WAIT):
                    await ward.complete.wait()
    took = time.perf_counter() - begun
    return _result(tapped, ward, took)


def _result(tapped: list[float], ward: Ward, took: float) -> Result:
    """Set the notices of each therapist against the last taps of their patients, in order.

    Which notice is about whom does not show in a chat, and alerts to one person keep their order.
    """
    waits = []
    for number, came in enumerate(ward.came):
        asked = sorted(tapped[number :: len(ward.came)])
        waits += [(at - begun) * 1000 for begun, at in zip(asked, sorted(came), strict=True)]
    cuts = statistics.quantiles(waits, n=100)
    return Result(len(waits), len(waits) / took, statistics.median(waits), cuts[98], max(waits))


async def main() -> None:
    """Measure once and print it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=100)
    options.add_argument("--therapists", type=int, default=20)
    options.add_argument("--over", type=float, default=20.0, help="seconds in which all begin")
    options.add_argument("--delay-ms", type=float, default=0.0, help="added to every API call")
    take_out(options)
    chosen = options.parse_args()
    result = await measured(chosen.patients, chosen.therapists, chosen.over, chosen.delay_ms)
    finish(Report("alert", COLUMNS, [asdict(result)]), chosen)


if __name__ == "__main__":
    import uvloop  # the simulator is to be no brake

    uvloop.run(main())
