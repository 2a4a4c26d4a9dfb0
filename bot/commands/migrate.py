"""``attune migrate``: everything of one database goes to another, and is compared there."""

import argparse
import asyncio
import json
import sys
from contextlib import AsyncExitStack

from alliance.errors import BadSettings
from bot.config.clock import Timepiece
from bot.config.settings import Settings
from schedules.clock_check import PULSE
from storage.database.encryption import Sealing
from storage.database.open_database import file_of, open_database
from storage.database.sqlite import key_file_of
from storage.database.sqlite_file import alone
from storage.database.tx import Store
from storage.maintenance.copy_database import (
    Held,
    check_closed,
    check_unused,
    digest_of,
    everything,
    finish,
    move,
)
from storage.maintenance.migrate import check_database
from storage.maintenance.rotate_keys import check_keys, count_opened


async def migrate(settings: Settings, options: argparse.Namespace) -> int:
    """Move a database; the source stays as it is, and is the way back."""
    given, to = _address(options.source), _address(options.target)
    if given == to:
        raise BadSettings("--from and --to are the same database.")
    sealing, now = _sealing(settings, given), Timepiece().now()
    path = file_of(given)
    if path is not None:
        await asyncio.to_thread(check_closed, path)
    async with AsyncExitStack() as stack:
        if path is not None and path.exists():
            stack.enter_context(alone(path))  # no bot starts on it meanwhile
        source = await open_database(given, sealing=sealing, write=False)
        stack.push_async_callback(source.close)
        async with source.reading() as tx:
            await check_database(tx)
        await check_keys(source)
        await check_unused(source, pulse=PULSE, now=now)
        target = await open_database(to, sealing=sealing)
        stack.push_async_callback(target.close)
        begun = await move(source, target, now=now, told=_progress)
        return await _compared(source, target, begun, as_json=options.json)


async def _compared(source: Store, target: Store, begun: dict[str, Held], *, as_json: bool) -> int:
    """Read both sides once more and say what came out; only equal ones end the move."""
    left, right = await everything(source), await everything(target)
    is_equal = digest_of(begun) == digest_of(left) == digest_of(right)
    async with target.reading() as tx:
        opened = await count_opened(tx)
    if is_equal:
        await finish(target)
    if as_json:
        rows = {name: [left[name].rows, right[name].rows] for name in left}
        print(json.dumps({"equal": is_equal, "rows": rows, "sealed": opened}))
        return 0 if is_equal else 1
    print(f"{'table':<20}{'source':>10}{'target':>10}")
    for name, held in left.items():
        verdict = "equal" if held == right[name] == begun[name] else "DIFFERENT"
        print(f"{name:<20}{held.rows:>10}{right[name].rows:>10}  {verdict}")
    print(f"{opened} sealed texts open in the target.")
    if is_equal:
        print("Moved. Set ATTUNE_DATABASE to the target, and start.")
    else:
        print("Not equal: somebody wrote meanwhile. Empty the target and begin anew.")
    return 0 if is_equal else 1


def _progress(table: str, rows: int) -> None:
    print(f"{table}: {rows}", file=sys.stderr)


def _address(given: str) -> str:
    """Return an address that the settings would take."""
    return Settings.read({"ATTUNE_DATABASE": given}).database


def _sealing(settings: Settings, source: str) -> Sealing:
    """Return the keys of the settings, else those beside the file that is moved."""
    path = file_of(source)
    found = settings.sealing()
    if found is None and path is None:
        raise BadSettings("Set ATTUNE_KEYS or ATTUNE_KEY_FILE to the keys of the source.")
    return found or Sealing.from_file(key_file_of(path))  # type: ignore[arg-type]
