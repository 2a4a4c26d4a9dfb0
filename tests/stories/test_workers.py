"""Three workers on one PostgreSQL, killed in turn under load: nothing is lost, nothing doubled."""

import asyncio
import json
import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.simulator import Phone, SimulatedTelegram, serve
from storage.paces import OVERALL
from tests.databases import KEYS, an_address, rows_of
from tests.stories.clinic import A_BLINK, TOKEN
from tests.stories.test_command_line import attune
from tests.stories.test_crash import (
    ENOUGH,
    ITEMS,
    PATIENTS,
    SECONDS,
    Mortal,
    attention,
    enrolled,
    one_session,
    phone_moves,
)
from tests.stories.test_webhook import a_free_port

WORKERS = 3
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
                yield telegram, workers, environment
            finally:
                await asyncio.gather(*(worker.die() for worker in workers))
    assert not telegram.violations, list(telegram.violations)


async def test_three_workers_killed_in_turn_lose_nothing(tmp_path: Path) -> None:
    """Each is killed while patients answer: all answers, one check-in each, every alert."""
    chance = random.Random(5)
    async with workers_of_a_clinic(tmp_path) as (telegram, workers, environment):
        therapist, phones = await enrolled(telegram, environment)
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
        in_the_same_second(telegram, phones)
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


async def test_prompts_of_three_workers_keep_the_limits(tmp_path: Path) -> None:
    """A hundred letters at once: each leaves once, never more than thirty in any second."""
    async with workers_of_a_clinic(tmp_path) as (telegram, workers, environment):
        _, phones = await enrolled(telegram, environment)
        before = len(telegram.calls_of("sendMessage"))
        await asyncio.to_thread(a_hundred_letters, environment["ATTUNE_DATABASE"])
        async with asyncio.timeout(SECONDS):
            while waiting(environment["ATTUNE_DATABASE"]):  # noqa: ASYNC110 - it rings no bell
                await asyncio.sleep(A_BLINK)
        assert len(telegram.calls_of("sendMessage")) == before + LETTERS
        senders = rows_of(
            environment["ATTUNE_DATABASE"],
            "SELECT DISTINCT worker FROM outbox WHERE kind = 'heartbeat'",
        )
        assert len(senders) == WORKERS
        in_the_same_second(telegram, phones)
        assert workers


async def test_another_worker_keeps_the_clock_once_it_is_killed(tmp_path: Path) -> None:
    """Whoever ticks is killed; within ten seconds another one does."""
    async with workers_of_a_clinic(tmp_path) as (_telegram, workers, environment):
        database = environment["ATTUNE_DATABASE"]
        async with asyncio.timeout(SECONDS):
            while (first := leader(database)) is None:  # noqa: ASYNC110 - it rings no bell
                await asyncio.sleep(A_BLINK)
        for worker in workers:
            if leader(database) == first:
                await worker.die()
        async with asyncio.timeout(TAKEN_OVER_SECONDS):
            while leader(database) in {None, first}:  # noqa: ASYNC110 - it rings no bell
                await asyncio.sleep(A_BLINK)
