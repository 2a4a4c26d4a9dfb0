"""Escalations: unseen alerts that go to further people, and the readers' working days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alliance.alerts.escalation import EscalationReader
from alliance.calendar.holidays import NO_HOLIDAYS
from alliance.calendar.timing import zone_named
from alliance.calendar.working_time import Workdays
from alliance.people.roles_and_states import PersonState
from storage.alerts import responses
from storage.calendar import absences
from storage.database.tx import Tx, utc_text, utc_time, utc_time_or_none
from storage.messages import outbox
from storage.messages.post import alert_key
from storage.people import care, people
from storage.people.people import Person

ZONE_MARGIN = timedelta(days=1)
"""In another time zone it may still be yesterday."""


@dataclass(frozen=True, slots=True)
class UnseenAlert:
    """An alert that nobody has seen, and whether it was escalated to all its readers."""

    alert_id: str
    checkin_id: str
    created_at: datetime
    escalated_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReaderWithPerson:
    """A therapist who may read an alert, with their working days."""

    person: Person
    reader: EscalationReader

    def is_available(self, now: datetime) -> bool:
        """Say whether they are not absent today."""
        today = now.astimezone(self.reader.days.zone).date()
        return not any(first <= today <= last for first, last in self.reader.days.away)


async def due_for_check(tx: Tx, *, now: datetime, limit: int) -> Sequence[UnseenAlert]:
    """Return unseen alerts that may have to be escalated now."""
    rows = await tx.all(
        "SELECT id, checkin_id, created_at, escalated_at FROM alerts"
        " WHERE state = 'open' AND coordinators_at IS NULL AND COALESCE(look_at, created_at) <= ?"
        " ORDER BY COALESCE(look_at, created_at), id LIMIT ?",
        utc_text(now),
        limit,
    )
    return [
        UnseenAlert(
            row["id"],
            row["checkin_id"],
            utc_time(row["created_at"]),
            utc_time_or_none(row["escalated_at"]),
        )
        for row in rows
    ]


async def readers_of(
    tx: Tx, unseen: UnseenAlert, *, region: str, at: datetime
) -> list[ReaderWithPerson]:
    """Return everybody who may read an alert now and is still enrolled.

    For a reader who was notified later, with a digest, or has snoozed the alert, the waiting time
    starts then.
    """
    readers = []
    for person_id in await care.readers_of(tx, checkin_id=unseen.checkin_id, at=at):
        person = await people.by_id(tx, person_id)
        if person.state == PersonState.ENDED:
            continue
        posted_for = await outbox.not_before_of(tx, key=alert_key(unseen.alert_id, person_id))
        snoozed_until = await responses.snoozed_until(
            tx, alert_id=unseen.alert_id, therapist_id=person_id
        )
        notified_at = posted_for or unseen.created_at
        waits_from = max(notified_at, snoozed_until or notified_at)
        days = await workdays_of(tx, person, region=region, since=unseen.created_at)
        readers.append(ReaderWithPerson(person, EscalationReader(waits_from, days)))
    return readers


async def readers_to_remind(tx: Tx, *, alert_id: str, at: datetime) -> tuple[list[str], list[str]]:
    """Return the codes of an alert's readers who are available, and of those who are absent."""
    row = await tx.one("SELECT id, checkin_id, created_at FROM alerts WHERE id = ?", alert_id)
    if row is None:
        return [], []
    unseen = UnseenAlert(row["id"], row["checkin_id"], utc_time(row["created_at"]), None)
    readers = await readers_of(tx, unseen, region=NO_HOLIDAYS, at=at)
    available = sorted(one.person.code for one in readers if one.is_available(at))
    absent = sorted(one.person.code for one in readers if not one.is_available(at))
    return available, absent


async def workdays_of(tx: Tx, person: Person, *, region: str, since: datetime) -> Workdays:
    """Return the days on which a person works."""
    away = await absences.of_person(tx, person_id=person.id, from_day=(since - ZONE_MARGIN).date())
    return Workdays(
        zone_named(person.zone), region, tuple((one.first_day, one.last_day) for one in away)
    )


async def record_sent_to_readers(tx: Tx, *, alert_id: str, at: datetime) -> None:
    """Record that all readers of an alert were reminded of it."""
    await tx.run("UPDATE alerts SET escalated_at = ? WHERE id = ?", utc_text(at), alert_id)


async def record_sent_to_coordinators(tx: Tx, *, alert_id: str, at: datetime) -> None:
    """Record that the coordinators were notified of an alert: the last step."""
    await tx.run("UPDATE alerts SET coordinators_at = ? WHERE id = ?", utc_text(at), alert_id)


async def set_next_check(tx: Tx, *, alert_id: str, at: datetime) -> None:
    """Set when to check an alert next."""
    await tx.run("UPDATE alerts SET look_at = ? WHERE id = ?", utc_text(at), alert_id)
