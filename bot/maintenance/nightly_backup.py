"""Scheduled backups: one a day, the newest kept. Coordinators are told of a failure."""

import asyncio
import logging
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path

from alliance.calendar.timing import zone_named
from alliance.errors import BadBackup, BadKey
from bot.config.settings import Settings
from storage.database import internal_heartbeats
from storage.database.encryption import Encryption
from storage.database.open_database import file_of
from storage.database.sqlite import key_file_of
from storage.database.tx import Store
from storage.maintenance.backup import back_up, old_backups
from storage.messages import coordinator_notices
from storage.privacy import erasures_since_backup

logger = logging.getLogger(__name__)

BACKUP_HEARTBEAT = "backup"
RETRY_AFTER = timedelta(hours=1)
"""After a failure."""


class NightlyBackup:
    """Makes a backup when one is due; never without a backup folder, or on PostgreSQL."""

    def __init__(self, settings: Settings) -> None:
        self._database = file_of(settings.database)
        self._folder = settings.backup_folder
        self._hour = time(settings.backup_hour)
        self._keep = settings.backups_kept
        self._zone = zone_named(settings.zone)
        self._encryption = settings.encryption()
        self._failed_at: datetime | None = None
        self._erasure_list: frozenset[str] = frozenset()

    async def tick(self, store: Store, now: datetime) -> bool:
        """Make a backup if one is due; return True if it failed and coordinators are notified."""
        if self._folder is None or self._database is None:
            return False
        await self._update_erasure_list(store, Path(self._folder))
        if self._failed_at is not None and self._failed_at <= now < self._failed_at + RETRY_AFTER:
            return False
        async with store.read_transaction() as tx:
            last = await internal_heartbeats.last_heartbeat(tx, BACKUP_HEARTBEAT)
        # A backup from the future was made with a wrong clock.
        if last is not None and last_due_at(self._hour, self._zone, now) <= last <= now:
            return False
        try:
            await asyncio.to_thread(self._make, self._database, Path(self._folder), now)
        except (BadBackup, BadKey) as error:
            logger.warning("%s", error)
            self._failed_at = now
            async with store.transaction() as tx:
                await coordinator_notices.notify_no_backup(tx, at=now)
            return True
        async with store.transaction() as tx:
            await internal_heartbeats.record_heartbeat(tx, name=BACKUP_HEARTBEAT, at=now)
        return False

    async def _update_erasure_list(self, store: Store, folder: Path) -> None:
        """Add newly erased people to the list beside the backups, so that they stay erased."""
        async with store.read_transaction() as tx:
            erased = await erasures_since_backup.hashes(tx)
        if erased != self._erasure_list:
            try:
                await asyncio.to_thread(erasures_since_backup.add_to_list, folder, erased)
            except OSError as error:
                logger.warning("cannot write the erasure list yet: %s", type(error).__name__)
            else:
                self._erasure_list = erased

    def _make(self, database: Path, folder: Path, now: datetime) -> None:
        encryption = self._encryption or Encryption.from_file(key_file_of(database))
        backup = back_up(database, folder, encryption=encryption, at=now)
        for old in old_backups(folder, keep=self._keep):
            if old != backup.path:  # it may be the oldest, if a wrong clock dated others ahead
                old.unlink()
        logger.info("backup of %d bytes", backup.size)


def last_due_at(hour: time, zone: tzinfo, now: datetime) -> datetime:
    """Return the time at which the last backup was due, today or yesterday."""
    here = now.astimezone(zone)
    due = datetime.combine(here.date(), hour, zone)
    return due if due <= here else datetime.combine(here.date() - timedelta(days=1), hour, zone)
