"""The table of commands: every handler exists, and a command imports only what it needs."""

import inspect
import subprocess
import sys

import pytest

from bot.commands.table import COMMANDS, build_parser


@pytest.mark.parametrize("name", COMMANDS)
def test_every_handler_exists(name: str) -> None:
    """It is a coroutine function of the settings and the options."""
    handler = COMMANDS[name].load()

    assert inspect.iscoroutinefunction(handler)
    assert len(inspect.signature(handler).parameters) == 2


def test_a_command_can_have_two_words() -> None:
    """The parser chooses the command and its defaults."""
    options = build_parser().parse_args(["audit", "verify", "--mark", "a"])

    assert options.command is COMMANDS["audit verify"]
    assert (options.mark, options.backup, options.json) == (["a"], [], False)


def test_the_command_line_imports_no_handler() -> None:
    """Help for one command is fast, because the libraries of all others stay unloaded."""
    code = "import sys, bot.commands.cli; print(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    modules = set(run.stdout.split())
    assert not modules & {"telegram", "uvicorn", "starlette", "aiohttp", "psycopg"}
