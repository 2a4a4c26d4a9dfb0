"""The command line: one function a command, one sentence an error.

Exit codes: 0 done, 1 a check or a script did not come out, 2 bad settings or use, 3 Telegram or
the server of the database cannot be reached: the bot wants to be started again.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from telegram.error import InvalidToken, TelegramError

from alliance.errors import AttuneError, Refusal
from bot.ear import Deaf
from bot.grammar import parser
from bot.logs import set_up_logs
from bot.settings import Settings
from handlers.texts import say

Command = Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and return its exit code."""
    options = parser().parse_args(arguments)
    set_up_logs(logging.WARNING if getattr(options, "quiet", False) else logging.INFO)
    try:
        return _run(options.command(Settings.read(), options))
    except (AttuneError, TelegramError, Deaf) as wrong:
        print(_sentence(wrong), file=sys.stderr)
        return 2 if isinstance(wrong, AttuneError | InvalidToken) else 3
    except KeyboardInterrupt:
        return 0


def _sentence(wrong: Exception) -> str:
    """Return what somebody at a terminal is told, and what to do."""
    if isinstance(wrong, Refusal):
        return say("en", wrong.key, **wrong.values)
    if isinstance(wrong, InvalidToken):
        return "Telegram does not know this token; check ATTUNE_TELEGRAM_TOKEN."
    if isinstance(wrong, TelegramError):
        reason = type(wrong.__cause__ or wrong).__name__
        return (
            f"Telegram cannot be reached ({reason}); check the network and ATTUNE_TELEGRAM_API_URL."
        )
    return str(wrong)


def _run(work: Coroutine[Any, Any, int]) -> int:
    """Run a command on the quickest event loop there is."""
    try:
        import uvloop
    except ImportError:  # it has no build for every system
        return asyncio.run(work)
    return uvloop.run(work)
