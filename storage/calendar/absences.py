"""Absences: the days on which a patient or a therapist is away, and who covers for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from alliance.calendar.timetable import AbsencePeriod
from alliance.calendar.timing import A_DAY, zone_named
from storage.calendar import plans
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, utc_text


@dataclass(frozen=True, slots=True)
class Absence:
    """One absence, from the first day to the last, both included, in the person's time zone.

    Attributes:
        cover_id: The therapist who covers; None if nobody does.
    """

    id: str
    person_id: str
    first_day: date
    last_day: date
    cover_id: str | None


def _absence(row: Row) -> Absence:
    return Absence(
        row["id"],
        row["person_id"],
        date.fromisoformat(row["first_day"]),
        date.fromisoformat(row["last_day"]),
        row["cover_id"],
    )


async def add(
    tx: Tx,
    *,
    person_id: str,
    first_day: date,
    last_day: date,
    cover_id: str | None = None,
    at: datetime,
) -> str:
    """Save an absence and return its id; sessions that have not begun are replanned."""
    absence_id = new_id(at)
    await tx.run(
        "INSERT INTO absences (id, person_id, first_day, last_day, cover_id, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        absence_id,
        person_id,
        first_day.isoformat(),
        last_day.isoformat(),
        cover_id,
        utc_text(at),
    )
    await plans.replan_affected_by(tx, person_id=person_id, at=at)
    return absence_id


async def withdraw(tx: Tx, *, absence_id: str, at: datetime) -> bool:
    """Withdraw an absence; False if it has been withdrawn already."""
    row = await tx.one(
        "UPDATE absences SET withdrawn_at = ? WHERE id = ? AND withdrawn_at IS NULL"
        " RETURNING person_id",
        utc_text(at),
        absence_id,
    )
    if row is not None:
        await plans.replan_affected_by(tx, person_id=row["person_id"], at=at)
    return row is not None


async def reinstate(tx: Tx, *, absence_id: str, at: datetime) -> bool:
    """Reinstate a withdrawn absence; False if it was not withdrawn."""
    row = await tx.one(
        "UPDATE absences SET withdrawn_at = NULL WHERE id = ? AND withdrawn_at IS NOT NULL"
        " RETURNING person_id",
        absence_id,
    )
    if row is not None:
        await plans.replan_affected_by(tx, person_id=row["person_id"], at=at)
    return row is not None


async def by_id(tx: Tx, absence_id: str) -> Absence | None:
    """Return the absence with that id, unless it was withdrawn."""
    row = await tx.one("SELECT * FROM absences WHERE id = ? AND withdrawn_at IS NULL", absence_id)
    return None if row is None else _absence(row)


async def of_person(tx: Tx, *, person_id: str, from_day: date) -> list[Absence]:
    """Return a person's absences that end on that day or later, in order."""
    rows = await tx.all(
        "SELECT * FROM absences WHERE person_id = ? AND last_day >= ? AND withdrawn_at IS NULL"
        " ORDER BY first_day, id",
        person_id,
        from_day.isoformat(),
    )
    return [_absence(row) for row in rows]


async def all_from(tx: Tx, *, from_day: date) -> list[Absence]:
    """Return everybody's absences that end on that day or later, in order."""
    rows = await tx.all(
        "SELECT * FROM absences WHERE last_day >= ? AND withdrawn_at IS NULL"
        " ORDER BY first_day, id",
        from_day.isoformat(),
    )
    return [_absence(row) for row in rows]


async def covered_by(tx: Tx, *, therapist_id: str, at: datetime) -> list[str]:
    """Return the ids of those a therapist covers for today, in their time zones."""
    rows = await tx.all(
        "SELECT a.person_id, a.first_day, a.last_day, p.zone FROM absences a"
        " JOIN people p ON p.id = a.person_id"
        " WHERE a.cover_id = ? AND a.withdrawn_at IS NULL AND a.last_day >= ?",
        therapist_id,
        (at - A_DAY).date().isoformat(),
    )
    return sorted({row["person_id"] for row in rows if _absence_period(row).contains(at)})


async def covers_of(tx: Tx, *, therapist_ids: Iterable[str], at: datetime) -> list[str]:
    """Return the ids of those who cover today for any of these therapists."""
    cover_ids = set()
    for therapist_id in therapist_ids:
        for row in await tx.all(
            "SELECT a.cover_id, a.first_day, a.last_day, p.zone FROM absences a"
            " JOIN people p ON p.id = a.person_id"
            " WHERE a.person_id = ? AND a.cover_id IS NOT NULL AND a.withdrawn_at IS NULL"
            " AND a.last_day >= ?",
            therapist_id,
            (at - A_DAY).date().isoformat(),
        ):
            if _absence_period(row).contains(at):
                cover_ids.add(row["cover_id"])
    return sorted(cover_ids)


def _absence_period(row: Row) -> AbsencePeriod:
    return AbsencePeriod(
        date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"]), row["zone"]
    )


async def by_person_since(tx: Tx, *, since: datetime) -> Mapping[str, tuple[AbsencePeriod, ...]]:
    """Return everybody's absences that are not over by then, each with those of its cover."""
    rows = await tx.all(
        "SELECT a.person_id, a.first_day, a.last_day, a.cover_id, p.zone FROM absences a"
        " JOIN people p ON p.id = a.person_id WHERE a.withdrawn_at IS NULL AND a.last_day >= ?",
        (since - A_DAY).date().isoformat(),
    )
    without_cover: dict[str, tuple[AbsencePeriod, ...]] = {}
    for row in rows:
        person_id = row["person_id"]
        without_cover[person_id] = (*without_cover.get(person_id, ()), _absence_period(row))
    by_person: dict[str, tuple[AbsencePeriod, ...]] = {}
    for row in rows:
        person_id, cover_id = row["person_id"], row["cover_id"]
        period = AbsencePeriod(
            date.fromisoformat(row["first_day"]),
            date.fromisoformat(row["last_day"]),
            zone_named(row["zone"]).key,
            None if cover_id is None else without_cover.get(cover_id, ()),
        )
        by_person[person_id] = (*by_person.get(person_id, ()), period)
    return by_person
