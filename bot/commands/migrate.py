"""``attune migrate``: copy everything to another database, and compare both."""

import argparse
import asyncio
import json
import sys
from contextlib import AsyncExitStack

from alliance.errors import BadSettings
from bot.config.clock import Clock
from bot.config.settings import Settings
from schedules.clock_check import HEARTBEAT_NAME
from storage.database.encryption import Encryption
from storage.database.open_database import file_of, open_database
from storage.database.sqlite import key_file_of
from storage.database.sqlite_file import hold_bot_lock
from storage.database.tx import Store
from storage.maintenance.copy_database import (
    TableDigest,
    check_no_recent_heartbeat,
    check_not_in_use,
    copy_tables,
    digest_of,
    finish,
    table_digests,
)
from storage.maintenance.migrate import check_database
from storage.maintenance.rotate_keys import check_keys, verify_encrypted_texts


async def migrate(settings: Settings, options: argparse.Namespace) -> int:
    """``attune migrate``: the source stays as it is, so that one can go back to it."""
    from_address, to_address = map(_validate_address, (options.source, options.target))
    if from_address == to_address:
        raise BadSettings("--from and --to are the same database.")
    encryption, now = _encryption(settings, from_address), Clock().now()
    path = file_of(from_address)
    if path is not None:
        await asyncio.to_thread(check_not_in_use, path)
    async with AsyncExitStack() as stack:
        if path is not None and path.exists():
            stack.enter_context(hold_bot_lock(path))  # so that no bot can start on it
        source = await open_database(from_address, encryption=encryption, write=False)
        stack.push_async_callback(source.close)
        async with source.read_transaction() as tx:
            await check_database(tx)
        await check_keys(source)
        await check_no_recent_heartbeat(source, heartbeat=HEARTBEAT_NAME, now=now)
        target = await open_database(to_address, encryption=encryption)
        stack.push_async_callback(target.close)
        copied = await copy_tables(source, target, now=now, on_progress=_print_progress)
        return await _compare(source, target, copied, as_json=options.json)


async def _compare(
    source: Store, target: Store, copied: dict[str, TableDigest], *, as_json: bool
) -> int:
    """Compare both databases and print the result; the move is complete only if they are equal."""
    sources, targets = await table_digests(source), await table_digests(target)
    is_equal = digest_of(copied) == digest_of(sources) == digest_of(targets)
    async with target.read_transaction() as tx:
        decrypted = await verify_encrypted_texts(tx)
    if is_equal:
        await finish(target)
    if as_json:
        rows = {name: [sources[name].rows, targets[name].rows] for name in sources}
        print(json.dumps({"equal": is_equal, "rows": rows, "sealed": decrypted}))
        return 0 if is_equal else 1
    print(f"{'table':<20}{'source':>10}{'target':>10}")
    for name, digest in sources.items():
        verdict = "equal" if digest == targets[name] == copied[name] else "DIFFERENT"
        print(f"{name:<20}{digest.rows:>10}{targets[name].rows:>10}  {verdict}")
    print(f"{decrypted} encrypted texts can be decrypted in the target.")
    if is_equal:
        print("Moved. Set ATTUNE_DATABASE to the target, and start the bot.")
    else:
        print("Not equal: the source changed during the move. Empty the target and start again.")
    return 0 if is_equal else 1


def _print_progress(table: str, rows: int) -> None:
    print(f"{table}: {rows}", file=sys.stderr)


def _validate_address(address: str) -> str:
    """Return an address that the settings accept."""
    return Settings.read({"ATTUNE_DATABASE": address}).database


def _encryption(settings: Settings, source: str) -> Encryption:
    """Return the keys of the settings, else those beside the source file."""
    path = file_of(source)
    if (encryption := settings.encryption()) is not None:
        return encryption
    if path is None:
        raise BadSettings("Set ATTUNE_KEYS or ATTUNE_KEY_FILE to the keys of the source.")
    return Encryption.from_file(key_file_of(path))
