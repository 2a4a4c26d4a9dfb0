"""The command line: runs one command and prints errors as one sentence.

Exit codes: 0 success, 1 a check or a script failed, 2 invalid settings or usage, 3 Telegram
cannot be reached, so that a supervisor starts the bot again.
"""

import asyncio
import io
import logging
import sys
from collections.abc import Coroutine, Sequence
from typing import Any

from alliance.errors import AttuneError, Refusal, TelegramUnreachable
from bot.commands.table import Command, build_parser
from bot.config.logs import set_up_logs
from bot.config.settings import Settings
from handlers.texts import say


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    _replace_unprintable()
    options = build_parser().parse_args(arguments)
    command: Command = options.command
    set_up_logs(logging.INFO if command.is_service else logging.WARNING)
    try:
        return _run(command.load()(Settings.read(), options))
    except AttuneError as error:
        print(_sentence(error), file=sys.stderr)
        return 3 if isinstance(error, TelegramUnreachable) else 2
    except KeyboardInterrupt:
        return 0


def _replace_unprintable() -> None:
    """Print a question mark for each character that the encoding of the terminal lacks."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _sentence(error: AttuneError) -> str:
    """Return what is wrong and what to do about it."""
    if isinstance(error, Refusal):
        return say("en", error.key, **error.values)
    return str(error)


def _run(work: Coroutine[Any, Any, int]) -> int:
    """Run a coroutine on the fastest event loop available."""
    try:
        import uvloop
    except ImportError:  # not available on every system
        return asyncio.run(work)
    return uvloop.run(work)
