"""Put the sessions of the coming weeks into the table, from the plans."""

from datetime import datetime, timedelta

from alliance.sessions import occurrences
from storage import plans, sessions
from storage.tx import Store

AHEAD = timedelta(weeks=4)
"""How far ahead sessions stand in the table."""

AGAIN = timedelta(days=1)
"""A plan is looked at again once it has been extended by this much."""

PLANS_AT_ONCE = 50


async def plan_sessions(store: Store, now: datetime) -> int:
    """Extend every plan up to four weeks ahead; return how many sessions were added.

    Nothing before the plan was made is ever planned, and a session that began while we
    were away still is: its check-in is then sent late, or noted as missed.
    """
    added = 0
    while True:
        async with store.transaction() as tx:
            waiting = await plans.to_extend(tx, horizon=now + AHEAD - AGAIN, limit=PLANS_AT_ONCE)
            for plan in waiting:
                coming = occurrences(
                    plan.rule,
                    first_day=plan.first_day,
                    wall_time=plan.wall_time,
                    zone=plan.zone,
                    duration=plan.duration,
                    after=plan.planned_until or plan.created_at,
                    until=now + AHEAD,
                )
                for occurrence in coming:
                    added += await sessions.plan_one(tx, plan=plan, occurrence=occurrence, at=now)
                await plans.extended(tx, plan_id=plan.id, until=now + AHEAD)
        if len(waiting) < PLANS_AT_ONCE:
            return added
