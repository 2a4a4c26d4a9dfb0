"""What each command is carried out by.

A module is loaded when its command is meant, and not before: all of them together, with the
demo, its pages and the simulator, take most of a second, which is longer than most commands work.
"""

import argparse
from collections.abc import Callable, Coroutine
from enum import Enum, auto
from typing import Any

from bot.config.settings import Settings

Command = Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]


class Verb(Enum):
    """A command."""

    RUN = auto()
    INVITE = auto()
    STATE = auto()
    DEMO = auto()
    REPLAY = auto()
    CALIBRATE = auto()
    BACKUP = auto()
    RESTORE = auto()
    AUDIT_VERIFY = auto()
    CHECK = auto()
    MIGRATE = auto()
    KEYS_NEW = auto()
    KEYS_ROTATE = auto()


def command_of(verb: Verb) -> Command:  # noqa: PLR0911, PLR0912 - one line each
    """Return what carries a command out."""
    match verb:
        case Verb.RUN:
            from bot.commands.run import run

            return run
        case Verb.INVITE:
            from bot.commands.invite_and_state import invite

            return invite
        case Verb.STATE:
            from bot.commands.invite_and_state import state

            return state
        case Verb.DEMO:
            from bot.demo.command import demo

            return demo
        case Verb.REPLAY:
            from bot.commands.replay import replay

            return replay
        case Verb.CALIBRATE:
            from bot.commands.replay import calibrate

            return calibrate
        case Verb.BACKUP:
            from bot.commands.keys_and_backups import backup

            return backup
        case Verb.RESTORE:
            from bot.commands.keys_and_backups import restore

            return restore
        case Verb.KEYS_NEW:
            from bot.commands.keys_and_backups import new

            return new
        case Verb.KEYS_ROTATE:
            from bot.commands.keys_and_backups import rotate

            return rotate
        case Verb.AUDIT_VERIFY:
            from bot.commands.audit import verify_log

            return verify_log
        case Verb.CHECK:
            from bot.commands.check import check

            return check
        case Verb.MIGRATE:
            from bot.commands.migrate import migrate

            return migrate
