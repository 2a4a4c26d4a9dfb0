"""Resume patients whose pause is over."""

from datetime import datetime

from storage.audit.change import Change
from storage.database.tx import Store
from storage.people import change_status, people


async def resume(store: Store, now: datetime) -> int:
    """End every pause whose end has come; return how many there were."""
    async with store.read_transaction() as tx:
        if not await people.due_to_resume(tx, now=now):
            return 0
    async with store.transaction() as tx:
        return await change_status.end_pauses(Change(tx, None, now))
