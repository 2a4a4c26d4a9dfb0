"""A database of which a part cannot be read: work goes on around it, and people are told."""

import logging

from alliance.errors import StoreUnavailable
from bot.metrics import Signs
from handlers.desk import Desk
from storage import trouble

logger = logging.getLogger(__name__)


async def note_damage(desk: Desk, signs: Signs) -> None:
    """Let those who watch see it, and tell the coordinators once a day."""
    signs.is_damaged = True
    logger.error("a part of the database cannot be read; restore a backup")
    try:
        async with desk.store.transaction() as tx:
            await trouble.damaged(tx, at=desk.now())
    except StoreUnavailable:
        logger.exception("nobody can be told of the damage")
        return
    desk.ring()
