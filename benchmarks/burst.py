"""A burst of questions: how evenly they leave, what the bot needs, and whether alerts overtake.

    python -m benchmarks.burst [--prompts 10000] [--paced 1800] [--ruptures 20] [--out FILE]

First at Telegram's limit of thirty messages a second, which the simulator enforces: the sessions
of ``--paced`` patients have just ended. Some of them answer low as soon as they are asked, while
the others still wait, so that each raises an alert. Then all ``--prompts`` with the limit lifted
on both sides: how fast the bot itself is.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.clinic import (
    LOW,
    NOTICE,
    Clinic,
    Watcher,
    module_of,
    patient_of,
    process_of,
    session_over,
    settings_of,
    shown,
    steady_weeks,
)
from benchmarks.report import Cell, Report, finish, take_out
from benchmarks.tapping import processor_time
from bot.simulator import Limits, Phone, SimulatedTelegram, serve
from bot.simulator.signals import Change
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
    """When each chat got its first message, and the therapist each notice."""

    telegram: SimulatedTelegram
    carer: Phone
    first: dict[int, float] = field(default_factory=dict)
    notices: list[float] = field(default_factory=list)
    refused: int = 0

    def heard(self, change: Change) -> None:
        """Note what is new."""
        if change.kind == "call":
            self.refused += self.telegram.calls[-1].code == 429
        if change.kind != "message" or change.chat_id is None:
            return
        now = time.perf_counter()
        if change.chat_id == self.carer.id:
            there = sum(NOTICE in message.text for message in self.carer.messages)
            self.notices.extend([now] * (there - len(self.notices)))
        else:
            self.first.setdefault(change.chat_id, now)


async def _seed(path: Path, phones: list[Phone], carer: Phone, ruptures: int) -> None:
    """Let everybody's session end now; some have ordinary weeks behind them."""
    store, now = await open_store(path), utc_now()
    await migrate(store, now=now)
    async with store.transaction() as tx:
        therapist = await people.add(
            tx, code="T-1", role="therapist", language="en", zone="UTC", at=now
        )
        await accounts.bind(tx, person_id=therapist.id, telegram_id=carer.id, at=now)
        await people.set_state(tx, person_id=therapist.id, state="active")
        for number, phone in enumerate(phones):
            patient = await patient_of(tx, phone, code=f"P-{number}", at=now)
            await care.assign(tx, patient_id=patient.id, therapist_id=therapist.id, at=now)
            if number < ruptures:
                await steady_weeks(tx, patient.id)
            await session_over(tx, patient_id=patient.id, at=now)
    await store.close()


async def _answer_low(watcher: Watcher, phone: Phone) -> float:
    """Answer low once asked; return when the last tap was."""
    tapped = 0.0
    for place, label in enumerate(LOW, start=1):
        await watcher.until_shown(phone, f"{place}/5")
        tapped = time.perf_counter()
        phone.tap(label)
    return tapped


async def measured(prompts: int, ruptures: int, *, paced: bool) -> dict[str, Cell]:
    """Let that many questions leave and return how it went."""
    clinic = Clinic.of(prompts)
    carer = clinic.telegram.phone(name="T")
    carer.say("/start")
    clinic.begin()
    clinic.telegram.floods.limits = Limits() if paced else None
    arrivals = Arrivals(clinic.telegram, carer)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "attune.db"
        await _seed(path, clinic.phones, carer, ruptures)
        clinic.telegram.state.changes.listen(arrivals.heard)
        command = module_of("bot", "run") if paced else module_of("benchmarks.unpaced", "run")
        async with (
            serve(clinic.telegram, port=0) as address,
            process_of(command, settings_of(address.url, path)) as running,
        ):
            low = [
                asyncio.create_task(_answer_low(clinic.watcher, phone))
                for phone in clinic.phones[:ruptures]
            ]
            for phone in clinic.phones:
                await clinic.watcher.until(phone, lambda phone: bool(shown(phone)))
            used = processor_time([running.pid])
            tapped = [await task for task in low]
            await clinic.watcher.until(carer, lambda _: len(arrivals.notices) >= ruptures)
    return {
        "how": "at Telegram's limit" if paced else "limit lifted",
        **_evenness(arrivals, prompts),
        "refused": arrivals.refused,
        "cpu_ms": used / prompts * 1000,
        **_overtaking(sorted(tapped), sorted(arrivals.notices)),
    }


def _evenness(arrivals: Arrivals, prompts: int) -> dict[str, Cell]:
    """Return how the questions spread over the seconds; the first and the last are not whole."""
    times = sorted(arrivals.first.values())
    seconds = Counter(int(at - times[0]) for at in times)
    whole = [seconds[second] for second in range(1, max(seconds))] or [prompts]
    took = times[-1] - times[0]
    return {
        "prompts": prompts,
        "seconds": took,
        "a_second": (prompts - 1) / took,
        "slowest_second": min(whole),
        "fastest_second": max(whole),
    }


def _overtaking(tapped: list[float], notices: list[float]) -> dict[str, Cell]:
    """Set the notices against the last taps, in order: alerts to one person keep it."""
    if not tapped:
        return {"alerts": 0, "alert_ms": None, "alert_longest_ms": None}
    waits = [(came - at) * 1000 for at, came in zip(tapped, notices, strict=True)]
    return {
        "alerts": len(waits),
        "alert_ms": statistics.median(waits),
        "alert_longest_ms": max(waits),
    }


async def main() -> None:
    """Measure both and print them."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--prompts", type=int, default=10_000)
    options.add_argument("--paced", type=int, default=1_800, help="questions at the limit")
    options.add_argument("--ruptures", type=int, default=20, help="who answers low meanwhile")
    take_out(options)
    chosen = options.parse_args()
    rows = [
        await measured(chosen.paced, chosen.ruptures, paced=True),
        await measured(chosen.prompts, 0, paced=False),
    ]
    finish(Report("burst", COLUMNS, rows), chosen)


if __name__ == "__main__":
    import uvloop  # the simulator is to be no brake

    uvloop.run(main())
