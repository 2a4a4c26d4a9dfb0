"""What commands do that keep the data safe: keys, backups."""

import argparse
import sys
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

from alliance.errors import BadBackup, BadSettings
from bot.config.clock import Timepiece
from bot.config.settings import Settings
from schedules.opening import follow_sessions
from schedules.planning import plan_sessions
from storage.database.encryption import Sealing, new_key, write_key_file
from storage.database.open_database import file_of, open_database
from storage.database.sqlite import key_file_of, open_store
from storage.database.tx import Store
from storage.maintenance.backup import back_up, count, decrypted, removed_at_the_end
from storage.maintenance.migrate import check_database, migrate
from storage.maintenance.restore import Settled, gather, put_aside, settle
from storage.maintenance.rotate_keys import check_keys, reseal_some, under_keys
from storage.privacy import erasure_list


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


async def backup(settings: Settings, options: argparse.Namespace) -> int:
    """``attune backup``: one encrypted, proven copy; a bot may run meanwhile."""
    path = _file_to_back_up(settings)
    folder = options.to or settings.backup_folder
    if folder is None:
        raise BadSettings("Say where: attune backup --to FOLDER, or set ATTUNE_BACKUP_FOLDER.")
    if not path.exists():
        raise BadBackup(f"There is no database {path}; ATTUNE_DATABASE says where it is.")
    made = back_up(path, Path(folder), sealing=_sealing(settings), at=Timepiece().now())
    print(f"{made.path}: {made.size} bytes, key {made.key}; {_counts(made.rows)}.")
    return 0


async def restore(settings: Settings, options: argparse.Namespace) -> int:
    """``attune restore``: put a backup in place, and settle what may have left since."""
    path, source, sealing = _file_to_back_up(settings), Path(options.file), _sealing(settings)
    _check_place(path, source, force=options.force)
    now = Timepiece().now()
    fresh = path.with_name(f"{path.name}.restoring")
    with removed_at_the_end(fresh):
        decrypted(source, fresh, sealing=sealing)
        gone = erasure_list.listed(source.parent) | erasure_list.marks_in(path)
        settled, again = await _settle(fresh, settings, sealing, now, gone)
        gather(fresh)
        proven = count(fresh)
        aside = put_aside(path, at=now)
        fresh.replace(path)
    if aside is not None:
        print(f"The database that was there is {aside} now.")
    print(f"Restored: {_counts(proven)}.")
    print(
        f"{settled.letters} letters cancelled, {settled.missed} check-ins noted as missed,"
        f" {settled.therapists} therapists sent to their alerts,"
        f" {again} patients erased again."
    )
    return 0


def _check_place(path: Path, source: Path, *, force: bool) -> None:
    """Refuse to restore from nothing, or over what is there."""
    if not source.is_file():
        raise BadBackup(f"There is no backup {source}.")
    if path.exists() and not force:
        raise BadBackup(f"{path} exists; --force moves it aside and restores.")


async def _settle(
    path: Path, settings: Settings, sealing: Sealing, now: datetime, gone: Collection[str]
) -> tuple[Settled, int]:
    """Bring a restored file to today: what was planned since is planned, but not asked any more."""
    store = await open_store(path, sealing=sealing)
    try:
        await migrate(store, now=now)
        await check_keys(store)
        async with store.transaction() as tx:
            again = await erasure_list.erase_again(tx, gone, at=now)
        await store.settle()
        await plan_sessions(store, now, settings.plan_defaults())
        await follow_sessions(store, now)
        async with store.transaction() as tx:
            return await settle(tx, at=now), again
    finally:
        await store.close()


def _counts(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {table}" for table, number in rows.items())


def _file_to_back_up(settings: Settings) -> Path:
    path = file_of(settings.database)
    if path is None:
        raise BadSettings(
            "Back PostgreSQL up with pg_dump or point-in-time recovery; docs/backups.md says how."
        )
    return path


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
