"""A burst of check-ins: how evenly they are sent, at what cost, and whether alerts go first.

    python -m benchmarks.burst [--prompts 10000] [--paced 1800] [--ruptures 20] [--out FILE]

First at Telegram's limit of thirty messages a second, which the simulator enforces: the sessions
of ``--paced`` patients have just ended. Some of them answer low at once, while the others still
wait for their check-in, so that each raises an alert. Then all ``--prompts`` without the limit on
either side, to show how fast the bot itself is.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from alliance.people.roles_and_states import PersonState
from benchmarks.clinic import (
    ALERT_NOTICE,
    LOW_ANSWERS,
    BenchmarkClinic,
    PhoneWatcher,
    add_patient,
    add_steady_weeks,
    bot_environment,
    end_session,
    latest_text,
    module_command,
    run_process,
)
from benchmarks.report import BenchmarkReport, Cell, add_out_option, print_and_write
from benchmarks.tapping import processor_time
from bot.simulator import FloodLimits, Phone, SimulatedTelegram, serve
from bot.simulator.signals import SimulatorChange
from bot.simulator.simulated_telegram import utc_now
from storage.database.sqlite import open_store
from storage.maintenance.migrate import migrate
from storage.people import accounts, care, people

COLUMNS = {
    "how": "",
    "prompts": "questions",
    "seconds": "seconds",
    "a_second": "a second",
    "slowest_second": "in the slowest second",
    "fastest_second": "in the fastest second",
    "refused": "refused (429)",
    "cpu_ms": "processor time a question, ms",
    "alerts": "alerts",
    "alert_ms": "median of an alert, ms",
    "alert_longest_ms": "longest, ms",
}


@dataclass(slots=True)
class Arrivals:
    """When each chat received its first message, and the therapist each notice."""

    telegram: SimulatedTelegram
    therapist: Phone
    first: dict[int, float] = field(default_factory=dict)
    notices: list[float] = field(default_factory=list)
    refused: int = 0

    def record_change(self, change: SimulatorChange) -> None:
        """Record the time of a first message or notice."""
        if change.kind == "call":
            self.refused += self.telegram.calls[-1].code == 429
        if change.kind != "message" or change.chat_id is None:
            return
        now = time.perf_counter()
        if change.chat_id == self.therapist.id:
            count = sum(ALERT_NOTICE in message.text for message in self.therapist.messages)
            self.notices.extend([now] * (count - len(self.notices)))
        else:
            self.first.setdefault(change.chat_id, now)


async def _seed(path: Path, phones: list[Phone], therapist_phone: Phone, ruptures: int) -> None:
    """End everybody's session now; give some patients ordinary past weeks."""
    store, now = await open_store(path), utc_now()
    await migrate(store, now=now)
    async with store.transaction() as tx:
        therapist = await people.add(
            tx, code="T-1", role="therapist", language="en", zone="UTC", at=now
        )
        await accounts.bind(tx, person_id=therapist.id, telegram_id=therapist_phone.id, at=now)
        await people.set_state(tx, person_id=therapist.id, state=PersonState.ACTIVE)
        for number, phone in enumerate(phones):
            patient = await add_patient(tx, phone, code=f"P-{number}", at=now)
            await care.assign(tx, patient_id=patient.id, therapist_id=therapist.id, at=now)
            if number < ruptures:
                await add_steady_weeks(tx, patient.id)
            await end_session(tx, patient_id=patient.id, at=now)
    await store.close()


async def _answer_low(watcher: PhoneWatcher, phone: Phone) -> float:
    """Answer low when the check-in arrives; return the time of the last tap."""
    tapped = 0.0
    for place, label in enumerate(LOW_ANSWERS, start=1):
        await watcher.wait_for_text(phone, f"{place}/5")
        tapped = time.perf_counter()
        phone.tap(label)
    return tapped


async def measure(prompts: int, ruptures: int, *, paced: bool) -> dict[str, Cell]:
    """Send that many check-ins and return the figures."""
    clinic = BenchmarkClinic.of(prompts)
    therapist = clinic.telegram.phone(name="T")
    therapist.say("/start")
    clinic.start_all()
    clinic.telegram.floods.limits = FloodLimits() if paced else None
    arrivals = Arrivals(clinic.telegram, therapist)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "attune.db"
        await _seed(path, clinic.phones, therapist, ruptures)
        clinic.telegram.state.changes.subscribe(arrivals.record_change)
        command = (
            module_command("bot", "run") if paced else module_command("benchmarks.unpaced", "run")
        )
        async with (
            serve(clinic.telegram, port=0) as address,
            run_process(command, bot_environment(address.url, path)) as running,
        ):
            low = [
                asyncio.create_task(_answer_low(clinic.watcher, phone))
                for phone in clinic.phones[:ruptures]
            ]
            for phone in clinic.phones:
                await clinic.watcher.wait_until(phone, lambda phone: bool(latest_text(phone)))
            used = processor_time([running.pid])
            tapped = [await task for task in low]
            await clinic.watcher.wait_until(therapist, lambda _: len(arrivals.notices) >= ruptures)
    return {
        "how": "at Telegram's limit" if paced else "limit lifted",
        **_evenness(arrivals, prompts),
        "refused": arrivals.refused,
        "cpu_ms": used / prompts * 1000,
        **_alert_latency(sorted(tapped), sorted(arrivals.notices)),
    }


def _evenness(arrivals: Arrivals, prompts: int) -> dict[str, Cell]:
    """Return the check-ins sent per second, without the incomplete first and last second."""
    times = sorted(arrivals.first.values())
    seconds = Counter(int(at - times[0]) for at in times)
    complete = [seconds[second] for second in range(1, max(seconds))] or [prompts]
    duration = times[-1] - times[0]
    return {
        "prompts": prompts,
        "seconds": duration,
        "a_second": (prompts - 1) / duration,
        "slowest_second": min(complete),
        "fastest_second": max(complete),
    }


def _alert_latency(tapped: list[float], notices: list[float]) -> dict[str, Cell]:
    """Compare the notices with the last taps in order, as alerts to one person arrive in order."""
    if not tapped:
        return {"alerts": 0, "alert_ms": None, "alert_longest_ms": None}
    latencies = [(at - tap) * 1000 for tap, at in zip(tapped, notices, strict=True)]
    return {
        "alerts": len(latencies),
        "alert_ms": statistics.median(latencies),
        "alert_longest_ms": max(latencies),
    }


async def main() -> None:
    """Measure both and print the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--prompts", type=int, default=10_000)
    options.add_argument("--paced", type=int, default=1_800, help="check-ins at the limit")
    options.add_argument(
        "--ruptures", type=int, default=20, help="patients who answer low meanwhile"
    )
    add_out_option(options)
    chosen = options.parse_args()
    rows = [
        await measure(chosen.paced, chosen.ruptures, paced=True),
        await measure(chosen.prompts, 0, paced=False),
    ]
    print_and_write(BenchmarkReport("burst", COLUMNS, rows), chosen)


if __name__ == "__main__":
    import uvloop  # so that the simulator is not the bottleneck

    uvloop.run(main())
