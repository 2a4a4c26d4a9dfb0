"""Escalations: unseen alerts that go on to others, and whose working days count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alliance.alerts.escalation import Reader
from alliance.calendar.holidays import NO_HOLIDAYS
from alliance.calendar.timing import zone_named
from alliance.calendar.working_time import Workdays
from storage.alerts import responses
from storage.calendar import absences
from storage.database.tx import Tx, at_text, at_time, at_time_or_none
from storage.people import care, people
from storage.people.people import Person

BEFORE = timedelta(days=1)
"""Somebody's yesterday may still be going on elsewhere."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """An alert that nobody has seen, and how far it has gone on."""

    alert_id: str
    checkin_id: str
    created_at: datetime
    escalated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who may read an alert, with their days."""

    person: Person
    reader: Reader

    def is_here(self, now: datetime) -> bool:
        """Say whether they are not away today."""
        today = now.astimezone(self.reader.days.zone).date()
        return not any(first <= today <= last for first, last in self.reader.days.away)


async def to_look_at(tx: Tx, *, now: datetime, limit: int) -> Sequence[Unseen]:
    """Return unseen alerts that may have to go on by now."""
    rows = await tx.all(
        "SELECT id, checkin_id, created_at, escalated_at FROM alerts"
        " WHERE state = 'open' AND coordinators_at IS NULL AND COALESCE(look_at, created_at) <= ?"
        " ORDER BY COALESCE(look_at, created_at), id LIMIT ?",
        at_text(now),
        limit,
    )
    return [
        Unseen(
            row["id"],
            row["checkin_id"],
            at_time(row["created_at"]),
            at_time_or_none(row["escalated_at"]),
        )
        for row in rows
    ]


async def readers_of(tx: Tx, unseen: Unseen, *, region: str, at: datetime) -> list[Known]:
    """Return everybody who may read an alert now and still takes part.

    Who was told later, with a digest, or has put the alert off, has had it since then.
    """
    found = []
    for person_id in await care.readers_of(tx, checkin_id=unseen.checkin_id, at=at):
        person = await people.by_id(tx, person_id)
        if person.state == "ended":
            continue
        letter = await tx.one(
            "SELECT not_before FROM outbox WHERE key = ?", f"alert:{unseen.alert_id}:{person_id}"
        )
        put_off = await responses.snoozed_until(
            tx, alert_id=unseen.alert_id, therapist_id=person_id
        )
        told_at = unseen.created_at if letter is None else at_time(letter["not_before"])
        days = await workdays_of(tx, person, region=region, since=unseen.created_at)
        found.append(Known(person, Reader(max(told_at, put_off or told_at), days)))
    return found


async def whom_to_remind(tx: Tx, *, alert_id: str, at: datetime) -> tuple[list[str], list[str]]:
    """Return the codes of those who may read an alert and are there, and of those who are away."""
    row = await tx.one("SELECT id, checkin_id, created_at FROM alerts WHERE id = ?", alert_id)
    if row is None:
        return [], []
    unseen = Unseen(row["id"], row["checkin_id"], at_time(row["created_at"]), None)
    found = await readers_of(tx, unseen, region=NO_HOLIDAYS, at=at)
    here = sorted(known.person.code for known in found if known.is_here(at))
    away = sorted(known.person.code for known in found if not known.is_here(at))
    return here, away


async def workdays_of(tx: Tx, person: Person, *, region: str, since: datetime) -> Workdays:
    """Return on which days somebody is at work."""
    away = await absences.of_person(tx, person_id=person.id, from_day=(since - BEFORE).date())
    return Workdays(
        zone_named(person.zone), region, tuple((one.first_day, one.last_day) for one in away)
    )


async def gone_to_readers(tx: Tx, *, alert_id: str, at: datetime) -> None:
    """Note that an alert went to everybody who may read it."""
    await tx.run("UPDATE alerts SET escalated_at = ? WHERE id = ?", at_text(at), alert_id)


async def gone_to_coordinators(tx: Tx, *, alert_id: str, at: datetime) -> None:
    """Note that the coordinators were told of an alert: it goes no further."""
    await tx.run("UPDATE alerts SET coordinators_at = ? WHERE id = ?", at_text(at), alert_id)


async def look_again(tx: Tx, *, alert_id: str, at: datetime) -> None:
    """Keep when to look at an alert next."""
    await tx.run("UPDATE alerts SET look_at = ? WHERE id = ?", at_text(at), alert_id)
