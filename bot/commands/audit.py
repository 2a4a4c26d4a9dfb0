"""``attune audit verify``: is the audit log intact, and if not, where is it broken?"""

import argparse
import contextlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from alliance.errors import BadBackup, BadSettings
from bot.config.settings import Settings
from storage.audit.verification import (
    Break,
    Checkpoint,
    VerificationResult,
    current_checkpoint,
    verify,
)
from storage.database.encryption import Encryption
from storage.database.open_database import open_database
from storage.database.sqlite import open_store
from storage.maintenance.backup import decrypt
from storage.maintenance.migrate import check_database
from storage.maintenance.rotate_keys import check_keys

MAX_BREAKS_SHOWN = 20

FIRST_VERSION_WITH_CHAIN = 17
"""A backup is read as it is; it may be from before an update."""

BREAK_TEXTS = {
    "changed": "{lines} was changed",
    "missing": "{lines} missing",
    "added": "{lines} was added by another program",
    "unbound": "{lines} does not follow from the line before",
    "end changed": "the end of the log was changed, after {lines}",
    "not as noted": "{lines} that you noted is not there, as if an older log had been put back",
    "no keys": "the keys of the log are missing, so nothing can be proven",
}


async def verify_log(settings: Settings, options: argparse.Namespace) -> int:
    """``attune audit verify``: return 0 if the log is intact, 1 if it is not.

    Raises:
        AttuneError: It cannot be verified.
    """
    store = await open_database(settings.database, encryption=settings.encryption(), write=False)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        checkpoints = [_parse_checkpoint(text) for text in options.mark]
        async with store.read_transaction() as tx:
            await check_database(tx)
        await check_keys(store)
        async with store.read_transaction() as tx:
            for path in options.backup:
                checkpoints += await _read_backup_checkpoint(Path(path), tx.encryption)
            result = await verify(tx, checkpoints)
    if options.json:
        print(json.dumps(_as_json(result)))
    else:
        print(sentence(result))
    return 1 if result.breaks else 0


def _parse_checkpoint(text: str) -> Checkpoint:
    checkpoint = Checkpoint.parse(text)
    if checkpoint is None:
        raise BadSettings(f"{text[:40]!r} is not a mark; a mark looks like 0123456789abcdef.")
    return checkpoint


async def _read_backup_checkpoint(backup: Path, encryption: Encryption) -> list[Checkpoint]:
    """Return the checkpoint of the log in a backup, if the log has one."""
    with TemporaryDirectory(prefix="attune-") as folder:
        copy = Path(folder) / "copy.db"
        try:
            decrypt(backup, copy, encryption=encryption)
        except OSError as error:
            raise BadBackup(f"{backup} cannot be read ({type(error).__name__}).") from None
        store = await open_store(copy, encryption=encryption, write=False)
        try:
            async with store.read_transaction() as tx:
                await check_database(tx, oldest=FIRST_VERSION_WITH_CHAIN)
                checkpoint = await current_checkpoint(tx)
        finally:
            await store.close()
    return [] if checkpoint is None else [checkpoint]


def sentence(result: VerificationResult) -> str:
    """Return the result as one sentence, with the mark to note or what is broken."""
    if not result.breaks:
        lines = f"lines {result.first} to {result.last}" if result.last else "no line yet"
        return f"The log is intact ({lines}); note its mark somewhere else: {result.checkpoint}"
    texts = [
        BREAK_TEXTS[one.what].format(lines=_lines(one, missing=one.what == "missing"))
        for one in result.breaks[:MAX_BREAKS_SHOWN]
    ]
    more = len(result.breaks) - len(texts)
    rest = f"; and {more} more places" if more else ""
    return f"The log is not intact: {'; '.join(texts)}{rest}."


def _lines(broken: Break, *, missing: bool) -> str:
    if broken.first == broken.last:
        name = f"line {broken.first}" if broken.first else "a line"
        return f"{name} is" if missing else name
    return f"lines {broken.first} to {broken.last}{' are' if missing else ''}"


def _as_json(result: VerificationResult) -> dict[str, object]:
    return {
        "whole": not result.breaks,
        "first": result.first,
        "last": result.last,
        "mark": None if result.checkpoint is None else str(result.checkpoint),
        "breaks": [one._asdict() for one in result.breaks],
    }
