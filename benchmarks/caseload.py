"""How long a therapist waits for /caseload and /patient: from the command to what was asked for.

python -m benchmarks.caseload [--patients 60] [--sessions 60] [--others 940]

Besides the therapist's own patients there are others' in the clinic, with as many sessions.
"""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from alliance.checkins.instruments import instrument
from alliance.checkins.scoring import score
from bot.demo import clinic as demo
from bot.demo.clinic import Clinic
from bot.simulator import Phone
from storage.consent import consents
from storage.database.tx import Tx, at_text
from storage.people import care, people

ASKED = "check_in_4"
ITEMS = tuple(item.id for item in instrument(ASKED).items)
TIMES = 30
PATIENTS_AT_ONCE = 20
SILENT, DOWN = 0.08, 0.05
"""Shares of check-ins without an answer, and of those with a fall."""


def ratings(chance: random.Random, usual: int) -> dict[str, float | None]:
    """Return one check-in's answers: near the patient's usual level, now and then far below."""
    level = usual - 4 if chance.random() < DOWN else usual
    return {item: float(min(max(level + chance.choice((-1, 0, 0, 1)), 0), 10)) for item in ITEMS}


def checkin_rows(
    patient_id: str, sessions: int, now: datetime, chance: random.Random
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield what to insert for one patient's sessions, one a week, each with its check-in."""
    usual = chance.randint(6, 9)
    for number in range(sessions):
        at = at_text(now - timedelta(weeks=sessions - number))
        session, checkin = f"s{patient_id}{number}", f"k{patient_id}{number}"
        yield (
            "INSERT INTO sessions (id, patient_id, starts_at, ends_at, zone, delay_minutes,"
            " instrument, quiet_from, quiet_to, state)"
            " VALUES (?, ?, ?, ?, 'UTC', 0, ?, '21:00', '08:00', 'held')",
            (session, patient_id, at, at, ASKED),
        )
        silent = chance.random() < SILENT
        answers = {} if silent else ratings(chance, usual)
        total = score(instrument(ASKED), answers).total
        yield (
            "INSERT INTO checkins (id, session_id, patient_id, instrument, instrument_version,"
            " state, due_at, closes_at, completed_at, score) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?)",
            (
                *(checkin, session, patient_id, ASKED, "expired" if silent else "completed"),
                *(at, at, None if silent else at, total),
            ),
        )
        mean = None if total is None else total / len(ITEMS)
        yield (
            "INSERT INTO verdicts (patient_id, checkin_id, raised, mean, usual_low, usual_high,"
            " detector, judged_at) VALUES (?, ?, 0, ?, ?, 10, 'd 1', ?)",
            (patient_id, checkin, mean, usual - 1.5, at),
        )
        for item, value in answers.items():
            yield (
                "INSERT INTO answers (patient_id, checkin_id, item, value, at)"
                " VALUES (?, ?, ?, ?, ?)",
                (patient_id, checkin, item, value, at),
            )


async def add_patient(tx: Tx, code: str, carer: str, sessions: int, now: datetime) -> None:
    """Put one patient into the database, with a past and, here and there, an alert."""
    chance = random.Random(code)
    patient = await people.add(tx, code=code, role="patient", language="en", zone="UTC", at=now)
    await people.set_state(tx, person_id=patient.id, state="active")
    await care.assign(tx, patient_id=patient.id, therapist_id=carer, at=now)
    await consents.record(
        tx, person_id=patient.id, decision="agreed", version="1", language="en", at=now
    )
    for statement, values in checkin_rows(patient.id, sessions, now, chance):
        await tx.run(statement, *values)
    if chance.random() < 0.2:
        last = f"k{patient.id}{sessions - 1}"
        await tx.run(
            "INSERT INTO alerts (id, checkin_id, patient_id, kind, state, evidence, detector,"
            " created_at) VALUES (?, ?, ?, 'wish', 'open', '{\"kind\": \"wish\"}', 'wish', ?)",
            f"a{patient.id}",
            last,
            patient.id,
            at_text(now),
        )


async def fill(clinic: Clinic, chosen: argparse.Namespace) -> None:
    """Put the therapist's own patients and all others into the database."""
    now = clinic.timepiece.now()
    async with clinic.bot.store.transaction() as tx:
        [own] = await people.of_role(tx, "therapist")
        other = await people.add(
            tx, code="T-2", role="therapist", language="en", zone="UTC", at=now
        )
    everybody = [(f"P-{number}", own.id) for number in range(chosen.patients)]
    everybody += [(f"O-{number}", other.id) for number in range(chosen.others)]
    for first in range(0, len(everybody), PATIENTS_AT_ONCE):
        async with clinic.bot.store.transaction() as tx:
            for code, carer in everybody[first : first + PATIENTS_AT_ONCE]:
                await add_patient(tx, code, carer, chosen.sessions, now)


async def waited(phone: Phone, command: str, words: str) -> float:
    """Return the milliseconds from a command to the answer with those words."""
    begun = time.perf_counter()
    mine = phone.say(command)
    await phone.until(lambda p: p.screen.id > mine.id and words in p.screen.text)
    return (time.perf_counter() - begun) * 1000


async def main() -> None:
    """Measure over HTTP, against the simulator, in one process with the bot."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=60)
    options.add_argument("--sessions", type=int, default=60)
    options.add_argument("--others", type=int, default=940)
    chosen = options.parse_args()
    async with demo.opened() as clinic:
        clinic.telegram.floods.limits = None  # nobody asks thirty times in ten seconds
        phone = clinic.telegram.phone(name="T-1")
        phone.open_link(await clinic.invite("therapist", "T-1"))
        await phone.until(lambda p: "/caseload" in p.screen.text)
        await fill(clinic, chosen)
        print(f"{chosen.patients} patients of {chosen.sessions} sessions, {chosen.others} others")
        for command, words in (("/caseload", "Caseload,"), ("/patient P-7", "P-7 ·")):
            took = [await waited(phone, command, words) for _ in range(TIMES)]
            worst = statistics.quantiles(took, n=20)[-1]
            print(f"{command:14} median {statistics.median(took):5.0f} ms, 95 % {worst:5.0f} ms")


if __name__ == "__main__":
    asyncio.run(main())
