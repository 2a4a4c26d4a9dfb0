"""Digests: how each therapist wants to be told, and what their day or week holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from alliance.calendar.timing import Quiet, instant, zone_named
from alliance.caseload.digest import LONGEST_WAIT, Habit, Mode, next_due, next_look
from storage.calendar import absences
from storage.database.tx import Row, Tx, Value, at_text, at_time
from storage.messages import outbox
from storage.people import people
from storage.people.people import Person

A_DAY = timedelta(days=1)

AFTER_DIGEST = timedelta(minutes=10)
"""An alert that waits for a digest leaves on its own so long after, should the digest not come."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A therapist whose digest may be due, and the local day of the last one."""

    person: Person
    habit: Habit
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Appointment:
    """One session of a therapist's day, of a patient or of a group."""

    starts_at: datetime
    patient_id: str | None
    group_id: str | None


def _habit(row: Row) -> Habit:
    return Habit(
        Mode(row["mode"]),
        row["weekday"],
        time.fromisoformat(row["wall_time"]),
        bool(row["alerts_wait"]),
    )


async def habit_of(tx: Tx, person_id: str) -> Habit:
    """Return how somebody wants to be told; without a word of theirs, at once and no digest."""
    row = await tx.one("SELECT * FROM digests WHERE person_id = ?", person_id)
    return Habit() if row is None else _habit(row)


async def keep(tx: Tx, *, person: Person, habit: Habit, quiet: Quiet, at: datetime) -> None:
    """Keep how somebody wants to be told. Alerts that wait for a digest wait for the next one."""
    look = next_look(at, habit, quiet=quiet, zone=zone_named(person.zone))
    await tx.run(
        "INSERT INTO digests (person_id, mode, weekday, wall_time, alerts_wait, next_look)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (person_id) DO UPDATE SET mode = excluded.mode,"
        " weekday = excluded.weekday, wall_time = excluded.wall_time,"
        " alerts_wait = excluded.alerts_wait, next_look = excluded.next_look",
        person.id,
        habit.mode,
        habit.weekday,
        habit.wall_time.isoformat("minutes"),
        int(habit.alerts_wait),
        None if look is None else at_text(look),
    )
    told_at = await _told_at(tx, person, habit, quiet=quiet, at=at)
    await outbox.put_off_alerts(tx, person_id=person.id, not_before=told_at)


async def told_at(
    tx: Tx, *, therapist_id: str, asked_for: bool, quiet: Quiet, at: datetime
) -> datetime:
    """Return when a therapist hears of an alert that is raised now: at once, or with the digest.

    Args:
        tx: An open transaction.
        therapist_id: Who is told.
        asked_for: Whether the patient asks that something be taken up: that never waits.
        quiet: The site's quiet hours.
        at: The time, aware.
    """
    habit = await habit_of(tx, therapist_id)
    if asked_for or not habit.alerts_wait:
        return at
    person = await people.by_id(tx, therapist_id)
    return await _told_at(tx, person, habit, quiet=quiet, at=at)


async def _told_at(tx: Tx, person: Person, habit: Habit, *, quiet: Quiet, at: datetime) -> datetime:
    if not habit.alerts_wait:
        return at
    zone = zone_named(person.zone)
    ahead = await appointments(
        tx, therapist_id=person.id, since=at, until=at + LONGEST_WAIT + A_DAY
    )
    days = {one.starts_at.astimezone(zone).date() for one in ahead}
    due = next_due(at, habit, quiet=quiet, zone=zone, has_session=days.__contains__)
    return at if due is None else due + AFTER_DIGEST


async def to_look_at(tx: Tx, *, now: datetime, limit: int) -> Sequence[Waiting]:
    """Return those whose digest may be due by now."""
    rows = await tx.all(
        "SELECT * FROM digests WHERE next_look IS NOT NULL AND next_look <= ?"
        " ORDER BY next_look LIMIT ?",
        at_text(now),
        limit,
    )
    return [
        Waiting(
            await people.by_id(tx, row["person_id"]),
            _habit(row),
            None if row["last_day"] is None else date.fromisoformat(row["last_day"]),
        )
        for row in rows
    ]


async def looked(
    tx: Tx, *, person_id: str, next_look: datetime | None, sent_for: date | None
) -> None:
    """Keep when to look next, and the day for which a digest was sent, if one was."""
    await tx.run(
        "UPDATE digests SET next_look = ?, last_day = COALESCE(?, last_day) WHERE person_id = ?",
        None if next_look is None else at_text(next_look),
        None if sent_for is None else sent_for.isoformat(),
        person_id,
    )


async def on_day(tx: Tx, *, person: Person, day: date, at: datetime) -> list[Appointment]:
    """Return the sessions of a therapist's local day, in order."""
    zone = zone_named(person.zone)
    begin = instant(day, time(), zone)
    return await appointments(
        tx, therapist_id=person.id, since=begin, until=instant(day + A_DAY, time(), zone), at=at
    )


async def appointments(
    tx: Tx, *, therapist_id: str, since: datetime, until: datetime, at: datetime | None = None
) -> list[Appointment]:
    """Return the sessions of a therapist's patients and groups that begin in a span, in order.

    Args:
        tx: An open transaction.
        therapist_id: Whose; and, at ``at``, of those for whom they stand in.
        since: Aware, included.
        until: Aware, not included.
        at: The time, aware; ``since`` where None.
    """
    carers = [
        therapist_id,
        *await absences.covered_by(tx, therapist_id=therapist_id, at=at or since),
    ]
    marks = ", ".join("?" for _ in carers)
    values: list[Value] = [at_text(since), at_text(until), *carers, *carers]
    rows = await tx.all(
        "SELECT s.starts_at, s.patient_id, s.group_id FROM sessions s"
        " WHERE s.starts_at >= ? AND s.starts_at < ? AND s.state IN ('planned', 'held', 'no_show')"
        " AND (s.patient_id IN (SELECT c.patient_id FROM care c"
        f" WHERE c.to_at IS NULL AND c.therapist_id IN ({marks}))"
        " OR s.group_id IN (SELECT l.group_id FROM leaders l"
        f" WHERE l.to_at IS NULL AND l.therapist_id IN ({marks})))"
        " ORDER BY s.starts_at, s.id",
        *values,
    )
    return [
        Appointment(at_time(row["starts_at"]), row["patient_id"], row["group_id"]) for row in rows
    ]
