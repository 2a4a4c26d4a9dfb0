"""Another program that fetches this bot's updates: each of the two hears only a part of them."""

import logging
from collections.abc import Callable

from alliance.errors import StoreUnavailable
from bot.web.metrics import Signs
from handlers.app.services import Desk
from storage.messages import coordinator_notices

logger = logging.getLogger(__name__)

ENOUGH = 3
"""Conflicts in a row: one may be the process before this one, which Telegram has not let go."""

FORGOTTEN = 600.0
"""Seconds without one, after which the next begins a new row."""


class Rivals:
    """Counts conflicts about who may poll, and tells the coordinators when they go on.

    Args:
        desk: What handlers have at hand.
        ticks: Seconds that pass evenly.
        signs: Where those who watch see it.
    """

    def __init__(self, desk: Desk, ticks: Callable[[], float], signs: Signs) -> None:
        self._desk = desk
        self._ticks = ticks
        self._signs = signs
        self._met = 0
        self._last = -FORGOTTEN

    async def met(self) -> None:
        """Note one conflict."""
        now = self._ticks()
        self._met = 1 if now - self._last > FORGOTTEN else self._met + 1
        self._last = now
        if self._met < ENOUGH:
            return
        self._signs.rivalled()
        logger.error("another program fetches this bot's updates; stop one of the two")
        try:
            async with self._desk.store.transaction() as tx:
                await coordinator_notices.rival(tx, at=self._desk.now())
        except StoreUnavailable:
            return  # the ear says so itself when it next wants to write
        self._desk.ring()
