"""Three workers on one PostgreSQL, killed in turn under load: nothing is lost or doubled."""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.simulator import Call, SimulatedTelegram, serve
from storage.database.open_database import open_database
from storage.database.worker_locks import LEADER_LOCK, PRESENCE_LOCK
from storage.messages import outbox
from storage.messages.kinds_and_priorities import MessageKind
from storage.messages.payloads import NoPayload
from storage.messages.send_limits import MAX_PER_SECOND
from storage.people import accounts, people
from tests.databases import ENCRYPTION, KEYS, fresh_database_address, query_rows
from tests.stories.clinic import TOKEN
from tests.stories.database.test_crash import assert_nothing_lost_or_doubled
from tests.stories.killable_clinic import HIGH_LIMITS, ITEMS, SECONDS, KillableClinic, zone_at_noon
from tests.stories.processes import BotProcess
from tests.stories.updates.test_webhook import reserve_port
from tests.waiting import wait_until

pytestmark = pytest.mark.postgresql_only("workers share a server")

WORKERS = 3
RECIPIENTS = 45
MESSAGES_EACH = 3
UNSENT = "SELECT COUNT(*) FROM outbox WHERE kind = 'state' AND state <> 'sent'"
HERE = "granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
LEADERS = f"SELECT pid FROM pg_locks WHERE classid = {LEADER_LOCK} AND {HERE}"
PRESENT = f"SELECT COUNT(*) FROM pg_locks WHERE classid = {PRESENCE_LOCK} AND {HERE}"
TAKEOVER_SECONDS = 10.0


@asynccontextmanager
async def open_worker_clinic(folder: Path) -> AsyncIterator[KillableClinic]:
    """Open a simulator that delivers updates to three workers in turn; they do not run yet."""
    telegram = SimulatedTelegram(token=TOKEN, limits=HIGH_LIMITS, seed=1)
    telegram.webhook_retry_seconds = 0.2
    async with (
        serve(telegram, port=0) as address,
        fresh_database_address(folder, "postgresql") as database,
    ):
        with ExitStack() as reserved:
            ports = [reserved.enter_context(reserve_port()) for _ in range(WORKERS)]
            telegram.webhook_targets = deque(f"http://127.0.0.1:{port}/attune" for port in ports)
            settings = {
                "ATTUNE_TELEGRAM_TOKEN": TOKEN,
                "ATTUNE_TELEGRAM_API_URL": address.url,
                "ATTUNE_DATABASE": database,
                "ATTUNE_KEYS": KEYS,
                "ATTUNE_TICK_SECONDS": "0.5",
                "ATTUNE_ZONE": zone_at_noon(),
                "ATTUNE_WEBHOOK_URL": "https://clinic.example/attune",
            }
            workers = [
                BotProcess({**settings, "ATTUNE_WEBHOOK_PORT": str(port)}, "--webhook")
                for port in ports
            ]
            try:
                yield KillableClinic(telegram, settings, workers)
            finally:
                await asyncio.gather(*(worker.kill() for worker in workers))
    assert not telegram.violations, list(telegram.violations)


async def start_workers(clinic: KillableClinic) -> None:
    """Start all workers, and wait until they are present."""
    await asyncio.gather(*(worker.start() for worker in clinic.bots))
    database = clinic.settings["ATTUNE_DATABASE"]
    await wait_until(lambda: query_rows(database, PRESENT) == [(WORKERS,)], SECONDS)


async def test_three_workers_killed_in_turn_lose_nothing(tmp_path: Path) -> None:
    """Each is killed while patients answer: all answers, one check-in each, every alert."""
    chance = random.Random(5)
    async with open_worker_clinic(tmp_path) as clinic:
        await start_workers(clinic)
        await clinic.enrol_everyone()
        scores = {code: [chance.randint(0, 10) for _ in ITEMS] for code in clinic.patients}
        async with asyncio.TaskGroup() as group:
            for code in scores:
                group.create_task(clinic.play_session(code, scores[code]))
            for worker in clinic.bots:
                await clinic.wait_for_calls(chance.randint(8, 20))
                await worker.kill()
                await worker.start()
        await assert_nothing_lost_or_doubled(clinic, scores)


async def test_three_workers_together_keep_the_limits(tmp_path: Path) -> None:
    """Many messages at once: each is sent once, several workers help, never over 30 a second."""
    async with open_worker_clinic(tmp_path) as clinic:
        database = clinic.settings["ATTUNE_DATABASE"]
        await queue_messages(clinic.telegram, database)
        await start_workers(clinic)
        await wait_until(lambda: query_rows(database, UNSENT) == [(0,)], SECONDS)
        calls = clinic.telegram.calls_of("sendMessage")
        assert len(calls) == RECIPIENTS * MESSAGES_EACH
        assert_limits_kept(calls)
        workers = query_rows(database, "SELECT DISTINCT worker FROM outbox WHERE kind = 'state'")
        assert len(workers) > 1  # which of them send most depends on the machine


async def queue_messages(telegram: SimulatedTelegram, database: str) -> None:
    """Add many patients who have joined, and queue several messages to each."""
    store = await open_database(database, encryption=ENCRYPTION)
    now = datetime.now(UTC)
    try:
        async with store.transaction() as tx:
            for n in range(RECIPIENTS):
                person = await people.add(
                    tx, code=f"P-{n}", role="patient", language="en", zone=zone_at_noon(), at=now
                )
                phone = telegram.phone(name=person.code)
                phone.chat.is_started = True
                await people.set_state(tx, person_id=person.id, state="active")
                await accounts.bind(tx, person_id=person.id, telegram_id=phone.id, at=now)
                for m in range(MESSAGES_EACH):
                    await outbox.post(
                        tx,
                        key=f"state:{n}:{m}",
                        kind=MessageKind.STATE,
                        person_id=person.id,
                        subject_id=person.id,
                        payload=NoPayload(),
                        at=now,
                    )
    finally:
        await store.close()


def assert_limits_kept(calls: list[Call]) -> None:
    """Assert that no second had more messages than Telegram accepts, by when they arrived."""
    times = sorted(call.at for call in calls)
    for begin in times:
        assert sum(begin <= at < begin + timedelta(seconds=1) for at in times) <= MAX_PER_SECOND
    by_chat: dict[int | None, list[datetime]] = {}
    for call in sorted(calls, key=lambda call: call.at):
        earlier = by_chat.setdefault(call.chat_id, [])
        assert not earlier or call.at - earlier[-1] >= timedelta(seconds=1)
        earlier.append(call.at)


async def test_another_worker_leads_when_one_is_killed(tmp_path: Path) -> None:
    """Each of three is killed once, so the leader, too: within ten seconds another one leads."""
    async with open_worker_clinic(tmp_path) as clinic:
        await start_workers(clinic)
        database = clinic.settings["ATTUNE_DATABASE"]
        await wait_for_leader(database, SECONDS)
        for killed, restarted in ((0, None), (1, 0), (2, None)):
            await clinic.bots[killed].kill()
            await wait_for_leader(database, TAKEOVER_SECONDS)
            if restarted is not None:
                await clinic.bots[restarted].start()
                await wait_until(lambda: query_rows(database, PRESENT) == [(2,)], SECONDS)


async def wait_for_leader(database: str, seconds: float) -> None:
    """Wait until a living worker runs the scheduler."""
    await wait_until(lambda: query_rows(database, LEADERS), seconds)
