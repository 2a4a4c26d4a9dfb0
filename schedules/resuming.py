"""Let those whose pause is over be asked again."""

from datetime import datetime

from storage.audit import audit_log
from storage.database.tx import Store
from storage.people import people


async def resume(store: Store, now: datetime) -> int:
    """End every pause that had an end and has come to it; return how many there were."""
    async with store.reading() as tx:
        if not await people.to_resume(tx, now=now):
            return 0
    async with store.transaction() as tx:
        rested = await people.to_resume(tx, now=now)
        for person_id in rested:
            await people.end_pause(tx, person_id=person_id)
            await audit_log.record(
                tx, actor_id=None, action="pause.over", subject_id=person_id, at=now
            )
    return len(rested)
