"""Forget what is no longer needed, and what a site keeps no longer."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from alliance.retention import Retention
from storage import ageing, audit, audit_redacting, erasure, guesses, imports, inbox, links
from storage.checkin_times import LONGEST_OPEN
from storage.tx import Store, Tx

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
        if not (await inbox.has_old(tx, now=now) or await imports.has_old(tx, now=now)):
            return aged
    async with store.transaction() as tx:
        return aged + await inbox.forget(tx, now=now) + await imports.forget(tx, now=now)


async def forget_by_age(store: Store, now: datetime, retention: Retention) -> int:
    """Forget what the site keeps no longer, and put the counts on record; once an hour."""
    async with store.reading() as tx:
        last = await inbox.last_beat(tx, PULSE)
    if last is not None and last <= now < last + EVERY:  # a clock that was set back knows no last
        return 0

    async def letters(tx: Tx) -> int:
        return await ageing.forget_letters(tx, before=retention.letters_before(now), limit=AT_ONCE)

    async def checkins(tx: Tx) -> int:
        before = retention.answers_before(now)
        if before is None:
            return 0
        found = await ageing.checkins_before(tx, before=before, limit=AT_ONCE)
        for checkin_id in found:
            await ageing.forget_checkin(tx, checkin_id)
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
        return await audit_redacting.forget_lines(tx, before=before, limit=AT_ONCE)

    counts = {
        "people": await _in_batches(store, people),
        "checkins": await _in_batches(store, checkins),
        "letters": await _in_batches(store, letters),
        "log": await _in_batches(store, log),
    }
    async with store.transaction() as tx:
        await inbox.beat(tx, name=PULSE, at=now)
        await guesses.forget(tx, now=now)
        await links.forget(tx, before=now - LONGEST_OPEN)
        if any(counts.values()):
            await audit.record(tx, actor_id=None, action="data.forgotten", after=counts, at=now)
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
