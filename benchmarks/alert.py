"""Latency of alerts: from the patient's last tap to the notice in the therapist's chat.

    python -m benchmarks.alert [--patients 100] [--therapists 20] [--over 20] [--delay-ms 0]
                              [--out FILE]

The bot runs as a separate process against the simulator in this process, and writes every answer
to disk. All patients have four ordinary past check-ins and now rate low, so that each raises an
alert. They begin at random times over ``--over`` seconds and think for 0.3 to 1.2 seconds before
each tap. A hundred in twenty seconds are about 25 taps and 5 alerts a second: far more than a
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

from alliance.people.roles_and_states import PersonState
from benchmarks.clinic import (
    ALERT_NOTICE,
    LOW_ANSWERS,
    MAX_WAIT_SECONDS,
    STEADY,
    TOKEN,
    PhoneWatcher,
    add_patient,
    add_steady_weeks,
    bot_environment,
    end_session,
    forget_updates,
    module_command,
    run_process,
)
from benchmarks.report import BenchmarkReport, add_out_option, print_and_write
from bot.simulator import FaultKind, Phone, SimulatedTelegram, serve
from bot.simulator.simulated_telegram import utc_now
from storage.database.sqlite import open_store
from storage.maintenance.migrate import migrate
from storage.people import accounts, care, people

THINKING_SECONDS = (0.3, 1.2)
SEED = 5
COLUMNS = {
    "alerts": "alerts",
    "alerts_per_second": "a second",
    "median_ms": "median, ms",
    "p99_ms": "p99, ms",
    "longest_ms": "longest, ms",
}


@dataclass(frozen=True, slots=True)
class AlertLatency:
    """Latency of alerts in milliseconds, from the last tap to the therapist's chat."""

    alerts: int
    alerts_per_second: float
    median_ms: float
    p99_ms: float
    longest_ms: float


@dataclass(slots=True)
class TherapistPhones:
    """The therapists' phones, and when each notice arrived."""

    phones: list[Phone]
    notice_times: list[list[float]]
    expected: int
    complete: asyncio.Event

    def record_notices(self) -> None:
        """Record the time of new notices."""
        now = time.perf_counter()
        for phone, times in zip(self.phones, self.notice_times, strict=True):
            count = sum(ALERT_NOTICE in message.text for message in phone.messages)
            times.extend([now] * (count - len(times)))
        if sum(map(len, self.notice_times)) >= self.expected:
            self.complete.set()


async def _seed(path: Path, patients: list[Phone], therapists: list[Phone]) -> None:
    """Give every patient four ordinary weeks, a therapist, and a session that has just ended."""
    now = utc_now()
    store = await open_store(path)
    try:
        await migrate(store, now=now)
        async with store.transaction() as tx:
            therapist_ids = []
            for number, phone in enumerate(therapists):
                therapist = await people.add(
                    tx, code=f"T-{number}", role="therapist", language="en", zone="UTC", at=now
                )
                await accounts.bind(tx, person_id=therapist.id, telegram_id=phone.id, at=now)
                await people.set_state(tx, person_id=therapist.id, state=PersonState.ACTIVE)
                therapist_ids.append(therapist.id)
            begun = now - timedelta(weeks=len(STEADY) + 1)
            for number, phone in enumerate(patients):
                patient = await add_patient(tx, phone, code=f"P-{number}", at=begun)
                therapist_id = therapist_ids[number % len(therapist_ids)]
                await care.assign(tx, patient_id=patient.id, therapist_id=therapist_id, at=begun)
                await add_steady_weeks(tx, patient.id)
                await end_session(tx, patient_id=patient.id, at=now)
    finally:
        await store.close()


async def _answer(watcher: PhoneWatcher, phone: Phone, delay: float, pauses: list[float]) -> float:
    """Answer low after a delay; return the time of the last tap."""
    await asyncio.sleep(delay)
    tapped = 0.0
    for place, (label, pause) in enumerate(zip(LOW_ANSWERS, pauses, strict=True), start=1):
        question = f"{place}/5"
        await watcher.wait_for_text(phone, question)
        await asyncio.sleep(pause)
        tapped = time.perf_counter()
        phone.tap(label)
    await watcher.wait_for_text(phone, "Thank you")
    return tapped


async def measure(patients: int, therapists: int, over: float, delay_ms: float) -> AlertLatency:
    """Return the latency of the alerts of one run."""
    rng = random.Random(SEED)
    telegram = SimulatedTelegram(token=TOKEN)
    watcher = PhoneWatcher(telegram)
    phones = [telegram.phone(name=f"P{number}") for number in range(patients)]
    therapist_phones = [telegram.phone(name=f"T{number}") for number in range(therapists)]
    for phone in (*phones, *therapist_phones):
        phone.say("/start")
    forget_updates(telegram)
    notices = TherapistPhones(
        therapist_phones, [[] for _ in therapist_phones], patients, asyncio.Event()
    )
    telegram.state.changes.subscribe(lambda _: notices.record_notices())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "attune.db"
        await _seed(path, phones, therapist_phones)
        async with serve(telegram, port=0) as address:
            settings = bot_environment(address.url, path)
            async with run_process(module_command("bot", "run"), settings):
                for phone in phones:
                    await watcher.wait_for_text(phone, "1/5")
                if delay_ms:
                    telegram.faults.add(FaultKind.DELAY, times=None, delay=delay_ms / 1000)
                begun = time.perf_counter()
                tapped = await asyncio.gather(
                    *(
                        _answer(
                            watcher,
                            phone,
                            rng.uniform(0, over),
                            [rng.uniform(*THINKING_SECONDS) for _ in LOW_ANSWERS],
                        )
                        for phone in phones
                    )
                )
                async with asyncio.timeout(MAX_WAIT_SECONDS):
                    await notices.complete.wait()
    return _result(tapped, notices, time.perf_counter() - begun)


def _result(tapped: list[float], notices: TherapistPhones, seconds: float) -> AlertLatency:
    """Compare the notices of each therapist with the last taps of their patients, in order.

    A notice does not name the patient, but alerts to one therapist arrive in order.
    """
    latencies = []
    for number, times in enumerate(notices.notice_times):
        taps = sorted(tapped[number :: len(notices.notice_times)])
        latencies += [(at - tap) * 1000 for tap, at in zip(taps, sorted(times), strict=True)]
    return AlertLatency(
        alerts=len(latencies),
        alerts_per_second=len(latencies) / seconds,
        median_ms=statistics.median(latencies),
        p99_ms=statistics.quantiles(latencies, n=100)[98],
        longest_ms=max(latencies),
    )


async def main() -> None:
    """Measure once and print the result."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=100)
    options.add_argument("--therapists", type=int, default=20)
    options.add_argument("--over", type=float, default=20.0, help="seconds in which all begin")
    options.add_argument("--delay-ms", type=float, default=0.0, help="added to every API call")
    add_out_option(options)
    chosen = options.parse_args()
    result = await measure(chosen.patients, chosen.therapists, chosen.over, chosen.delay_ms)
    print_and_write(BenchmarkReport("alert", COLUMNS, [asdict(result)]), chosen)


if __name__ == "__main__":
    import uvloop  # so that the simulator is not the bottleneck

    uvloop.run(main())
