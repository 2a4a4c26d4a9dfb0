"""How long a therapist waits for /caseload and /patient, from the command to the reply.

python -m benchmarks.caseload [--patients 60] [--sessions 60] [--others 940]

The clinic also has patients of other therapists, with as many sessions each.
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
from alliance.people.roles_and_states import PersonRole, PersonState
from bot.demo import clinic as demo
from bot.demo.clinic import DemoClinic
from bot.simulator import Phone
from storage.consent import consents
from storage.database.tx import Tx, utc_text
from storage.people import care, people

INSTRUMENT = "check_in_4"
ITEMS = tuple(item.id for item in instrument(INSTRUMENT).items)
REPETITIONS = 30
BATCH_SIZE = 20
SILENT_SHARE, LOW_SHARE = 0.08, 0.05
"""Shares of unanswered check-ins, and of those with low ratings."""


def ratings(rng: random.Random, usual: int) -> dict[str, float | None]:
    """Return one check-in's answers: near the patient's usual level, sometimes far below."""
    level = usual - 4 if rng.random() < LOW_SHARE else usual
    return {item: float(min(max(level + rng.choice((-1, 0, 0, 1)), 0), 10)) for item in ITEMS}


def checkin_rows(
    patient_id: str, sessions: int, now: datetime, rng: random.Random
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield the statements that insert one patient's weekly sessions, each with its check-in."""
    usual = rng.randint(6, 9)
    for number in range(sessions):
        at = utc_text(now - timedelta(weeks=sessions - number))
        session, checkin = f"s{patient_id}{number}", f"k{patient_id}{number}"
        yield (
            "INSERT INTO sessions (id, patient_id, starts_at, ends_at, zone, delay_minutes,"
            " instrument, quiet_from, quiet_to, state)"
            " VALUES (?, ?, ?, ?, 'UTC', 0, ?, '21:00', '08:00', 'held')",
            (session, patient_id, at, at, INSTRUMENT),
        )
        is_unanswered = rng.random() < SILENT_SHARE
        answers = {} if is_unanswered else ratings(rng, usual)
        total = score(instrument(INSTRUMENT), answers).total
        yield (
            "INSERT INTO checkins (id, session_id, patient_id, instrument, instrument_version,"
            " state, due_at, closes_at, completed_at, score) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?)",
            (
                *(
                    checkin,
                    session,
                    patient_id,
                    INSTRUMENT,
                    "expired" if is_unanswered else "completed",
                ),
                *(at, at, None if is_unanswered else at, total),
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


async def add_patient(tx: Tx, code: str, therapist: str, sessions: int, now: datetime) -> None:
    """Add one patient with past sessions and, in some cases, an alert."""
    rng = random.Random(code)
    patient = await people.add(tx, code=code, role="patient", language="en", zone="UTC", at=now)
    await people.set_state(tx, person_id=patient.id, state=PersonState.ACTIVE)
    await care.assign(tx, patient_id=patient.id, therapist_id=therapist, at=now)
    await consents.record(
        tx, person_id=patient.id, decision="agreed", version="1", language="en", at=now
    )
    for statement, values in checkin_rows(patient.id, sessions, now, rng):
        await tx.run(statement, *values)
    if rng.random() < 0.2:
        last = f"k{patient.id}{sessions - 1}"
        await tx.run(
            "INSERT INTO alerts (id, checkin_id, patient_id, kind, state, evidence, detector,"
            " created_at) VALUES (?, ?, ?, 'wish', 'open', '{\"kind\": \"wish\"}', 'wish', ?)",
            f"a{patient.id}",
            last,
            patient.id,
            utc_text(now),
        )


async def fill(clinic: DemoClinic, chosen: argparse.Namespace) -> None:
    """Add the therapist's own patients and those of another therapist."""
    now = clinic.clock.now()
    async with clinic.bot.store.transaction() as tx:
        [own] = await people.of_role(tx, PersonRole.THERAPIST)
        other = await people.add(
            tx, code="T-2", role="therapist", language="en", zone="UTC", at=now
        )
    patients = [(f"P-{number}", own.id) for number in range(chosen.patients)]
    patients += [(f"O-{number}", other.id) for number in range(chosen.others)]
    for first in range(0, len(patients), BATCH_SIZE):
        async with clinic.bot.store.transaction() as tx:
            for code, therapist in patients[first : first + BATCH_SIZE]:
                await add_patient(tx, code, therapist, chosen.sessions, now)


async def time_command(phone: Phone, command: str, text: str) -> float:
    """Return the milliseconds from a command to the reply that contains a text."""
    begun = time.perf_counter()
    sent = phone.say(command)
    await phone.wait_until(lambda p: p.screen.id > sent.id and text in p.screen.text)
    return (time.perf_counter() - begun) * 1000


async def main() -> None:
    """Measure over HTTP, with the bot and the simulator in one process."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=60)
    options.add_argument("--sessions", type=int, default=60)
    options.add_argument("--others", type=int, default=940)
    chosen = options.parse_args()
    async with demo.open_clinic() as clinic:
        clinic.telegram.floods.limits = None  # no real user sends thirty commands in ten seconds
        phone = clinic.telegram.phone(name="T-1")
        phone.open_link(await clinic.invite("therapist", "T-1"))
        await phone.wait_until(lambda p: "/caseload" in p.screen.text)
        await fill(clinic, chosen)
        print(f"{chosen.patients} patients of {chosen.sessions} sessions, {chosen.others} others")
        for command, text in (("/caseload", "Caseload,"), ("/patient P-7", "P-7 ·")):
            took = [await time_command(phone, command, text) for _ in range(REPETITIONS)]
            worst = statistics.quantiles(took, n=20)[-1]
            print(f"{command:14} median {statistics.median(took):5.0f} ms, 95 % {worst:5.0f} ms")


if __name__ == "__main__":
    asyncio.run(main())
