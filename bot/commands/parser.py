"""The grammar of the command line: what can be said, and which command is meant."""

import argparse
from typing import Any

from alliance.rupture import detector_names
from alliance.rupture.replay import DIRECT_WORDS, OUTPUT
from bot.commands.dispatch import Verb

Verbs = Any  # argparse does not name the type that add_subparsers returns


def parser() -> argparse.ArgumentParser:
    """Return the grammar of the command line."""
    top = argparse.ArgumentParser(
        prog="attune", description="Hear early that a therapy relationship is in trouble."
    )
    verbs = top.add_subparsers(required=True, metavar="COMMAND")
    _every_day(verbs)
    _detecting(verbs)
    _keeping(verbs)
    return top


def _every_day(verbs: Verbs) -> None:
    run = verbs.add_parser("run", help="run the bot")
    run.add_argument("--webhook", action="store_true", help="Telegram brings updates; else polls")
    run.set_defaults(verb=Verb.RUN)

    invite = verbs.add_parser("invite", help="print a one-time link for somebody")
    invite.add_argument("role", choices=("coordinator", "therapist", "patient"))
    invite.add_argument("--code", required=True, help="what the clinic calls them, e.g. P-017")
    invite.add_argument("--therapist", help="for a patient: the code of their therapist")
    invite.add_argument("--json", action="store_true", help="one line of JSON")
    invite.set_defaults(verb=Verb.INVITE, quiet=True)

    state = verbs.add_parser("state", help="print what is going on, without personal data")
    state.add_argument("--json", action="store_true", help="one JSON object")
    state.set_defaults(verb=Verb.STATE, quiet=True)
    show = verbs.add_parser("demo", help="a whole clinic to play with; no token, no server")
    show.add_argument("--script", action="store_true", help="play one course in the terminal")
    show.add_argument("--port", type=int, default=8000, help="of the page on localhost")
    show.set_defaults(verb=Verb.DEMO, quiet=True)


def _detecting(verbs: Verbs) -> None:
    replay = verbs.add_parser(
        "replay",
        help="what the detector would have said on existing data",
        description="One row a session, each patient's in order. Blank is not answered; "
        "a row with nothing but blanks is a check-in that went unanswered.",
        epilog=f"direct is blank or one of: {', '.join(DIRECT_WORDS)}. "
        f"The columns of --out are: {','.join(OUTPUT)}.",
    )
    replay.add_argument("file", help="CSV: patient,session,<item ids>[,direct][,therapist]")
    replay.add_argument(
        "--instrument", help="its id, or a file of yours ending in .toml; else the site's own"
    )
    replay.add_argument("--budget", type=int, choices=(2, 5, 10), help="false alarms per 100")
    replay.add_argument(
        "--detector", choices=detector_names(), help="its name; the site's own if left out"
    )
    replay.add_argument("--out", help="write every verdict to this CSV file")
    replay.add_argument("--json", action="store_true", help="one JSON object")
    replay.set_defaults(verb=Verb.REPLAY, quiet=True)

    calibrate = verbs.add_parser("calibrate", help="set the threshold from your own sessions")
    calibrate.add_argument("--alerts", type=float, default=7.0, help="wanted per 100 sessions")
    calibrate.add_argument("--apply", action="store_true", help="keep it; else a dry run")
    calibrate.set_defaults(verb=Verb.CALIBRATE, quiet=True)


def _keeping(verbs: Verbs) -> None:
    backup = verbs.add_parser("backup", help="an encrypted, proven copy, while the bot runs")
    backup.add_argument("--to", help="a folder; ATTUNE_BACKUP_FOLDER if left out")
    backup.set_defaults(verb=Verb.BACKUP, quiet=True)

    restore = verbs.add_parser("restore", help="put a backup in place of the database")
    restore.add_argument("file", help="a backup")
    restore.add_argument("--force", action="store_true", help="move a database that is there aside")
    restore.set_defaults(verb=Verb.RESTORE, quiet=True)

    log = verbs.add_parser("audit", help="the log of who changed or looked at what")
    proofs = log.add_subparsers(required=True, metavar="DEED")
    verify = proofs.add_parser("verify", help="prove that no line was changed or taken away")
    verify.add_argument("--mark", action="append", default=[], help="one that you noted elsewhere")
    verify.add_argument("--backup", action="append", default=[], help="prove it is gone on with")
    verify.add_argument("--json", action="store_true", help="one line of JSON")
    verify.set_defaults(verb=Verb.AUDIT_VERIFY, quiet=True)

    check = verbs.add_parser("check", help="whether it could run, and what to do if not")
    check.set_defaults(verb=Verb.CHECK, quiet=True)

    migrate = verbs.add_parser(
        "migrate",
        help="move everything to another database, and compare",
        description="Stop the bot first. Interrupted, it goes on when it is run again. "
        "The source stays as it is. (`attune run` itself updates the schema of its database.)",
    )
    migrate.add_argument(
        "--from", dest="source", required=True, help="sqlite:///… or postgresql://…"
    )
    migrate.add_argument("--to", dest="target", required=True, help="an empty database")
    migrate.add_argument("--json", action="store_true", help="one JSON object")
    migrate.set_defaults(verb=Verb.MIGRATE, quiet=True)

    keys = verbs.add_parser("keys", help="the keys that seal who somebody is")
    deeds = keys.add_subparsers(required=True, metavar="DEED")
    new = deeds.add_parser("new", help="print a fresh key")
    new.set_defaults(verb=Verb.KEYS_NEW, quiet=True)
    rotate = deeds.add_parser("rotate", help="seal everything with a fresh key, while the bot runs")
    rotate.set_defaults(verb=Verb.KEYS_ROTATE, quiet=True)
