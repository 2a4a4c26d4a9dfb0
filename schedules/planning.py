"""Generate the sessions of the coming weeks from the plans."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from alliance.calendar.timetable import SiteDefaults
from storage.calendar import plans, quiet_hours, sessions, zone_rules
from storage.calendar.plans import Plan
from storage.calendar.schedule import generate_sessions
from storage.checkins import due, retime
from storage.database import key_values
from storage.database.tx import Store, Tx
from storage.messages import outbox

PLANNING_HORIZON = timedelta(weeks=8)
"""How far ahead sessions are generated."""

MIN_EXTENSION = timedelta(days=1)
"""A plan is extended once this much can be added."""

PLANS_PER_TRANSACTION = 1000
"""Plans in one transaction: for a large clinic the cost is the disk, at each commit."""

PLANS_PER_YIELD = 100
"""Plans after which other tasks run, such as patients' taps."""


async def plan_sessions(store: Store, now: datetime, defaults: SiteDefaults) -> int:
    """Extend every plan to eight weeks ahead; return how many sessions were saved.

    After a change of a plan or an absence, sessions are replanned from the moment of the change:
    those that had begun by then stay. Nothing is planned before a plan was created. A session
    that began during an outage is still planned: its check-in is sent late or recorded as missed.
    """
    await adopt_zone_rules(store, now)
    async with store.read_transaction() as tx:
        if not await plans.has_plans_to_extend(tx, horizon=now + PLANNING_HORIZON - MIN_EXTENSION):
            return 0
    saved = 0
    while True:
        async with store.transaction() as tx:
            waiting = await plans.to_extend(
                tx, horizon=now + PLANNING_HORIZON - MIN_EXTENSION, limit=PLANS_PER_TRANSACTION
            )
            for begin in range(0, len(waiting), PLANS_PER_YIELD):
                saved += await _plan(tx, waiting[begin : begin + PLANS_PER_YIELD], now, defaults)
                await asyncio.sleep(0)
        if len(waiting) < PLANS_PER_TRANSACTION:
            return saved


async def _plan(tx: Tx, batch: Sequence[Plan], now: datetime, defaults: SiteDefaults) -> int:
    """Save the sessions of some plans; return how many."""
    until = now + PLANNING_HORIZON
    coming = await generate_sessions(tx, batch, until=until, defaults=defaults, now=now)
    saved = await sessions.save_all(tx, coming)
    await plans.mark_extended(tx, [plan.id for plan in batch], until=until)
    changed = _owners_of_changed_plans(batch)
    await retime.retime_of_owners(tx, owner_ids=changed, site_quiet=defaults.quiet, at=now)
    await due.close_before_next(tx, owner_ids=changed, now=now)
    return saved


def _owners_of_changed_plans(batch: Sequence[Plan]) -> list[str]:
    """Return the owners whose quiet hours or next sessions may have changed."""
    return [str(plan.patient_id or plan.group_id) for plan in batch if plan.planned_until is None]


async def adopt_zone_rules(store: Store, now: datetime) -> bool:
    """Compute everything that lies ahead again if this program has other time zone rules."""
    async with store.read_transaction() as tx:
        if await zone_rules.are_current(tx):
            return False
    async with store.transaction() as tx:
        await zone_rules.adopt(tx, at=now)
        await outbox.end_quiet_wait(tx, at=now)
    return True


async def adopt_defaults(store: Store, now: datetime, defaults: SiteDefaults) -> bool:
    """Replan everything if the site's defaults have changed.

    Sessions were saved with the defaults at that time; those that have not begun follow the new
    ones. Quiet hours hold at once, also for what is waiting to be sent.
    """
    current = repr(defaults)
    async with store.transaction() as tx:
        before = await key_values.get_value(tx, "plan_defaults")
        if before == current:
            return False
        await key_values.set_value(tx, name="plan_defaults", value=current)
        await quiet_hours.save_site_quiet(tx, defaults.quiet)
        await plans.replan_all(tx, at=now)
        await retime.retime_all(tx, site_quiet=defaults.quiet, at=now)
        await outbox.end_quiet_wait(tx, at=now)
    return True
