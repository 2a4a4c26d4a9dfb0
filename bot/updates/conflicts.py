"""Another program fetches this bot's updates: each of the two gets only a part of them."""

import logging
from collections.abc import Callable

from alliance.errors import StoreUnavailable
from bot.web.metrics import ProcessStatus
from handlers.app.services import Services
from storage.messages import coordinator_notices

logger = logging.getLogger(__name__)

CONFLICTS_BEFORE_NOTICE = 3
"""Conflicts in a row; a single one may be an earlier process that Telegram still knows."""

FORGET_AFTER_SECONDS = 600.0
"""After so many seconds without a conflict, counting starts again."""


class PollingConflicts:
    """Counts polling conflicts and tells the coordinators when they continue.

    Args:
        services: What handlers have at hand.
        monotonic: Seconds of a monotonic clock.
        status: Where monitoring sees it.
    """

    def __init__(
        self, services: Services, monotonic: Callable[[], float], status: ProcessStatus
    ) -> None:
        self._services = services
        self._monotonic = monotonic
        self._status = status
        self._count = 0
        self._last = -FORGET_AFTER_SECONDS

    async def record_conflict(self) -> None:
        """Record one conflict."""
        now = self._monotonic()
        self._count = 1 if now - self._last > FORGET_AFTER_SECONDS else self._count + 1
        self._last = now
        if self._count < CONFLICTS_BEFORE_NOTICE:
            return
        self._status.record_conflict()
        logger.error("another program fetches this bot's updates; stop one of the two")
        try:
            async with self._services.store.transaction() as tx:
                await coordinator_notices.notify_polling_conflict(tx, at=self._services.now())
        except StoreUnavailable:
            return  # the poller reports that itself at its next transaction
        self._services.wake_sender()
