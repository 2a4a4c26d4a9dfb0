"""Absences: days on which a patient or a therapist is away, and who stands in for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from alliance.calendar.timetable import Away
from alliance.calendar.timing import zone_named
from alliance.errors import BadPlan
from storage.calendar import plans
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, at_text

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away from the first day to the last, both included, by their own clocks.

    Attributes:
        cover_id: The therapist who stands in; None when nobody does.
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
    """Keep an absence and return its id; sessions that have not begun follow it.

    Raises:
        BadPlan: It ends before it begins, or somebody would stand in for themselves.
    """
    if last_day < first_day:
        raise BadPlan("An absence ends no earlier than it begins.")
    if cover_id == person_id:
        raise BadPlan("Nobody can stand in for themselves.")
    absence_id = new_id(at)
    await tx.run(
        "INSERT INTO absences (id, person_id, first_day, last_day, cover_id, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        absence_id,
        person_id,
        first_day.isoformat(),
        last_day.isoformat(),
        cover_id,
        at_text(at),
    )
    await plans.plan_anew_around(tx, person_id=person_id, at=at)
    return absence_id


async def withdraw(tx: Tx, *, absence_id: str, at: datetime) -> bool:
    """Take an absence back; False when it was taken back before."""
    row = await tx.one(
        "UPDATE absences SET withdrawn_at = ? WHERE id = ? AND withdrawn_at IS NULL"
        " RETURNING person_id",
        at_text(at),
        absence_id,
    )
    if row is not None:
        await plans.plan_anew_around(tx, person_id=row["person_id"], at=at)
    return row is not None


async def bring_back(tx: Tx, *, absence_id: str, at: datetime) -> bool:
    """Let an absence that was taken back stand again; False when it stands."""
    row = await tx.one(
        "UPDATE absences SET withdrawn_at = NULL WHERE id = ? AND withdrawn_at IS NOT NULL"
        " RETURNING person_id",
        absence_id,
    )
    if row is not None:
        await plans.plan_anew_around(tx, person_id=row["person_id"], at=at)
    return row is not None


async def by_id(tx: Tx, absence_id: str) -> Absence | None:
    """Return the absence of that id, unless it was taken back."""
    row = await tx.one("SELECT * FROM absences WHERE id = ? AND withdrawn_at IS NULL", absence_id)
    return None if row is None else _absence(row)


async def of_person(tx: Tx, *, person_id: str, from_day: date) -> list[Absence]:
    """Return when somebody is away from that day on, in order."""
    rows = await tx.all(
        "SELECT * FROM absences WHERE person_id = ? AND last_day >= ? AND withdrawn_at IS NULL"
        " ORDER BY first_day, id",
        person_id,
        from_day.isoformat(),
    )
    return [_absence(row) for row in rows]


async def all_from(tx: Tx, *, from_day: date) -> list[Absence]:
    """Return who is away when, from that day on, in order."""
    rows = await tx.all(
        "SELECT * FROM absences WHERE last_day >= ? AND withdrawn_at IS NULL"
        " ORDER BY first_day, id",
        from_day.isoformat(),
    )
    return [_absence(row) for row in rows]


async def covered_by(tx: Tx, *, therapist_id: str, at: datetime) -> list[str]:
    """Return for whom a therapist stands in today, by the clocks of who is away."""
    rows = await tx.all(
        "SELECT a.person_id, a.first_day, a.last_day, p.zone FROM absences a"
        " JOIN people p ON p.id = a.person_id"
        " WHERE a.cover_id = ? AND a.withdrawn_at IS NULL AND a.last_day >= ?",
        therapist_id,
        (at - A_DAY).date().isoformat(),
    )
    return sorted({row["person_id"] for row in rows if _away(row).holds(at)})


async def covers_of(tx: Tx, *, therapist_ids: Iterable[str], at: datetime) -> list[str]:
    """Return who stands in today for those of the given therapists who are away."""
    found = set()
    for therapist_id in therapist_ids:
        for row in await tx.all(
            "SELECT a.cover_id, a.first_day, a.last_day, p.zone FROM absences a"
            " JOIN people p ON p.id = a.person_id"
            " WHERE a.person_id = ? AND a.cover_id IS NOT NULL AND a.withdrawn_at IS NULL"
            " AND a.last_day >= ?",
            therapist_id,
            (at - A_DAY).date().isoformat(),
        ):
            if _away(row).holds(at):
                found.add(row["cover_id"])
    return sorted(found)


def _away(row: Row) -> Away:
    return Away(
        date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"]), row["zone"]
    )


async def away_since(tx: Tx, *, since: datetime) -> Mapping[str, tuple[Away, ...]]:
    """Return everybody's absences that are not over by then, as the calendar reads them."""
    rows = await tx.all(
        "SELECT a.person_id, a.first_day, a.last_day, a.cover_id, p.zone FROM absences a"
        " JOIN people p ON p.id = a.person_id WHERE a.withdrawn_at IS NULL AND a.last_day >= ?",
        (since - A_DAY).date().isoformat(),
    )
    plain: dict[str, tuple[Away, ...]] = {}
    for row in rows:
        plain[row["person_id"]] = (*plain.get(row["person_id"], ()), _away(row))
    found: dict[str, tuple[Away, ...]] = {}
    for row in rows:
        cover = None if row["cover_id"] is None else plain.get(row["cover_id"], ())
        away = Away(
            date.fromisoformat(row["first_day"]),
            date.fromisoformat(row["last_day"]),
            zone_named(row["zone"]).key,
            cover,
        )
        found[row["person_id"]] = (*found.get(row["person_id"], ()), away)
    return found
