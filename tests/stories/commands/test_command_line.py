"""The command line: what other programs read, and one sentence for what is wrong."""

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest

from bot.commands import cli
from bot.simulator import SimulatedTelegram, serve
from storage.database import open_database, postgres
from tests.databases import KEYS, fresh_database_address
from tests.logs import production_log
from tests.stories.clinic import TOKEN
from tests.stories.processes import Outcome, attune

RunHere = Callable[..., Outcome]


@pytest.fixture
async def environment(tmp_path: Path, engine: str) -> AsyncIterator[dict[str, str]]:
    """Settings for a running simulator and a database that does not exist yet."""
    telegram = SimulatedTelegram(token=TOKEN)
    async with (
        serve(telegram, port=0) as address,
        fresh_database_address(tmp_path, is_empty=True) as database,
    ):
        yield {
            "ATTUNE_TELEGRAM_TOKEN": TOKEN,
            "ATTUNE_TELEGRAM_API_URL": address.url,
            "ATTUNE_DATABASE": database,
            "ATTUNE_KEYS": KEYS,
        }
    assert not telegram.violations


@pytest.fixture
def run_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunHere:
    """Run a command in this process, which is quicker; it must not get as far as Telegram."""

    def run(settings: Mapping[str, str], *words: str) -> Outcome:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        with production_log():  # restores the logging that the command sets up
            code = cli.main(words)
        return Outcome(code, *capsys.readouterr())

    return run


async def test_invite_and_state_speak_json(environment: dict[str, str]) -> None:
    """The first command creates the database; each prints one line of JSON."""
    first = await attune(environment, "invite", "therapist", "--code", "T-1", "--json")
    assert (first.code, first.err) == (0, "")
    second = await attune(
        environment, "invite", "patient", "--code", "P-1", "--therapist", "T-1", "--json"
    )
    assert len(second.out.splitlines()) == 1
    printed = json.loads(second.out)
    assert set(printed) == {"code", "role", "token", "link", "expires_at"}
    assert (printed["code"], printed["role"]) == ("P-1", "patient")
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", printed["token"])
    assert printed["link"] == f"https://t.me/attune_bot?start={printed['token']}"

    state = await attune(environment, "state", "--json")
    assert (state.code, state.err) == (0, "")
    assert set(json.loads(state.out)) == {"people", "checkins", "alerts", "outbox"}
    assert [set(one) for one in json.loads(state.out)["people"]] == [{"code", "role", "state"}] * 2


def test_an_unknown_setting_is_refused(run_here: RunHere) -> None:
    """A misspelt setting is named."""
    outcome = run_here({"ATTUNE_TELEGRAM_TOKEN": TOKEN, "ATTUNE_TOKNE": "x"}, "run")
    assert outcome.is_one_sentence(), outcome
    assert "ATTUNE_TOKNE" in outcome.err


def test_a_missing_token_is_refused(run_here: RunHere, tmp_path: Path) -> None:
    """Without a token there is no bot."""
    database = f"sqlite:///{tmp_path / 'attune.db'}"
    outcome = run_here({"ATTUNE_DATABASE": database, "ATTUNE_KEYS": KEYS}, "run")
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
    """One sentence and an exit code of its own, on which a supervisor starts the bot again.

    Otherwise a network that is down for a day would end the bot for good.
    """
    environment["ATTUNE_TELEGRAM_API_URL"] = "http://127.0.0.1:9"
    outcome = await attune(environment, "run")
    assert (outcome.code, outcome.out) == (3, "")
    [sentence] = outcome.err.strip().splitlines()
    assert "Telegram cannot be reached" in sentence
    assert TOKEN not in sentence


@pytest.mark.parametrize("command", ["run", "state", "invite"])
def test_an_unreachable_database_is_refused(
    run_here: RunHere, tmp_path: Path, command: str
) -> None:
    """A database path below a file is refused in one sentence."""
    (tmp_path / "file").write_text("not a folder")
    settings = {
        "ATTUNE_TELEGRAM_TOKEN": TOKEN,
        "ATTUNE_KEYS": KEYS,
        "ATTUNE_DATABASE": f"sqlite:///{tmp_path / 'file' / 'attune.db'}",
    }
    words = ("patient", "--code", "P-1") if command == "invite" else ()
    outcome = run_here(settings, command, *words)
    assert outcome.is_one_sentence(), outcome
    assert "atabase" in outcome.err


def test_an_unreachable_server_is_one_sentence(
    run_here: RunHere, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command says so at once; a bot waits some seconds for it, says that too, and then ends."""
    monkeypatch.setattr(postgres, "OPENING_SECONDS", 0.2)
    monkeypatch.setattr(open_database, "MAX_WAIT_SECONDS", 1.0)
    monkeypatch.setattr(open_database, "RETRY_SECONDS", 0.1)
    settings = {
        "ATTUNE_TELEGRAM_TOKEN": TOKEN,
        "ATTUNE_KEYS": KEYS,
        "ATTUNE_DATABASE": "postgresql://nobody@127.0.0.1:9/nothing",
    }
    outcome = run_here(settings, "state")
    assert outcome.is_one_sentence(), outcome
    outcome = run_here(settings, "run")
    *waiting, sentence = outcome.err.strip().splitlines()
    assert outcome.code == 2
    assert "The PostgreSQL server does not answer" in sentence
    assert waiting
    assert all("the database does not answer; trying again" in line for line in waiting)
