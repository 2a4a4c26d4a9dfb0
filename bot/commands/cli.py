"""The command line: one function a command, one sentence an error.

Exit codes: 0 done, 1 a check or a script did not come out, 2 bad settings or use, 3 Telegram or
the server of the database cannot be reached: the bot wants to be started again.
"""

import asyncio
import logging
import sys
from collections.abc import Coroutine, Sequence
from typing import Any

from alliance.errors import AttuneError, Refusal, TelegramAway
from bot.commands.dispatch import command_of
from bot.commands.parser import parser
from bot.config.logs import set_up_logs
from bot.config.settings import Settings
from handlers.texts import say


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and return its exit code."""
    options = parser().parse_args(arguments)
    set_up_logs(logging.WARNING if getattr(options, "quiet", False) else logging.INFO)
    try:
        return _run(command_of(options.verb)(Settings.read(), options))
    except AttuneError as wrong:
        print(_sentence(wrong), file=sys.stderr)
        return 3 if isinstance(wrong, TelegramAway) else 2
    except KeyboardInterrupt:
        return 0


def _sentence(wrong: AttuneError) -> str:
    """Return what somebody at a terminal is told, and what to do."""
    if isinstance(wrong, Refusal):
        return say("en", wrong.key, **wrong.values)
    return str(wrong)


def _run(work: Coroutine[Any, Any, int]) -> int:
    """Run a command on the quickest event loop there is."""
    try:
        import uvloop
    except ImportError:  # it has no build for every system
        return asyncio.run(work)
    return uvloop.run(work)
