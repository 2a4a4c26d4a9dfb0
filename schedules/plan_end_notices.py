"""Notice plans that are about to end, so that nobody falls silent by oversight."""

from datetime import datetime, timedelta

from storage.calendar import plans
from storage.database import updates
from storage.database.tx import Store
from storage.messages import coordinator_notices
from storage.people import people

SOON = timedelta(weeks=2)
"""So long before its last session a coordinator hears that a plan ends."""

EVERY = timedelta(hours=1)
"""How often plans are looked through; the letters leave in office hours anyway."""

PULSE = "plan ends"


async def notice_endings(store: Store, now: datetime) -> int:
    """Tell the coordinators of each plan that ends soon, once; return how many are new."""
    async with store.reading() as tx:
        last = await updates.last_beat(tx, PULSE)
        if last is not None and now < last + EVERY:
            return 0
        ending = await plans.ending_before(tx, now=now, until=now + SOON)
    told = 0
    async with store.transaction() as tx:
        await updates.beat(tx, name=PULSE, at=now)
        for plan in ending:
            patient = plan.patient_id and await people.by_id(tx, plan.patient_id)
            if not (patient and patient.is_test):
                told += await coordinator_notices.plan_ends(tx, plan_id=plan.id, at=now)
    return told
