"""Send each therapist's digest at their local time, once a day at most."""

from datetime import datetime

from alliance.alerts.alert_settings import Patience
from alliance.calendar.timing import zone_named
from alliance.caseload.digest import day_due, next_look
from storage.caseload import digests
from storage.caseload.digests import Waiting
from storage.database.tx import Store, Tx
from storage.messages import outbox

AT_ONCE = 50


async def digest(store: Store, now: datetime, patience: Patience) -> int:
    """Post the digests that are due; return how many.

    The day is part of the letter's key and kept beside the habit: a second tick, a restart or an
    hour that comes twice changes nothing. What was missed comes the same day or not at all.
    """
    posted = 0
    while True:
        async with store.transaction() as tx:
            waiting = await digests.to_look_at(tx, now=now, limit=AT_ONCE)
            for one in waiting:
                posted += await _look(tx, one, now, patience)
        if len(waiting) < AT_ONCE:
            return posted


async def _look(tx: Tx, one: Waiting, now: datetime, patience: Patience) -> bool:
    zone = zone_named(one.person.zone)
    today = now.astimezone(zone).date()
    sessions = await digests.on_day(tx, person=one.person, day=today, at=now)
    day = day_due(
        now,
        one.habit,
        quiet=patience.quiet,
        zone=zone,
        has_session=lambda day: day == today and bool(sessions),
    )
    sends = day is not None and day != one.last_day and one.person.state == "active"
    if day is not None and sends:
        await outbox.post(
            tx,
            key=f"digest:{one.person.id}:{day.isoformat()}",
            kind="digest",
            person_id=one.person.id,
            subject_id=one.person.id,
            at=now,
        )
        if one.habit.alerts_wait:
            await outbox.cancel_put_off_alerts(
                tx, person_id=one.person.id, reason="told in the digest"
            )
    await digests.looked(
        tx,
        person_id=one.person.id,
        next_look=next_look(now, one.habit, quiet=patience.quiet, zone=zone),
        sent_for=day if sends else None,
    )
    return sends
