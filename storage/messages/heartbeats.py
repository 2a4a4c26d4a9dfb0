"""Heartbeats: a daily message to coordinators who want one, with nothing but counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from alliance.calendar.timing import A_DAY, instant, zone_named
from storage.audit.audit_log import Facts
from storage.audit.change import Change
from storage.database.ids import first_id
from storage.database.tx import Row, Tx, utc_text
from storage.people.people import Person


@dataclass(frozen=True, slots=True)
class DayCounts:
    """What happened in one day, without test patients.

    Attributes:
        asked: Check-ins whose question was delivered.
        answered: Check-ins that were completed.
        missed: Check-ins that were not asked in time because of a fault of ours.
        failed: Messages that could not be delivered.
    """

    asked: int
    answered: int
    missed: int
    failed: int


async def set_time(change: Change, person: Person, wall_time: time | None) -> None:
    """Send somebody a heartbeat each day at that local time, or none any more."""
    before = await time_of(change.tx, person.id)
    if before == wall_time:
        return
    if wall_time is None:
        await change.tx.run("DELETE FROM heartbeats WHERE person_id = ?", person.id)
    else:
        await change.tx.run(
            "INSERT INTO heartbeats (person_id, wall_time, next_at) VALUES (?, ?, ?)"
            " ON CONFLICT (person_id) DO UPDATE SET wall_time = excluded.wall_time,"
            " next_at = excluded.next_at",
            person.id,
            wall_time.isoformat("minutes"),
            utc_text(next_occurrence(wall_time, person.zone, change.at)),
        )
    await change.record("heartbeat.set", person.id, before=_facts(before), after=_facts(wall_time))


def _facts(wall_time: time | None) -> Facts:
    return {"time": None if wall_time is None else wall_time.isoformat("minutes")}


async def time_of(tx: Tx, person_id: str) -> time | None:
    """Return the local time of somebody's heartbeat, or None."""
    row = await tx.one("SELECT wall_time FROM heartbeats WHERE person_id = ?", person_id)
    return None if row is None else time.fromisoformat(row["wall_time"])


def next_occurrence(wall_time: time, zone: str, at: datetime) -> datetime:
    """Return the first instant after ``at`` at which clocks in that zone show that time."""
    local_zone = zone_named(zone)
    today = at.astimezone(local_zone).date()
    first = instant(today, wall_time, local_zone)
    return first if first > at else instant(today + A_DAY, wall_time, local_zone)


async def due(tx: Tx, *, now: datetime, limit: int) -> Sequence[Row]:
    """Return person, local time and zone of everybody whose heartbeat is due."""
    return await tx.all(
        "SELECT h.person_id, h.wall_time, h.next_at, p.zone, p.state FROM heartbeats h"
        " JOIN people p ON p.id = h.person_id WHERE h.next_at <= ? ORDER BY h.next_at LIMIT ?",
        utc_text(now),
        limit,
    )


async def set_next(tx: Tx, *, person_id: str, at: datetime) -> None:
    """Set when somebody's next heartbeat is due."""
    await tx.run("UPDATE heartbeats SET next_at = ? WHERE person_id = ?", utc_text(at), person_id)


async def retime_of(tx: Tx, *, person_id: str, at: datetime) -> None:
    """Have somebody's heartbeat come at its local time in the time zone that they have now."""
    await _retime(tx, "AND h.person_id = ?", (person_id,), at)


async def retime_all(tx: Tx, *, at: datetime) -> None:
    """Have every heartbeat come at its local time, whatever the rules of time zones are now."""
    await _retime(tx, "", (), at)


async def _retime(tx: Tx, condition: str, values: tuple[str, ...], at: datetime) -> None:
    for row in await tx.all(
        "SELECT h.person_id, h.wall_time, p.zone FROM heartbeats h"
        f" JOIN people p ON p.id = h.person_id WHERE h.next_at > ? {condition}",
        utc_text(at),
        *values,
    ):
        next_at = next_occurrence(time.fromisoformat(row["wall_time"]), row["zone"], at)
        await set_next(tx, person_id=row["person_id"], at=next_at)


async def counts(tx: Tx, *, until: datetime) -> DayCounts:
    """Return what happened in the day that ends at ``until``."""
    begin, end = utc_text(until - A_DAY), utc_text(until)
    asked = await _count_events(tx, ("sent",), until)
    answered = await _count_events(tx, ("completed",), until)
    missed = await _count_events(tx, ("missed", "undeliverable"), until)
    failed = await tx.one(
        "SELECT COUNT(*) AS n FROM outbox o JOIN people p ON p.id = o.person_id"
        " WHERE o.state = 'failed' AND o.not_before > ? AND o.not_before <= ? AND p.is_test = 0",
        begin,
        end,
    )
    return DayCounts(asked, answered, missed, 0 if failed is None else int(failed["n"]))


async def _count_events(tx: Tx, states: tuple[str, ...], until: datetime) -> int:
    """Count the check-ins that reached one of those states within the day, by their events' ids."""
    marks = ", ".join("?" for _ in states)
    row = await tx.one(
        "SELECT COUNT(DISTINCT e.checkin_id) AS n FROM checkin_events e"
        " JOIN checkins k ON k.id = e.checkin_id JOIN people p ON p.id = k.patient_id"
        f" WHERE e.state IN ({marks}) AND e.id >= ? AND e.at > ? AND e.at <= ?"
        " AND p.is_test = 0",
        *states,
        first_id(until - A_DAY),
        utc_text(until - A_DAY),
        utc_text(until),
    )
    return 0 if row is None else int(row["n"])
