"""Read the file for ``attune replay``, and show what was understood of it."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from alliance.checkins.instruments import Instrument
from alliance.errors import BadSettings, Refusal
from alliance.files.decoding import decode_text
from alliance.rupture.replay_cells import USUAL_MISSING, MissingCodes
from alliance.rupture.replay_rows import BadRows, ReplayRow
from alliance.rupture.replay_table import Columns, Understood, read_replay_table

DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}
MAX_CODES = 8
"""Codes for missing that are shown; the most frequent ones."""


def read_sessions(
    options: argparse.Namespace, used: Instrument
) -> tuple[list[ReplayRow], Understood]:
    """Return the sessions of the file that the options name, and what was understood of it.

    Raises:
        BadSettings: It cannot be read, or a row is invalid; the message says what to do.
    """
    path = Path(options.file)
    try:
        decoded = decode_text(path.read_bytes())
    except OSError as error:
        raise BadSettings(f"{path} cannot be read: {error}") from None
    except Refusal:
        raise BadSettings(
            f"{path} cannot be read as a table; save it as CSV, in UTF-8, and try again."
        ) from None
    codes = [code for part in options.missing for code in part.split(",") if code.strip()]
    missing = MissingCodes.chosen(codes) if codes else USUAL_MISSING
    try:
        sessions, understood = read_replay_table(decoded.text, used, _columns(options), missing)
    except BadRows as error:
        raise BadSettings(f"{path} was not replayed.\n{error}") from None
    return sessions, replace(understood, charset=decoded.charset)


def _columns(options: argparse.Namespace) -> Columns:
    mapped: dict[str, str] = {}
    for mapping in options.column:
        ours, equals, theirs = (part.strip() for part in mapping.partition("="))
        if not (ours and equals and theirs):
            raise BadSettings(f"--column {mapping} should be OURS=THEIRS, e.g. patient=ID.")
        if mapped.setdefault(ours, theirs) != theirs:
            raise BadSettings(f"--column names {ours} twice, as {mapped[ours]} and {theirs}.")
    return Columns(mapped, tuple(options.ignore))


def print_understood(understood: Understood) -> None:
    """Print what was understood, as a table on standard error, beside the results."""
    rows = {
        "separator": DELIMITER_NAMES[understood.delimiter],
        "patients": str(understood.patients),
        "sessions": f"{understood.rows}, of which {understood.unanswered} without an answer",
        "missing cells": _missing(understood),
        "columns": ", ".join(
            ours if ours == theirs else f"{ours} = {theirs}"
            for ours, theirs in understood.columns.items()
        ),
        "ignored columns": ", ".join(name or "(no name)" for name in understood.ignored) or "none",
    }
    if understood.lines_above:
        rows["left out above"] = f"{understood.lines_above} lines"
    if understood.charset is not None:
        rows["characters"] = (
            f"read as {understood.charset}; save the file in UTF-8 if some are wrong"
        )
    width = max(map(len, rows))
    for name, value in rows.items():
        print(f"{name:<{width}}  {value}", file=sys.stderr)


def _missing(understood: Understood) -> str:
    codes = list(understood.missing.items())
    shown = [f"{count} × {code or 'blank'}" for code, count in codes[:MAX_CODES]]
    rest = sum(count for _, count in codes[MAX_CODES:])
    return ", ".join([*shown, *([f"{rest} others"] if rest else [])]) or "none"
