"""Notify coordinators of plans that are about to end, so that none ends by oversight."""

from datetime import datetime, timedelta

from storage.calendar import plans
from storage.database import internal_heartbeats
from storage.database.tx import Store
from storage.messages import coordinator_notices
from storage.people import people

NOTICE_PERIOD = timedelta(weeks=2)
"""How long before its last session coordinators are notified that a plan ends."""

CHECK_INTERVAL = timedelta(hours=1)
"""How often plans are checked; the messages are sent in office hours anyway."""

HEARTBEAT_NAME = "plan ends"


async def notify_plan_ends(store: Store, now: datetime) -> int:
    """Notify the coordinators of each plan that ends soon, once; return how many are new."""
    async with store.read_transaction() as tx:
        last = await internal_heartbeats.last_heartbeat(tx, HEARTBEAT_NAME)
        if last is not None and now < last + CHECK_INTERVAL:
            return 0
        ending = await plans.ending_before(tx, now=now, until=now + NOTICE_PERIOD)
    notified = 0
    async with store.transaction() as tx:
        await internal_heartbeats.record_heartbeat(tx, name=HEARTBEAT_NAME, at=now)
        for plan in ending:
            patient = plan.patient_id and await people.by_id(tx, plan.patient_id)
            if not (patient and patient.is_test):
                notified += await coordinator_notices.notify_plan_ending(
                    tx, plan_id=plan.id, at=now
                )
    return notified
