"""Scheduled backups: one a day after its hour, the newest kept; a failure reaches a person."""

import asyncio
import logging
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path

from alliance.calendar.timing import zone_named
from alliance.errors import BadBackup, BadKey
from bot.config.settings import Settings
from storage.database import updates
from storage.database.encryption import Sealing
from storage.database.open_database import file_of
from storage.database.sqlite import key_file_of
from storage.database.tx import Store
from storage.maintenance.backup import back_up, old_backups
from storage.messages import coordinator_notices
from storage.privacy import erasure_list

logger = logging.getLogger(__name__)

PULSE = "backup"
AGAIN = timedelta(hours=1)
"""After a failure."""


class Backups:
    """Makes a backup when one is due.

    Args:
        settings: Where, when and how many; without a folder, or on PostgreSQL, none is due.
    """

    def __init__(self, settings: Settings) -> None:
        self._database = file_of(settings.database)
        self._folder = settings.backup_folder
        self._hour = time(settings.backup_hour)
        self._kept = settings.backups_kept
        self._zone = zone_named(settings.zone)
        self._sealing = settings.sealing()
        self._failed_at: datetime | None = None
        self._erased: frozenset[str] = frozenset()

    async def tick(self, store: Store, now: datetime) -> bool:
        """Make a backup if one is due; True when coordinators are told that it failed."""
        if self._folder is None or self._database is None:
            return False
        await self._remember_erased(store, Path(self._folder))
        if self._failed_at is not None and self._failed_at <= now < self._failed_at + AGAIN:
            return False
        async with store.reading() as tx:
            last = await updates.last_beat(tx, PULSE)
        # One that was made in the future was made by a wrong clock.
        if last is not None and latest(self._hour, self._zone, now) <= last <= now:
            return False
        try:
            await asyncio.to_thread(self._make, self._database, Path(self._folder), now)
        except (BadBackup, BadKey) as failed:
            logger.warning("%s", failed)
            self._failed_at = now
            async with store.transaction() as tx:
                await coordinator_notices.no_backup(tx, at=now)
            return True
        async with store.transaction() as tx:
            await updates.beat(tx, name=PULSE, at=now)
        return False

    async def _remember_erased(self, store: Store, folder: Path) -> None:
        """Put whom was erased since on the list beside the backups, so that they stay erased."""
        async with store.reading() as tx:
            found = await erasure_list.marks(tx)
        if found != self._erased:
            try:
                await asyncio.to_thread(erasure_list.add_to_list, folder, found)
            except OSError as failed:
                logger.warning("the list of whom was erased waits: %s", type(failed).__name__)
            else:
                self._erased = found

    def _make(self, database: Path, folder: Path, now: datetime) -> None:
        sealing = self._sealing or Sealing.from_file(key_file_of(database))
        made = back_up(database, folder, sealing=sealing, at=now)
        for old in old_backups(folder, keep=self._kept):
            if old != made.path:  # as it would be after ones that a wrong clock dated ahead
                old.unlink()
        logger.info("backup of %d bytes", made.size)


def latest(hour: time, zone: tzinfo, now: datetime) -> datetime:
    """Return when the last backup was due: at that local time, today or yesterday."""
    here = now.astimezone(zone)
    due = datetime.combine(here.date(), hour, zone)
    return due if due <= here else datetime.combine(here.date() - timedelta(days=1), hour, zone)
