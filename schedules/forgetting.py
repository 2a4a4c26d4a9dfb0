"""Forget what is no longer needed, and what a site keeps no longer."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from alliance.privacy.retention import Retention
from storage.audit import audit_log, redaction
from storage.checkins import page_links
from storage.checkins.due import LONGEST_OPEN
from storage.database import updates
from storage.database.tx import Store, Tx
from storage.files import imports
from storage.people import failed_links
from storage.privacy import erasure
from storage.privacy import retention as privacy_retention

AT_ONCE = 50
"""Few enough that a tap in between does not wait."""

EVERY = timedelta(hours=1)
"""How often it is looked for what is too old; nobody waits for it."""

PULSE = "forgetting"


async def forget(store: Store, now: datetime, retention: Retention) -> int:
    """Forget updates that cannot be repeated, files that nobody applied, and what is too old.

    Returns:
        How many of them all.
    """
    aged = await forget_by_age(store, now, retention)
    async with store.reading() as tx:
        if not (await updates.has_old(tx, now=now) or await imports.has_old(tx, now=now)):
            return aged
    async with store.transaction() as tx:
        return aged + await updates.forget(tx, now=now) + await imports.forget(tx, now=now)


async def forget_by_age(store: Store, now: datetime, retention: Retention) -> int:
    """Forget what the site keeps no longer, and put the counts on record; once an hour."""
    async with store.reading() as tx:
        last = await updates.last_beat(tx, PULSE)
    if last is not None and last <= now < last + EVERY:  # a clock that was set back knows no last
        return 0

    async def letters(tx: Tx) -> int:
        return await privacy_retention.forget_letters(
            tx, before=retention.letters_before(now), limit=AT_ONCE
        )

    async def checkins(tx: Tx) -> int:
        before = retention.answers_before(now)
        if before is None:
            return 0
        found = await privacy_retention.checkins_before(tx, before=before, limit=AT_ONCE)
        for checkin_id in found:
            await privacy_retention.forget_checkin(tx, checkin_id)
        return len(found)

    async def people(tx: Tx) -> int:
        before = retention.ended_before(now)
        found = await erasure.ended_before(tx, before=before, limit=AT_ONCE)
        for patient in found:
            await erasure.erase(tx, patient=patient, by_role="clock", actor_id=None, at=now)
        return len(found)

    async def log(tx: Tx) -> int:
        before = retention.audit_before(now)
        if before is None:
            return 0
        return await redaction.forget_lines(tx, before=before, limit=AT_ONCE)

    counts = {
        "people": await _in_batches(store, people),
        "checkins": await _in_batches(store, checkins),
        "letters": await _in_batches(store, letters),
        "log": await _in_batches(store, log),
    }
    async with store.transaction() as tx:
        await updates.beat(tx, name=PULSE, at=now)
        await failed_links.forget(tx, now=now)
        await page_links.forget(tx, before=now - LONGEST_OPEN)
        if any(counts.values()):
            await audit_log.record(tx, actor_id=None, action="data.forgotten", after=counts, at=now)
    if counts["people"] or counts["checkins"]:
        await store.settle()
    return sum(counts.values())


async def _in_batches(store: Store, some: Callable[[Tx], Awaitable[int]]) -> int:
    """Forget a few at a time until nothing is left; return how many."""
    forgotten = 0
    while True:
        async with store.transaction() as tx:
            count = await some(tx)
        forgotten += count
        if count < AT_ONCE:
            return forgotten
