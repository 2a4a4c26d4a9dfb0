"""Three workers on one PostgreSQL, killed in turn under load: nothing is lost, nothing doubled."""

import asyncio
import json
import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.simulator import Call, Phone, SimulatedTelegram, serve
from handlers.people import invite as coordinator
from storage.database.open_database import open_database
from storage.database.worker_locks import LEADING, PRESENT
from storage.messages import outbox
from storage.messages.send_limits import OVERALL
from storage.people import accounts, people
from tests.databases import KEYS, SEALING, an_address, rows_of
from tests.stories.clinic import TOKEN
from tests.stories.test_command_line import attune
from tests.stories.test_crash import (
    ENOUGH,
    ITEMS,
    PATIENTS,
    SECONDS,
    Mortal,
    attention,
    one_session,
    phone_moves,
)
from tests.stories.test_webhook import a_free_port
from tests.waiting import until

pytestmark = pytest.mark.postgresql_only("workers share a server")

WORKERS = 3
CROWD = 45
LETTERS_EACH = 2
WAITING = "SELECT COUNT(*) FROM outbox WHERE kind = 'state' AND state <> 'sent'"
LEADERS = f"SELECT pid FROM pg_locks WHERE classid = {LEADING} AND granted"
ON_DUTY = f"SELECT COUNT(*) FROM pg_locks WHERE classid = {PRESENT} AND granted"
TAKEN_OVER_SECONDS = 10.0


@asynccontextmanager
async def workers_of_a_clinic(
    folder: Path,
) -> AsyncIterator[tuple[SimulatedTelegram, list[Mortal], dict[str, str]]]:
    """Open a simulator whose webhook leads to three workers in turn, on one database."""
    telegram = SimulatedTelegram(token=TOKEN, limits=ENOUGH, seed=1)
    telegram.webhook_retry_seconds = 0.2
    async with serve(telegram, port=0) as address, an_address(folder, "postgresql") as database:
        with ExitStack() as ports:
            doors = [ports.enter_context(a_free_port()) for _ in range(WORKERS)]
            telegram.behind_webhook = deque(f"http://127.0.0.1:{door}/attune" for door in doors)
            environment = {
                "ATTUNE_TELEGRAM_TOKEN": TOKEN,
                "ATTUNE_TELEGRAM_API_URL": address.url,
                "ATTUNE_DATABASE": database,
                "ATTUNE_KEYS": KEYS,
                "ATTUNE_TICK_SECONDS": "0.5",
                "ATTUNE_WEBHOOK_URL": "https://clinic.example/attune",
            }
            workers = [
                Mortal({**environment, "ATTUNE_WEBHOOK_PORT": str(door)}, "--webhook")
                for door in doors
            ]
            try:
                await asyncio.gather(*(worker.live() for worker in workers))
                await until(lambda: rows_of(database, ON_DUTY) == [(WORKERS,)], SECONDS)
                yield telegram, workers, environment
            finally:
                await asyncio.gather(*(worker.die() for worker in workers))
    assert not telegram.violations, list(telegram.violations)


async def test_three_workers_killed_in_turn_lose_nothing(tmp_path: Path) -> None:
    """Each is killed while patients answer: all answers, one check-in each, every alert."""
    chance = random.Random(5)
    async with workers_of_a_clinic(tmp_path) as (telegram, workers, environment):
        therapist, phones = await come_in(telegram, environment["ATTUNE_DATABASE"])
        wanted = {code: [chance.randint(0, 10) for _ in ITEMS] for code in phones}
        async with asyncio.TaskGroup() as group:
            for code, phone in phones.items():
                group.create_task(one_session(phone, therapist, code, wanted[code]))
            for worker in workers:
                await phone_moves(telegram, chance.randint(8, 20))
                await worker.die()
                await worker.live()
        await therapist.until(lambda p: attention(p) >= PATIENTS, SECONDS)
        outcome = await attune(environment, "state", "--json")
    state: dict[str, list[dict[str, Any]]] = json.loads(outcome.out)
    kept = {
        one["patient"]: [one["answers"].get(item) for item in ITEMS] for one in state["checkins"]
    }
    assert kept == wanted
    assert len(state["checkins"]) == PATIENTS
    assert {one["state"] for one in state["checkins"]} == {"completed"}
    assert sorted(one["patient"] for one in state["alerts"]) == sorted(phones)
    letters = [one for one in state["outbox"] if one["kind"] == "alert"]
    assert [one["state"] for one in letters] == ["sent"] * PATIENTS


async def come_in(telegram: SimulatedTelegram, database: str) -> tuple[Phone, dict[str, Phone]]:
    """Let a therapist and all patients come in by their links, and agree."""
    therapist = telegram.phone(name="T-1")
    phones = {f"P-{n}": telegram.phone(name=f"P-{n}") for n in range(PATIENTS)}
    links: dict[str, str] = {}
    store = await open_database(database, sealing=SEALING)
    try:
        async with store.transaction() as tx:
            for code, phone in {"T-1": therapist, **phones}.items():
                made = await coordinator.invite(
                    tx,
                    code=code,
                    role="therapist" if phone is therapist else "patient",
                    therapist=None if phone is therapist else "T-1",
                    site=coordinator.SitePlace("en", "UTC"),
                    at=datetime.now(UTC),
                )
                links[code] = coordinator.link(telegram.username, made.invitation.token)
    finally:
        await store.close()
    therapist.open_link(links["T-1"])
    await therapist.until(lambda p: "/alerts" in p.screen.text, SECONDS)
    for code, phone in phones.items():
        phone.open_link(links[code])
    for phone in phones.values():
        await phone.until(lambda p: "Do you agree?" in p.screen.text, SECONDS)
        phone.tap("I agree")
        await phone.until(lambda p: "Thank you." in p.screen.text, SECONDS)
    return therapist, phones


async def test_three_workers_together_keep_the_limits(tmp_path: Path) -> None:
    """Ninety letters at once: each leaves once, all workers help, never over thirty a second."""
    async with workers_of_a_clinic(tmp_path) as (telegram, _, environment):
        database = environment["ATTUNE_DATABASE"]
        await letters_for_a_crowd(telegram, database)
        await until(lambda: rows_of(database, WAITING) == [(0,)], SECONDS)
        letters = telegram.calls_of("sendMessage")
        assert len(letters) == CROWD * LETTERS_EACH
        keep_the_limits(letters)
        workers = rows_of(database, "SELECT DISTINCT worker FROM outbox WHERE kind = 'state'")
        assert len(workers) > 1  # which of them is quicker is the machine's affair


async def letters_for_a_crowd(telegram: SimulatedTelegram, database: str) -> None:
    """Let many patients come in, and post several letters to each, all for now."""
    store = await open_database(database, sealing=SEALING)
    now = datetime.now(UTC)
    try:
        async with store.transaction() as tx:
            for n in range(CROWD):
                person = await people.add(
                    tx, code=f"P-{n}", role="patient", language="en", zone="UTC", at=now
                )
                phone = telegram.phone(name=person.code)
                phone.chat.is_started = True
                await people.set_state(tx, person_id=person.id, state="active")
                await accounts.bind(tx, person_id=person.id, telegram_id=phone.id, at=now)
                for m in range(LETTERS_EACH):
                    await outbox.post(
                        tx,
                        key=f"state:{n}:{m}",
                        kind="state",
                        person_id=person.id,
                        subject_id=person.id,
                        at=now,
                    )
    finally:
        await store.close()


def keep_the_limits(calls: list[Call]) -> None:
    """See that no second had more messages than Telegram takes, by when they arrived."""
    times = sorted(call.at for call in calls)
    for begin in times:
        assert sum(begin <= at < begin + timedelta(seconds=1) for at in times) <= OVERALL
    by_chat: dict[int | None, list[datetime]] = {}
    for call in sorted(calls, key=lambda call: call.at):
        earlier = by_chat.setdefault(call.chat_id, [])
        assert not earlier or call.at - earlier[-1] >= timedelta(seconds=1)
        earlier.append(call.at)


async def test_another_worker_keeps_the_clock_when_one_is_killed(tmp_path: Path) -> None:
    """Each of three is killed once, so the one that ticked, too: ten seconds later one ticks."""
    async with workers_of_a_clinic(tmp_path) as (_, workers, environment):
        database = environment["ATTUNE_DATABASE"]
        await somebody_leads(database, SECONDS)
        for killed, waking in ((0, None), (1, 0), (2, None)):
            await workers[killed].die()
            await somebody_leads(database, TAKEN_OVER_SECONDS)
            if waking is not None:
                await workers[waking].live()
                await until(lambda: rows_of(database, ON_DUTY) == [(2,)], SECONDS)


async def somebody_leads(database: str, seconds: float) -> None:
    """Wait until a worker that lives keeps the clock."""
    await until(lambda: rows_of(database, LEADERS), seconds)
