"""Escalate alerts that nobody has seen: to everybody who may read them, then to coordinators."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alliance.alerts.alert_settings import AlertSettings
from alliance.alerts.escalation import EscalationTimes, escalation_times
from alliance.calendar.working_time import next_working_time
from alliance.people.roles_and_states import PersonRole
from storage.alerts import escalations
from storage.alerts.escalations import ReaderWithPerson, UnseenAlert
from storage.audit.change import Change
from storage.database.tx import Store, Tx
from storage.messages.post import post_alert_again, post_unseen
from storage.people import people

BATCH_SIZE = 50

RECHECK_INTERVAL = timedelta(hours=1)
"""An alert is checked this often: absences may have been added or withdrawn since."""


async def escalate(store: Store, now: datetime, alert_settings: AlertSettings) -> int:
    """Escalate unseen alerts that are due; return how many steps were taken.

    Each step is one transaction that posts its messages under unique keys and records the step,
    so a crash, a restart or a second tick changes nothing.
    """
    taken = 0
    while True:
        async with store.transaction() as tx:
            waiting = await escalations.due_for_check(tx, now=now, limit=BATCH_SIZE)
            for unseen in waiting:
                taken += await _escalate_alert(tx, unseen, now, alert_settings)
        if len(waiting) < BATCH_SIZE:
            return taken


async def _escalate_alert(
    tx: Tx, unseen: UnseenAlert, now: datetime, alert_settings: AlertSettings
) -> int:
    readers = await escalations.readers_of(tx, unseen, region=alert_settings.region, at=now)
    due = escalation_times(
        raised_at=unseen.created_at,
        escalated_at=unseen.escalated_at,
        escalate_after=alert_settings.escalate_after,
        readers=[reader.reader for reader in readers],
    )
    taken = 0
    if due.readers_at is not None and due.readers_at <= now:
        await _post_to_readers(tx, unseen, readers, now, alert_settings)
        taken += 1
    if due.coordinators_at is not None and due.coordinators_at <= now:
        taken += await _post_to_coordinators(tx, unseen, now, alert_settings)
    await escalations.set_next_check(tx, alert_id=unseen.alert_id, at=_next_check(due, now))
    return taken


def _next_check(due: EscalationTimes, now: datetime) -> datetime:
    later = [at for at in (due.readers_at, due.coordinators_at) if at is not None and at > now]
    return min([*later, now + RECHECK_INTERVAL])


async def _post_to_readers(
    tx: Tx,
    unseen: UnseenAlert,
    readers: Sequence[ReaderWithPerson],
    now: datetime,
    alert_settings: AlertSettings,
) -> None:
    """Post the alert to everybody who may read it and is present; to all of them if nobody is."""
    available = [reader for reader in readers if reader.is_available(now)] or readers
    for reader in available:
        await post_alert_again(
            tx,
            alert_id=unseen.alert_id,
            therapist_id=reader.person.id,
            at=now,
            not_before=next_working_time(now, alert_settings.quiet, reader.reader.days),
        )
    await escalations.record_sent_to_readers(tx, alert_id=unseen.alert_id, at=now)
    facts = {"people": len(available)}
    await Change(tx, None, now).record("alert.reminded", unseen.alert_id, after=facts)


async def _post_to_coordinators(
    tx: Tx, unseen: UnseenAlert, now: datetime, alert_settings: AlertSettings
) -> bool:
    """Notify every coordinator, without content; False when there is none."""
    coordinators = await people.of_role(tx, PersonRole.COORDINATOR)
    for coordinator in coordinators:
        days = await escalations.workdays_of(
            tx, coordinator, region=alert_settings.region, since=now
        )
        await post_unseen(
            tx,
            alert_id=unseen.alert_id,
            coordinator_id=coordinator.id,
            at=now,
            not_before=next_working_time(now, alert_settings.quiet, days),
        )
    if coordinators:
        await escalations.record_sent_to_coordinators(tx, alert_id=unseen.alert_id, at=now)
        facts = {"people": len(coordinators)}
        await Change(tx, None, now).record("alert.escalated", unseen.alert_id, after=facts)
    return bool(coordinators)
