"""``attune keys``, ``attune backup`` and ``attune restore``."""

import argparse
import sys
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

from alliance.errors import BadBackup, BadSettings
from bot.config.clock import Clock
from bot.config.settings import Settings
from schedules.opening import create_checkins
from schedules.planning import plan_sessions
from storage.database.encryption import Encryption, new_key, write_key_file
from storage.database.open_database import file_of, open_database
from storage.database.sqlite import key_file_of, open_store
from storage.database.tx import Store
from storage.maintenance.backup import back_up, count_rows, decrypt, delete_on_exit
from storage.maintenance.migrate import check_database, migrate
from storage.maintenance.restore import RestoreSummary, merge_wal, move_aside, reset_pending_work
from storage.maintenance.rotate_keys import check_keys, count_by_key, reencrypt_batch
from storage.privacy import erasures_since_backup


async def print_new_key(_settings: Settings, _options: argparse.Namespace) -> int:
    """``attune keys new``: print a new key."""
    print(new_key().text())
    return 0


async def rotate_keys(settings: Settings, _options: argparse.Namespace) -> int:
    """``attune keys rotate``: re-encrypt everything with a new key, while the bot runs.

    If the newest key in the file does not encrypt everything yet, an earlier rotation was
    interrupted, and is continued with that key.
    """
    encryption = _encryption(settings)
    # A running bot does the checkpoints.
    store = await open_database(settings.database, encryption=encryption, checkpoint=False)
    try:
        async with store.read_transaction() as tx:
            await check_database(tx)
            is_under_way = bool(set(await count_by_key(tx)) - {encryption.newest.id})
        await check_keys(store)
        path = _key_file(settings)
        if path is not None and not is_under_way:
            write_key_file(path, [new_key(), *encryption.keys])
        return await _reencrypt(store, encryption)
    finally:
        await store.close()


async def backup(settings: Settings, options: argparse.Namespace) -> int:
    """``attune backup``: make one encrypted, verified copy, while the bot runs."""
    path = _file_to_back_up(settings)
    folder = options.to or settings.backup_folder
    if folder is None:
        raise BadSettings("Use attune backup --to FOLDER, or set ATTUNE_BACKUP_FOLDER.")
    if not path.exists():
        raise BadBackup(f"There is no database {path}; check ATTUNE_DATABASE.")
    copy = back_up(path, Path(folder), encryption=_encryption(settings), at=Clock().now())
    print(f"{copy.path}: {copy.size} bytes, key {copy.key}; {_format_counts(copy.rows)}.")
    return 0


async def restore(settings: Settings, options: argparse.Namespace) -> int:
    """``attune restore``: replace the database by a backup, and reset what may be out of date."""
    path, source, encryption = _file_to_back_up(settings), Path(options.file), _encryption(settings)
    _check_restore_paths(path, source, force=options.force)
    now = Clock().now()
    restored = path.with_name(f"{path.name}.restoring")
    with delete_on_exit(restored):
        decrypt(source, restored, encryption=encryption)
        erased = erasures_since_backup.read_list(
            source.parent
        ) | erasures_since_backup.hashes_in_database(path)
        summary, erased_again = await _bring_up_to_date(restored, settings, encryption, now, erased)
        merge_wal(restored)
        rows = count_rows(restored)
        aside = move_aside(path, at=now)
        restored.replace(path)
    if aside is not None:
        print(f"The previous database is now {aside}.")
    print(f"Restored: {_format_counts(rows)}.")
    print(
        f"{summary.letters} messages cancelled, {summary.missed} check-ins recorded as missed,"
        f" {summary.therapists} therapists asked to look at their alerts,"
        f" {erased_again} patients erased again."
    )
    return 0


def _check_restore_paths(path: Path, source: Path, *, force: bool) -> None:
    """Refuse a missing backup, and to overwrite a database without --force."""
    if not source.is_file():
        raise BadBackup(f"There is no backup {source}.")
    if path.exists() and not force:
        raise BadBackup(f"{path} exists; use --force to move it aside.")


async def _bring_up_to_date(
    path: Path, settings: Settings, encryption: Encryption, now: datetime, erased: Collection[str]
) -> tuple[RestoreSummary, int]:
    """Migrate, erase again, plan the sessions since, and record their check-ins as missed."""
    store = await open_store(path, encryption=encryption)
    try:
        await migrate(store, now=now)
        await check_keys(store)
        async with store.transaction() as tx:
            erased_again = await erasures_since_backup.erase_again(tx, erased, at=now)
        await store.purge_deleted()
        await plan_sessions(store, now, settings.plan_defaults())
        await create_checkins(store, now)
        async with store.transaction() as tx:
            return await reset_pending_work(tx, at=now), erased_again
    finally:
        await store.close()


def _format_counts(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {table}" for table, number in rows.items())


def _file_to_back_up(settings: Settings) -> Path:
    path = file_of(settings.database)
    if path is None:
        raise BadSettings(
            "Back up PostgreSQL with pg_dump or point-in-time recovery; see docs/backups.md."
        )
    return path


async def _reencrypt(store: Store, encryption: Encryption) -> int:
    """Re-encrypt all rows, then count them by key in the database, to prove that none is left."""
    done = 0
    while True:
        async with store.transaction() as tx:
            count = await reencrypt_batch(tx)
        if not count:
            break
        done += count
        print(f"{done} re-encrypted", file=sys.stderr)
    async with store.read_transaction() as tx:
        old = dict(await count_by_key(tx))
    newest = old.pop(encryption.newest.id, 0)
    print(f"{newest} rows under key {encryption.newest.id}; {sum(old.values())} under old keys.")
    return 1 if old else 0


def _key_file(settings: Settings) -> Path | None:
    """Return the key file; None when the keys are in ``ATTUNE_KEYS``."""
    if settings.keys is not None:
        return None
    if settings.key_file is not None:
        return Path(settings.key_file)
    return key_file_of(database_file(settings))


def _encryption(settings: Settings) -> Encryption:
    return settings.encryption() or Encryption.from_file(key_file_of(database_file(settings)))


def database_file(settings: Settings) -> Path:
    """Return the SQLite file of the settings.

    Raises:
        BadSettings: The database is on a PostgreSQL server.
    """
    path = file_of(settings.database)
    if path is None:
        raise BadSettings("PostgreSQL has no file: set ATTUNE_KEYS or ATTUNE_KEY_FILE.")
    return path
