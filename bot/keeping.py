"""What commands do that keep the data safe: keys, backups."""

import argparse
import sys
from pathlib import Path

from alliance.errors import BadSettings
from bot.settings import Settings
from storage.migrations import check_database
from storage.opening import file_of, open_database
from storage.resealing import check_keys, reseal_some, under_keys
from storage.sealing import Sealing, new_key, write_key_file
from storage.sqlite import key_file_of
from storage.tx import Store


async def new(_settings: Settings, _options: argparse.Namespace) -> int:
    """``attune keys new``: print a fresh key."""
    print(new_key().text())
    return 0


async def rotate(settings: Settings, _options: argparse.Namespace) -> int:
    """``attune keys rotate``: seal everything anew with a fresh key, while the bot runs.

    A key that stands on top of the file but does not seal everything yet was put there by a
    rotation that was killed: that one is gone on with.
    """
    sealing = _sealing(settings)
    # Another process may be the one that checkpoints.
    store = await open_database(settings.database, sealing=sealing, checkpoint=False)
    try:
        async with store.reading() as tx:
            await check_database(tx)
            is_under_way = bool(set(await under_keys(tx)) - {sealing.newest.id})
        await check_keys(store)
        path = _key_file(settings)
        if path is not None and not is_under_way:
            write_key_file(path, [new_key(), *sealing.keys])
        return await _reseal(store, sealing)
    finally:
        await store.close()


async def _reseal(store: Store, sealing: Sealing) -> int:
    """Seal all rows anew, then count: the proof is what the database holds, not what was done."""
    done = 0
    while True:
        async with store.transaction() as tx:
            some = await reseal_some(tx)
        if not some:
            break
        done += some
        print(f"{done} sealed anew", file=sys.stderr)
    async with store.reading() as tx:
        found = dict(await under_keys(tx))
    newest = found.pop(sealing.newest.id, 0)
    print(f"{newest} rows under key {sealing.newest.id}; {sum(found.values())} under old keys.")
    return 1 if found else 0


def _key_file(settings: Settings) -> Path | None:
    """Return the file whose keys are meant; None where they stand in ``ATTUNE_KEYS``."""
    if settings.keys is not None:
        return None
    if settings.key_file is not None:
        return Path(settings.key_file)
    return key_file_of(database_file(settings))


def _sealing(settings: Settings) -> Sealing:
    return settings.sealing() or Sealing.from_file(key_file_of(database_file(settings)))


def database_file(settings: Settings) -> Path:
    """Return the SQLite file of the settings.

    Raises:
        BadSettings: It is a PostgreSQL server.
    """
    path = file_of(settings.database)
    if path is None:
        raise BadSettings("PostgreSQL has no file: set ATTUNE_KEYS or ATTUNE_KEY_FILE.")
    return path
