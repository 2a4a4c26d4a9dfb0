"""A part of the database cannot be read: work continues, and coordinators are told."""

import logging

from alliance.errors import StoreUnavailable
from bot.web.metrics import ProcessStatus
from handlers.app.services import Services
from storage.messages import coordinator_notices

logger = logging.getLogger(__name__)


async def report_damage(services: Services, status: ProcessStatus) -> None:
    """Show the damage to monitoring, and tell the coordinators once a day."""
    status.is_damaged = True
    logger.error("a part of the database cannot be read; restore a backup")
    try:
        async with services.store.transaction() as tx:
            await coordinator_notices.notify_database_damage(tx, at=services.now())
    except StoreUnavailable:
        logger.exception("coordinators cannot be told of the damage")
        return
    services.wake_sender()
