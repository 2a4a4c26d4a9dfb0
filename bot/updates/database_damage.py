"""A database of which a part cannot be read: work goes on around it, and people are told."""

import logging

from alliance.errors import StoreUnavailable
from bot.web.metrics import Signs
from handlers.app.services import Desk
from storage.messages import coordinator_notices

logger = logging.getLogger(__name__)


async def note_damage(desk: Desk, signs: Signs) -> None:
    """Let those who watch see it, and tell the coordinators once a day."""
    signs.is_damaged = True
    logger.error("a part of the database cannot be read; restore a backup")
    try:
        async with desk.store.transaction() as tx:
            await coordinator_notices.damaged(tx, at=desk.now())
    except StoreUnavailable:
        logger.exception("nobody can be told of the damage")
        return
    desk.ring()
