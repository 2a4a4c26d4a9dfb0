"""Send each therapist's digest at their local time, once a day at most."""

from datetime import datetime

from alliance.alerts.alert_settings import AlertSettings
from alliance.calendar.timing import zone_named
from alliance.caseload.digest import due_day, next_check_at
from alliance.people.roles_and_states import PersonState
from storage.caseload import digests
from storage.caseload.digests import DigestCandidate
from storage.database.tx import Store, Tx
from storage.messages import outbox
from storage.messages.post import post_digest

BATCH_SIZE = 50


async def post_digests(store: Store, now: datetime, alert_settings: AlertSettings) -> int:
    """Post the digests that are due; return how many.

    The day is part of the message's key and saved with the settings: a second tick, a restart or
    a repeated hour changes nothing. A missed digest is posted on the same day or not at all.
    """
    posted = 0
    while True:
        async with store.transaction() as tx:
            waiting = await digests.due_for_check(tx, now=now, limit=BATCH_SIZE)
            for candidate in waiting:
                posted += await _post_if_due(tx, candidate, now, alert_settings)
        if len(waiting) < BATCH_SIZE:
            return posted


async def _post_if_due(
    tx: Tx, candidate: DigestCandidate, now: datetime, alert_settings: AlertSettings
) -> bool:
    zone = zone_named(candidate.person.zone)
    today = now.astimezone(zone).date()
    sessions = await digests.appointments_on_day(tx, person=candidate.person, day=today, at=now)
    day = due_day(
        now,
        candidate.settings,
        quiet=alert_settings.quiet,
        zone=zone,
        has_session=lambda day: day == today and bool(sessions),
    )
    is_due = (
        day is not None
        and day != candidate.last_day
        and candidate.person.state == PersonState.ACTIVE
    )
    if day is not None and is_due:
        await post_digest(tx, therapist_id=candidate.person.id, day=day, at=now)
        if candidate.settings.alerts_wait:
            await outbox.cancel_digest_alerts(tx, person_id=candidate.person.id)
    await digests.record_check(
        tx,
        person_id=candidate.person.id,
        next_check=next_check_at(now, candidate.settings, quiet=alert_settings.quiet, zone=zone),
        sent_for=day if is_due else None,
    )
    return is_due
