"""Put the sessions of the coming weeks into the table, from the plans."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from alliance.calendar.timetable import Defaults
from storage.calendar import plans, sessions
from storage.calendar.plans import Plan
from storage.calendar.schedule import lay_out
from storage.checkins import due
from storage.database import updates
from storage.database.tx import Store, Tx

AHEAD = timedelta(weeks=8)
"""How far ahead sessions stand in the table."""

AGAIN = timedelta(days=1)
"""A plan is looked at again once it can be extended by this much."""

PLANS_AT_ONCE = 1000
"""Plans in one transaction: what planning a large clinic costs is the disk, at each commit."""

IN_A_BREATH = 100
"""Plans after which others have their turn, such as patients who tap."""


async def plan_sessions(store: Store, now: datetime, defaults: Defaults) -> int:
    """Extend every plan up to eight weeks ahead; return how many sessions were put in place.

    A plan that was changed, or somebody's absence, is planned anew from the moment of the
    change: what had begun by then stays. Nothing before a plan was made is ever planned, and
    a session that began while we were away still is: its check-in is then sent late, or
    noted as missed.
    """
    async with store.reading() as tx:
        if not await plans.is_any_to_extend(tx, horizon=now + AHEAD - AGAIN):
            return 0
    kept = 0
    while True:
        async with store.transaction() as tx:
            waiting = await plans.to_extend(tx, horizon=now + AHEAD - AGAIN, limit=PLANS_AT_ONCE)
            for begin in range(0, len(waiting), IN_A_BREATH):
                kept += await _plan(tx, waiting[begin : begin + IN_A_BREATH], now, defaults)
                await asyncio.sleep(0)
        if len(waiting) < PLANS_AT_ONCE:
            return kept


async def _plan(tx: Tx, some: Sequence[Plan], now: datetime, defaults: Defaults) -> int:
    """Put the sessions of some plans in place; return how many."""
    until = now + AHEAD
    coming = await lay_out(tx, some, until=until, defaults=defaults, now=now)
    kept = await sessions.keep_all(tx, coming)
    await plans.extended(tx, [plan.id for plan in some], until=until)
    await due.close_before_next(tx, whose=_changed(some), now=now)
    return kept


def _changed(waiting: Sequence[Plan]) -> list[str]:
    """Return whose sessions may now begin earlier than their open check-ins know."""
    return [str(plan.patient_id or plan.group_id) for plan in waiting if plan.planned_until is None]


async def adopt_defaults(store: Store, now: datetime, defaults: Defaults) -> bool:
    """Let every plan be planned anew where the site's defaults are others than before.

    Sessions in the table carry what was so when they were planned; those that have not begun
    follow the settings from here on.
    """
    written = repr(defaults)
    async with store.transaction() as tx:
        before = await updates.recall(tx, "plan_defaults")
        if before == written:
            return False
        await updates.learn(tx, name="plan_defaults", value=written)
        await plans.plan_anew_all(tx, at=now)
    return True
