"""Let an alert that nobody has seen go on: to all who may read it, then to the coordinators."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alliance.alerts.alert_settings import Patience
from alliance.alerts.escalation import Steps, steps
from alliance.calendar.working_time import in_working_hours
from storage.alerts import escalations
from storage.alerts.escalations import Known, Unseen
from storage.audit import audit_log
from storage.database.tx import Store, Tx
from storage.messages import outbox
from storage.people import people

AT_ONCE = 50

AT_LEAST = timedelta(hours=1)
"""An alert is looked at so often: absences may have been entered or taken back since."""


async def escalate(store: Store, now: datetime, patience: Patience) -> int:
    """Let unseen alerts go on whose time is over; return how many steps were taken.

    Each step is one transaction that posts its letters under unique keys and notes that it was
    taken, so a crash, a restart or a second tick changes nothing.
    """
    taken = 0
    while True:
        async with store.transaction() as tx:
            waiting = await escalations.to_look_at(tx, now=now, limit=AT_ONCE)
            for unseen in waiting:
                taken += await _look(tx, unseen, now, patience)
        if len(waiting) < AT_ONCE:
            return taken


async def _look(tx: Tx, unseen: Unseen, now: datetime, patience: Patience) -> int:
    readers = await escalations.readers_of(tx, unseen, region=patience.region, at=now)
    due = steps(
        raised_at=unseen.created_at,
        escalated_at=unseen.escalated_at,
        patience=patience.escalate_after,
        readers=[known.reader for known in readers],
    )
    taken = 0
    if due.readers_at is not None and due.readers_at <= now:
        await _to_readers(tx, unseen, readers, now, patience)
        taken += 1
    if due.coordinators_at is not None and due.coordinators_at <= now:
        taken += await _to_coordinators(tx, unseen, now, patience)
    await escalations.look_again(tx, alert_id=unseen.alert_id, at=_next_look(due, now))
    return taken


def _next_look(due: Steps, now: datetime) -> datetime:
    later = [at for at in (due.readers_at, due.coordinators_at) if at is not None and at > now]
    return min([*later, now + AT_LEAST])


async def _to_readers(
    tx: Tx, unseen: Unseen, readers: Sequence[Known], now: datetime, patience: Patience
) -> None:
    """Post the alert to everybody who may read it and is there; to all where nobody is."""
    here = [known for known in readers if known.is_here(now)] or readers
    for known in here:
        await outbox.post(
            tx,
            key=f"again:{unseen.alert_id}:{known.person.id}",
            kind="alert_again",
            person_id=known.person.id,
            subject_id=unseen.alert_id,
            at=now,
            not_before=in_working_hours(now, patience.quiet, known.reader.days),
        )
    await escalations.gone_to_readers(tx, alert_id=unseen.alert_id, at=now)
    await audit_log.record(
        tx,
        actor_id=None,
        action="alert.reminded",
        subject_id=unseen.alert_id,
        after={"people": len(here)},
        at=now,
    )


async def _to_coordinators(tx: Tx, unseen: Unseen, now: datetime, patience: Patience) -> bool:
    """Tell every coordinator, without content; False when there is none to tell."""
    coordinators = await people.of_role(tx, "coordinator")
    for coordinator in coordinators:
        days = await escalations.workdays_of(tx, coordinator, region=patience.region, since=now)
        await outbox.post(
            tx,
            key=f"unseen:{unseen.alert_id}:{coordinator.id}",
            kind="unseen",
            person_id=coordinator.id,
            subject_id=unseen.alert_id,
            at=now,
            not_before=in_working_hours(now, patience.quiet, days),
        )
    if coordinators:
        await escalations.gone_to_coordinators(tx, alert_id=unseen.alert_id, at=now)
        await audit_log.record(
            tx,
            actor_id=None,
            action="alert.escalated",
            subject_id=unseen.alert_id,
            after={"people": len(coordinators)},
            at=now,
        )
    return bool(coordinators)
