"""Delete what is no longer needed, and what has passed the site's retention periods."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from alliance.privacy.retention import Retention
from storage.audit import redaction
from storage.audit.change import Change
from storage.checkins import page_links
from storage.checkins.retime import LONGEST_OPEN
from storage.database import internal_heartbeats, updates
from storage.database.tx import Store, Tx
from storage.files import imports
from storage.people import failed_links
from storage.privacy import erasure
from storage.privacy import retention as privacy_retention

BATCH_SIZE = 50
"""Few enough that a tap in between does not have to wait."""

RUN_INTERVAL = timedelta(hours=1)
"""How often the retention periods are applied."""

HEARTBEAT_NAME = "forgetting"


async def forget(store: Store, now: datetime, retention: Retention) -> int:
    """Delete old updates, files that nobody applied, and what has passed its retention period.

    Returns:
        How many in total.
    """
    aged = await forget_by_age(store, now, retention)
    async with store.read_transaction() as tx:
        if not (await updates.has_old_updates(tx, now=now) or await imports.has_old(tx, now=now)):
            return aged
    async with store.transaction() as tx:
        return aged + await updates.forget_updates(tx, now=now) + await imports.forget(tx, now=now)


async def forget_by_age(store: Store, now: datetime, retention: Retention) -> int:
    """Delete what has passed its retention period and record the counts; once an hour."""
    async with store.read_transaction() as tx:
        last = await internal_heartbeats.last_heartbeat(tx, HEARTBEAT_NAME)
    # If the clock was set back, the last run is in the future and does not count.
    if last is not None and last <= now < last + RUN_INTERVAL:
        return 0

    async def messages(tx: Tx) -> int:
        return await privacy_retention.forget_messages(
            tx, before=retention.messages_before(now), limit=BATCH_SIZE
        )

    async def checkins(tx: Tx) -> int:
        before = retention.answers_before(now)
        if before is None:
            return 0
        checkin_ids = await privacy_retention.checkins_before(tx, before=before, limit=BATCH_SIZE)
        for checkin_id in checkin_ids:
            await privacy_retention.forget_checkin(tx, checkin_id)
        return len(checkin_ids)

    async def people(tx: Tx) -> int:
        before = retention.ended_before(now)
        patients = await erasure.patients_ended_before(tx, before=before, limit=BATCH_SIZE)
        for patient in patients:
            await erasure.erase(Change(tx, None, now), patient)
        return len(patients)

    async def log(tx: Tx) -> int:
        before = retention.audit_before(now)
        if before is None:
            return 0
        return await redaction.forget_entries(tx, before=before, limit=BATCH_SIZE)

    counts = {
        "people": await _forget_in_batches(store, people),
        "checkins": await _forget_in_batches(store, checkins),
        "letters": await _forget_in_batches(store, messages),
        "log": await _forget_in_batches(store, log),
    }
    async with store.transaction() as tx:
        await internal_heartbeats.record_heartbeat(tx, name=HEARTBEAT_NAME, at=now)
        await failed_links.forget(tx, now=now)
        await page_links.forget(tx, before=now - LONGEST_OPEN)
        if any(counts.values()):
            await Change(tx, None, now).record("data.forgotten", None, after=counts)
    if counts["people"] or counts["checkins"]:
        await store.purge_deleted()
    return sum(counts.values())


async def _forget_in_batches(store: Store, forget_batch: Callable[[Tx], Awaitable[int]]) -> int:
    """Delete a batch at a time until nothing is left; return how many."""
    forgotten = 0
    while True:
        async with store.transaction() as tx:
            count = await forget_batch(tx)
        forgotten += count
        if count < BATCH_SIZE:
            return forgotten
