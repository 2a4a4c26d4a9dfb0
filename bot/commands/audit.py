"""``attune audit verify``: is the log whole, and if not, where is it not."""

import argparse
import contextlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from alliance.errors import BadBackup, BadSettings
from bot.config.settings import Settings
from storage.audit.verification import Break, Mark, Proof, mark_of, verify
from storage.database.encryption import Sealing
from storage.database.open_database import open_database
from storage.database.sqlite import open_store
from storage.maintenance.backup import decrypted
from storage.maintenance.migrate import check_database
from storage.maintenance.rotate_keys import check_keys

MOST_TOLD = 20

WORDS = {
    "changed": "{lines} was changed",
    "missing": "{lines} missing",
    "added": "{lines} was added by something else",
    "unbound": "{lines} does not follow from what stands before",
    "end changed": "where the log ends was changed, after {lines}",
    "not as noted": "{lines} that was noted is not there, as if an earlier log had been put back",
    "no keys": "the keys of the log are gone, so nothing can be proven",
}


async def verify_log(settings: Settings, options: argparse.Namespace) -> int:
    """``attune audit verify``: 0 whole, 1 not whole, 2 it cannot be said."""
    store = await open_database(settings.database, sealing=settings.sealing(), write=False)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        await check_keys(store)
        noted = [_mark(text) for text in options.mark]
        async with store.reading() as tx:
            await check_database(tx)
            for path in options.backup:
                noted += await _mark_in(Path(path), tx.sealing)
            proof = await verify(tx, noted)
    if options.json:
        print(json.dumps({"whole": not proof.breaks, **_told(proof)}))
    else:
        print(sentence(proof))
    return 1 if proof.breaks else 0


def _mark(text: str) -> Mark:
    mark = Mark.read(text)
    if mark is None:
        raise BadSettings(f"{text[:40]!r} is no mark; one looks like 0123456789abcdef.")
    return mark


async def _mark_in(backup: Path, sealing: Sealing) -> list[Mark]:
    """Return where the log stood when a backup was made."""
    with TemporaryDirectory(prefix="attune-") as folder:
        copy = Path(folder) / "copy.db"
        try:
            decrypted(backup, copy, sealing=sealing)
        except OSError as failed:
            raise BadBackup(f"{backup} cannot be read ({type(failed).__name__}).") from None
        store = await open_store(copy, sealing=sealing, write=False)
        try:
            async with store.reading() as tx:
                await check_database(tx)
                mark = await mark_of(tx)
        finally:
            await store.close()
    return [] if mark is None else [mark]


def sentence(proof: Proof) -> str:
    """Return what came of it in one sentence, and what to note."""
    if not proof.breaks:
        lines = f"lines {proof.first} to {proof.last}" if proof.last else "no line yet"
        return f"The log is whole ({lines}); note its mark in another place: {proof.mark}"
    told = [
        WORDS[one.what].format(lines=_lines(one, missing=one.what == "missing"))
        for one in proof.breaks[:MOST_TOLD]
    ]
    more = len(proof.breaks) - len(told)
    rest = f"; and {more} places more" if more else ""
    return f"The log is not whole: {'; '.join(told)}{rest}."


def _lines(found: Break, *, missing: bool) -> str:
    if found.first == found.last:
        name = f"line {found.first}" if found.first else "a line"
        return f"{name} is" if missing else name
    return f"lines {found.first} to {found.last}{' are' if missing else ''}"


def _told(proof: Proof) -> dict[str, object]:
    return {
        "first": proof.first,
        "last": proof.last,
        "mark": None if proof.mark is None else str(proof.mark),
        "breaks": [one._asdict() for one in proof.breaks],
    }
