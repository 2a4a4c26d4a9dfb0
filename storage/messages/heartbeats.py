"""Heartbeats: a daily sign of life for coordinators who want one; counts and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from alliance.calendar.timing import instant, zone_named
from storage.database.ids import first_id
from storage.database.tx import Row, Tx, at_text
from storage.people.people import Person

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Counts:
    """What happened in one day; test patients are left out.

    Attributes:
        asked: Check-ins whose question reached somebody.
        answered: Check-ins that were finished.
        missed: Check-ins that could not be asked in time, through a fault of ours.
        failed: Letters that could not be delivered.
    """

    asked: int
    answered: int
    missed: int
    failed: int


async def subscribe(tx: Tx, *, person: Person, wall_time: time, at: datetime) -> None:
    """Send somebody a sign of life each day at that local time."""
    await tx.run(
        "INSERT INTO heartbeats (person_id, wall_time, next_at) VALUES (?, ?, ?)"
        " ON CONFLICT (person_id) DO UPDATE SET wall_time = excluded.wall_time,"
        " next_at = excluded.next_at",
        person.id,
        wall_time.isoformat("minutes"),
        at_text(following(wall_time, person.zone, at)),
    )


async def unsubscribe(tx: Tx, person_id: str) -> bool:
    """Send somebody no sign of life; False when they had none."""
    return bool(await tx.run("DELETE FROM heartbeats WHERE person_id = ?", person_id))


async def time_of(tx: Tx, person_id: str) -> time | None:
    """Return the local time at which somebody gets a sign of life; None for no time."""
    row = await tx.one("SELECT wall_time FROM heartbeats WHERE person_id = ?", person_id)
    return None if row is None else time.fromisoformat(row["wall_time"])


def following(wall_time: time, zone: str, at: datetime) -> datetime:
    """Return the first instant after ``at`` at which clocks there show that time."""
    there = zone_named(zone)
    day = at.astimezone(there).date()
    first = instant(day, wall_time, there)
    return first if first > at else instant(day + DAY, wall_time, there)


async def due(tx: Tx, *, now: datetime, limit: int) -> Sequence[Row]:
    """Return person, local time and zone of everybody whose sign of life is due."""
    return await tx.all(
        "SELECT h.person_id, h.wall_time, h.next_at, p.zone, p.state FROM heartbeats h"
        " JOIN people p ON p.id = h.person_id WHERE h.next_at <= ? ORDER BY h.next_at LIMIT ?",
        at_text(now),
        limit,
    )


async def set_next(tx: Tx, *, person_id: str, at: datetime) -> None:
    """Set when somebody's next sign of life is due."""
    await tx.run("UPDATE heartbeats SET next_at = ? WHERE person_id = ?", at_text(at), person_id)


async def counts(tx: Tx, *, until: datetime) -> Counts:
    """Return what happened in the day that ends at ``until``."""
    begin, end = at_text(until - DAY), at_text(until)
    asked = await _events(tx, ("sent",), until)
    answered = await _events(tx, ("completed",), until)
    missed = await _events(tx, ("missed", "undeliverable"), until)
    failed = await tx.one(
        "SELECT COUNT(*) AS n FROM outbox o JOIN people p ON p.id = o.person_id"
        " WHERE o.state = 'failed' AND o.not_before > ? AND o.not_before <= ? AND p.is_test = 0",
        begin,
        end,
    )
    return Counts(asked, answered, missed, 0 if failed is None else int(failed["n"]))


async def _events(tx: Tx, states: tuple[str, ...], until: datetime) -> int:
    """Count check-ins that came into one of those states within the day; found by their ids."""
    marks = ", ".join("?" for _ in states)
    row = await tx.one(
        "SELECT COUNT(DISTINCT e.checkin_id) AS n FROM checkin_events e"
        " JOIN checkins k ON k.id = e.checkin_id JOIN people p ON p.id = k.patient_id"
        f" WHERE e.state IN ({marks}) AND e.id >= ? AND e.at > ? AND e.at <= ?"
        " AND p.is_test = 0",
        *states,
        first_id(until - DAY),
        at_text(until - DAY),
        at_text(until),
    )
    return 0 if row is None else int(row["n"])
