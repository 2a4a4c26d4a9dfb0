"""The table of commands: name, help, arguments and handler of each.

The module of a handler is imported when its command runs, because importing all of them takes
longer than most commands need.
"""

import argparse
import pkgutil
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from alliance.rupture import detector_names
from alliance.rupture.replay import OUTPUT_COLUMNS
from alliance.rupture.replay_cells import DIRECT_WORDS
from bot.config.settings import Settings

CommandFunction = Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]
Argument = tuple[str, Mapping[str, Any]]


def _argument(name: str, help_text: str, **options: Any) -> Argument:
    return name, {"help": help_text, **options}


def _switch(name: str, help_text: str) -> Argument:
    return _argument(name, help_text, action="store_true")


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        help: One line for the list of commands.
        handler: ``module:function``.
        is_service: Whether it runs for long and logs what it does.
    """

    help: str
    handler: str
    arguments: tuple[Argument, ...] = ()
    description: str | None = None
    epilog: str | None = None
    is_service: bool = False

    def load(self) -> CommandFunction:
        """Import the handler."""
        function: CommandFunction = pkgutil.resolve_name(self.handler)
        return function


AS_JSON = _switch("--json", "print one line of JSON")
GROUPS = {"audit": "the audit log", "keys": "the encryption keys"}

COMMANDS: dict[str, Command] = {
    "run": Command(
        "run the bot",
        "bot.commands.run:run",
        (_switch("--webhook", "receive updates by webhook instead of polling"),),
        is_service=True,
    ),
    "invite": Command(
        "print a one-time link for a new person",
        "bot.commands.invite_and_state:invite",
        (
            ("role", {"choices": ("coordinator", "therapist", "patient")}),
            _argument("--code", "the clinic's code for the person, e.g. P-017", required=True),
            _argument("--therapist", "for a patient: the code of their therapist"),
            AS_JSON,
        ),
    ),
    "import": Command(
        "read a calendar or a table, as in the chat; without --apply, it is a dry run",
        "bot.commands.import_file:import_file",
        (
            _argument("file", "a calendar (.ics) or a table (.csv)"),
            _switch("--apply", "make the changes, and print the links of those who are invited"),
            AS_JSON,
        ),
        description="Exit code 0: understood whole; 1: in part; 2: not at all. A file with errors "
        "is not applied. Events of which nobody here is named are left out.",
    ),
    "state": Command(
        "print people, check-ins, alerts and messages, without personal data",
        "bot.commands.invite_and_state:state",
        (AS_JSON,),
    ),
    "demo": Command(
        "try a whole clinic; needs no token and no server",
        "bot.demo.command:demo",
        (
            _switch("--script", "play one course of therapy in the terminal"),
            _argument("--port", "port of the page on localhost", type=int, default=8000),
        ),
    ),
    "replay": Command(
        "run the detector on existing data",
        "bot.commands.replay:replay",
        (
            _argument("file", "CSV: patient,session,<item ids>[,direct][,therapist]"),
            _argument("--instrument", "its id, or your own .toml file; default: the site's"),
            _argument("--budget", "false alarms per 100 sessions", type=int, choices=(2, 5, 10)),
            _argument("--detector", "default: the site's", choices=detector_names()),
            _argument("--out", "write all verdicts to this CSV file"),
            *(
                _argument(name, help_text, metavar=value, action="append", default=[])
                for name, value, help_text in (
                    ("--column", "OURS=THEIRS", "the file's name of a column, e.g. patient=ID"),
                    ("--ignore", "NAME", "a column of the file that is not used"),
                    ("--missing", "CODES", "the file's codes for missing, e.g. NA,-9"),
                )
            ),
            AS_JSON,
        ),
        description="One row per session, the rows of each patient in order. A blank cell is an "
        "unanswered item; a row of blank cells is an unanswered check-in. What was understood of "
        "the file is shown before the results.",
        epilog=f"direct is blank or one of: {', '.join(DIRECT_WORDS)}. "
        f"The columns of --out are: {','.join(OUTPUT_COLUMNS)}.",
    ),
    "calibrate": Command(
        "set the alert threshold from your own sessions",
        "bot.commands.replay:calibrate",
        (
            _argument("--alerts", "wanted alerts per 100 sessions", type=float, default=7.0),
            _switch("--apply", "save the threshold; without this, it is a dry run"),
        ),
    ),
    "backup": Command(
        "make an encrypted, verified copy, while the bot runs",
        "bot.commands.keys_and_backups:backup",
        (_argument("--to", "folder; default: ATTUNE_BACKUP_FOLDER"),),
    ),
    "restore": Command(
        "replace the database by a backup",
        "bot.commands.keys_and_backups:restore",
        (
            _argument("file", "the backup"),
            _switch("--force", "move an existing database aside"),
        ),
    ),
    "audit verify": Command(
        "prove that no line was changed or removed",
        "bot.commands.audit:verify_log",
        (
            _argument("--mark", "a mark that you noted earlier", action="append", default=[]),
            _argument("--backup", "a backup made earlier", action="append", default=[]),
            AS_JSON,
        ),
    ),
    "check": Command(
        "check that the bot could run, and say how to fix what is wrong",
        "bot.commands.check:check",
    ),
    "migrate": Command(
        "move everything to another database, and compare",
        "bot.commands.migrate:migrate",
        (
            _argument("--from", "sqlite:///… or postgresql://…", dest="source", required=True),
            _argument("--to", "an empty database", dest="target", required=True),
            AS_JSON,
        ),
        description="Stop the bot first. An interrupted move continues when you run it again. "
        "The source stays as it is. (`attune run` itself updates the schema of its database.)",
    ),
    "keys new": Command("print a new key", "bot.commands.keys_and_backups:print_new_key"),
    "keys rotate": Command(
        "re-encrypt everything with a new key, while the bot runs",
        "bot.commands.keys_and_backups:rotate_keys",
    ),
}
"""By name; the first word of a name of two is one of ``GROUPS``."""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line; it sets ``command`` to the chosen ``Command``."""
    parser = argparse.ArgumentParser(
        prog="attune", description="Hear early that a therapy relationship is in trouble."
    )
    groups = {"": parser.add_subparsers(required=True, metavar="COMMAND")}
    for name, command in COMMANDS.items():
        group, _, last = name.rpartition(" ")
        if group not in groups:
            group_parser = groups[""].add_parser(group, help=GROUPS[group])
            groups[group] = group_parser.add_subparsers(required=True, metavar="COMMAND")
        command_parser = groups[group].add_parser(
            last, help=command.help, description=command.description, epilog=command.epilog
        )
        for argument, options in command.arguments:
            command_parser.add_argument(argument, **options)
        command_parser.set_defaults(command=command)
    return parser
