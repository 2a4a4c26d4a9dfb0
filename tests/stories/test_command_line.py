"""The command line: what outside programs read, and one sentence for what is wrong."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.simulator import SimulatedTelegram, serve
from tests.databases import KEYS, an_address
from tests.stories.clinic import TOKEN

PATIENCE = 120
"""Seconds for a process to start, do its work and end, however busy the machine is."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command came out."""

    code: int
    out: str
    err: str

    def is_one_sentence(self) -> bool:
        """Say whether it was refused properly: code 2, one line, no traceback."""
        return self.code == 2 and not self.out and len(self.err.strip().splitlines()) == 1


async def attune(environment: dict[str, str], *words: str) -> Outcome:
    """Run ``attune`` as a process of its own."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ATTUNE_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", *words),
        env={**plain, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode is not None
    return Outcome(process.returncode, out.decode(), err.decode())


@pytest.fixture
async def environment(tmp_path: Path, engine: str) -> AsyncIterator[dict[str, str]]:
    """Settings for a simulator that runs and a database that does not exist yet."""
    telegram = SimulatedTelegram(token=TOKEN)
    async with serve(telegram, port=0) as address, an_address(tmp_path, is_empty=True) as database:
        yield {
            "ATTUNE_TELEGRAM_TOKEN": TOKEN,
            "ATTUNE_TELEGRAM_API_URL": address.url,
            "ATTUNE_DATABASE": database,
            "ATTUNE_KEYS": KEYS,
        }
    assert not telegram.violations


async def test_invite_and_state_speak_json(environment: dict[str, str]) -> None:
    """A fresh database is made on the way; each command prints one line of JSON."""
    first = await attune(environment, "invite", "therapist", "--code", "T-1", "--json")
    assert (first.code, first.err) == (0, "")
    second = await attune(
        environment, "invite", "patient", "--code", "P-1", "--therapist", "T-1", "--json"
    )
    assert len(second.out.splitlines()) == 1
    told = json.loads(second.out)
    assert set(told) == {"code", "role", "token", "link", "expires_at"}
    assert (told["code"], told["role"]) == ("P-1", "patient")
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", told["token"])
    assert told["link"] == f"https://t.me/attune_bot?start={told['token']}"

    state = await attune(environment, "state", "--json")
    assert (state.code, state.err) == (0, "")
    assert set(json.loads(state.out)) == {"people", "checkins", "alerts", "outbox"}
    assert [set(one) for one in json.loads(state.out)["people"]] == [{"code", "role", "state"}] * 2


async def test_an_unknown_setting_is_refused(environment: dict[str, str]) -> None:
    """A misspelt setting is named."""
    outcome = await attune({**environment, "ATTUNE_TOKNE": "x"}, "run")
    assert outcome.is_one_sentence(), outcome
    assert "ATTUNE_TOKNE" in outcome.err


async def test_a_missing_token_is_refused(environment: dict[str, str]) -> None:
    """Without a token there is no bot."""
    del environment["ATTUNE_TELEGRAM_TOKEN"]
    outcome = await attune(environment, "run")
    assert outcome.is_one_sentence(), outcome
    assert "ATTUNE_TELEGRAM_TOKEN" in outcome.err


async def test_a_wrong_token_is_refused(environment: dict[str, str]) -> None:
    """The token itself is never printed."""
    outcome = await attune({**environment, "ATTUNE_TELEGRAM_TOKEN": "999:wrong-secret"}, "run")
    assert outcome.is_one_sentence(), outcome
    assert "token" in outcome.err
    assert "wrong-secret" not in outcome.err


@pytest.mark.fault("Telegram cannot be reached at the start")
async def test_an_unreachable_telegram_is_to_be_tried_again(environment: dict[str, str]) -> None:
    """One sentence, and a code of its own: whoever watches the process starts it anew.

    A network that is cut for a day would otherwise end the bot for good.
    """
    environment["ATTUNE_TELEGRAM_API_URL"] = "http://127.0.0.1:9"
    outcome = await attune(environment, "run")
    assert (outcome.code, outcome.out) == (3, "")
    [sentence] = outcome.err.strip().splitlines()
    assert "Telegram cannot be reached" in sentence
    assert TOKEN not in sentence


@pytest.mark.parametrize("command", ["run", "state", "invite"])
async def test_an_unreachable_database_is_refused(
    environment: dict[str, str], tmp_path: Path, command: str
) -> None:
    """A database in a folder that does not exist, or is no folder, is one sentence."""
    (tmp_path / "file").write_text("not a folder")
    environment["ATTUNE_DATABASE"] = f"sqlite:///{tmp_path / 'file' / 'attune.db'}"
    words = ("patient", "--code", "P-1") if command == "invite" else ()
    outcome = await attune(environment, command, *words)
    assert outcome.is_one_sentence(), outcome
    assert "atabase" in outcome.err


async def test_an_unreachable_server_is_one_sentence(environment: dict[str, str]) -> None:
    """A command says so at once; a bot waits some seconds for it, says that too, and then ends."""
    environment["ATTUNE_DATABASE"] = "postgresql://nobody@127.0.0.1:9/nothing"
    environment["ATTUNE_KEYS"] = KEYS
    outcome = await attune(environment, "state")
    assert outcome.is_one_sentence(), outcome
    outcome = await attune(environment, "run")
    *waiting, sentence = outcome.err.strip().splitlines()
    assert outcome.code == 2
    assert "The PostgreSQL server does not answer" in sentence
    assert waiting
    assert all("the database does not answer; trying again" in line for line in waiting)
