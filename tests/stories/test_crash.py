"""The bot is killed at any moment, under load; what a patient saw accepted is never missing."""

import asyncio
import json
import os
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from bot.simulator import Limits, Phone, SimulatedTelegram, serve
from storage.database.encryption import new_key, write_key_file
from tests.databases import an_address, on_both
from tests.stories.clinic import TOKEN, seen
from tests.stories.test_command_line import attune

PATIENTS = 12
KILLS = 5
SECONDS = 60.0
INVITE_PATIENT = ("invite", "patient", "--therapist", "T-1")
ITEMS = ("goal", "task", "bond", "overall")
ENOUGH = Limits(chat_burst=200, overall_burst=2_000, overall_rate=500, chat_rate=50)


class Mortal:
    """The bot as a process that can be killed and comes back."""

    def __init__(self, environment: dict[str, str], *options: str) -> None:
        self._options = options
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None

    async def live(self) -> None:
        """Start a process."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", "run", *self._options),
            env={**os.environ, **self._environment},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def die(self) -> None:
        """Kill it without a word, and wait until it is gone."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()
        self._process = None


async def insist(phone: Phone, asked: str, label: str, then: str) -> None:
    """Tap under the question until the visible message moves on, as people do.

    A killed bot may have asked twice: then the newest message with that question counts.
    """
    async with asyncio.timeout(SECONDS):
        while not shows(phone, then):
            question = next((m for m in reversed(phone.messages) if asked in (m.text or "")), None)
            if question is not None:
                phone.tap(label, message=question)
            with suppress(AssertionError):
                await phone.until(lambda p: shows(p, then), 1.0)


def shows(phone: Phone, words: str) -> bool:
    """Say whether those words are anywhere in the chat."""
    return any(words in (message.text or "") for message in phone.messages)


async def one_session(phone: Phone, therapist: Phone, code: str, scores: list[int]) -> None:
    """Report one patient's session, and answer its question to the end."""
    therapist.say(f"/session {code}")
    await phone.until(lambda p: "1/5" in p.screen.text, SECONDS)
    for place, score in enumerate(scores, start=2):
        await insist(phone, f"{place - 1}/5", str(score), f"{place}/5")
    await insist(phone, "anything feel off", "Yes", "And now?")
    await insist(phone, "And now?", "I’d like to talk about it", "Your answers are kept")


@asynccontextmanager
async def a_clinic_to_crash(
    folder: Path,
) -> AsyncIterator[tuple[SimulatedTelegram, Mortal, dict[str, str]]]:
    """Open a simulator, and a bot in a process of its own."""
    telegram = SimulatedTelegram(token=TOKEN, limits=ENOUGH, seed=1)
    keys = folder / "attune.key"
    write_key_file(keys, [new_key()])
    async with serve(telegram, port=0) as address, an_address(folder, is_empty=True) as database:
        environment = {
            "ATTUNE_TELEGRAM_TOKEN": TOKEN,
            "ATTUNE_TELEGRAM_API_URL": address.url,
            "ATTUNE_DATABASE": database,
            "ATTUNE_KEY_FILE": str(keys),
            "ATTUNE_TICK_SECONDS": "0.2",
        }
        mortal = Mortal(environment)
        await mortal.live()
        try:
            yield telegram, mortal, environment
        finally:
            await mortal.die()
    assert not telegram.violations, list(telegram.violations)


async def enrolled(
    telegram: SimulatedTelegram, environment: dict[str, str]
) -> tuple[Phone, dict[str, Phone]]:
    """Let a therapist and all patients come in."""
    phones = {}
    therapist = telegram.phone(name="T-1")
    codes = [f"P-{n}" for n in range(PATIENTS)]
    made = await attune(environment, "invite", "therapist", "--code", "T-1", "--json")
    therapist.open_link(json.loads(made.out)["link"])
    async with asyncio.TaskGroup() as group:
        invited = {
            code: group.create_task(attune(environment, *INVITE_PATIENT, "--code", code, "--json"))
            for code in codes
        }
    for code, task in invited.items():
        phones[code] = telegram.phone(name=code)
        phones[code].open_link(json.loads(task.result().out)["link"])
    await therapist.until(lambda p: "/alerts" in p.screen.text, SECONDS)
    for phone in phones.values():
        await phone.until(lambda p: "Do you agree?" in p.screen.text, SECONDS)
        phone.tap("I agree")
        await seen(phone, "Thank you.")
    return therapist, phones


@on_both
@pytest.mark.fault("the process is killed under load")
async def test_no_kill_loses_an_answer_or_doubles_anything(tmp_path: Path) -> None:
    """Five kills while twelve patients answer: all answers, one check-in each, every alert."""
    chance = random.Random(2)
    async with a_clinic_to_crash(tmp_path) as (telegram, mortal, environment):
        therapist, phones = await enrolled(telegram, environment)
        wanted = {code: [chance.randint(0, 10) for _ in ITEMS] for code in phones}
        async with asyncio.TaskGroup() as group:
            for code, phone in phones.items():
                group.create_task(one_session(phone, therapist, code, wanted[code]))
            for _ in range(KILLS):
                await phone_moves(telegram, chance.randint(8, 20))
                await mortal.die()
                await mortal.live()
        notices = len(phones)
        await therapist.until(lambda p: attention(p) >= notices, SECONDS)
        outcome = await attune(environment, "state", "--json")
    state: dict[str, list[dict[str, Any]]] = json.loads(outcome.out)
    kept = {
        one["patient"]: [one["answers"].get(item) for item in ITEMS] for one in state["checkins"]
    }
    assert kept == wanted
    assert len(state["checkins"]) == len(phones)
    assert {one["state"] for one in state["checkins"]} == {"completed"}
    assert sorted(one["patient"] for one in state["alerts"]) == sorted(phones)
    letters = [one for one in state["outbox"] if one["kind"] == "alert"]
    assert [one["state"] for one in letters] == ["sent"] * len(phones)


def attention(phone: Phone) -> int:
    """Return how many notices of alerts have arrived."""
    return phone.notifications.count("A check-in needs your attention.")


async def phone_moves(telegram: SimulatedTelegram, count: int) -> None:
    """Wait until the bot has spoken so many times more."""
    enough = len(telegram.calls) + count
    while len(telegram.calls) < enough:
        await telegram.state.changes.wait()
