"""Forget what is no longer needed."""

from datetime import datetime

from storage import imports, inbox
from storage.tx import Store


async def forget(store: Store, now: datetime) -> int:
    """Forget updates that cannot be repeated and files that nobody applied; return how many."""
    async with store.reading() as tx:
        if not (await inbox.has_old(tx, now=now) or await imports.has_old(tx, now=now)):
            return 0
    async with store.transaction() as tx:
        return await inbox.forget(tx, now=now) + await imports.forget(tx, now=now)
