"""Forget what is no longer needed."""

from datetime import datetime

from storage import inbox
from storage.tx import Store


async def forget(store: Store, now: datetime) -> int:
    """Forget the ids of updates that Telegram can no longer repeat; return how many."""
    async with store.reading() as tx:
        if not await inbox.has_old(tx, now=now):
            return 0
    async with store.transaction() as tx:
        return await inbox.forget(tx, now=now)
