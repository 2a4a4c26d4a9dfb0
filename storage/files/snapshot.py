"""Everything that a file can bear on, read in a dozen queries and told by codes."""

from datetime import date, datetime, timedelta

from alliance.files.current_state import AwayNow, GroupNow, PersonNow, PlanNow, Present, ShiftNow
from alliance.files.parsed_calendar import Away, Series
from storage.calendar import plans
from storage.calendar.plans import Plan, minutes
from storage.database.tx import Row, Tx, at_text, at_time, at_time_or_none

A_DAY = timedelta(days=1)


async def taken(tx: Tx, *, now: datetime) -> Present:
    """Return what is so now.

    Args:
        tx: An open transaction; everything is read in it.
        now: Aware; absences that are over are left out.
    """
    return Present(
        await _people(tx),
        await _groups(tx, now),
        await _plans(tx),
        await _absences(tx, (now - A_DAY).date()),
    )


async def codes(tx: Tx) -> frozenset[str]:
    """Return the code of everybody and of every group, those that have ended included."""
    rows = await tx.all("SELECT code FROM people UNION SELECT code FROM groups")
    return frozenset(str(row["code"]) for row in rows)


async def _people(tx: Tx) -> dict[str, PersonNow]:
    therapists: dict[str, tuple[str, ...]] = {}
    for row in await tx.all(
        "SELECT p.code, t.code AS therapist FROM care c JOIN people p ON p.id = c.patient_id"
        " JOIN people t ON t.id = c.therapist_id WHERE c.to_at IS NULL ORDER BY c.from_at, c.id"
    ):
        therapists[row["code"]] = (*therapists.get(row["code"], ()), row["therapist"])
    rows = await tx.all("SELECT code, role, state FROM people ORDER BY code")
    return {
        row["code"]: PersonNow(
            row["code"], row["role"], therapists.get(row["code"], ()), row["state"] == "ended"
        )
        for row in rows
    }


async def _groups(tx: Tx, now: datetime) -> dict[str, GroupNow]:
    members = await _inside(tx, "memberships", "patient_id", now)
    leaders = await _inside(tx, "leaders", "therapist_id", now)
    rows = await tx.all("SELECT id, code, ended_at FROM groups ORDER BY code")
    return {
        row["code"]: GroupNow(
            row["code"],
            members.get(row["id"], {}),
            leaders.get(row["id"], {}),
            row["ended_at"] is not None,
        )
        for row in rows
    }


async def _inside(
    tx: Tx, table: str, person: str, now: datetime
) -> dict[str, dict[str, datetime | None]]:
    """Return group to code to when it ends, of those who belong or will belong to one."""
    inside: dict[str, dict[str, datetime | None]] = {}
    for row in await tx.all(
        f"SELECT b.group_id, b.to_at, p.code FROM {table} b JOIN people p ON p.id = b.{person}"
        " WHERE b.to_at IS NULL OR b.to_at > ? ORDER BY b.from_at",
        at_text(now),
    ):
        inside.setdefault(row["group_id"], {})[row["code"]] = at_time_or_none(row["to_at"])
    return inside


async def _plans(tx: Tx) -> tuple[PlanNow, ...]:
    owners = {
        row["id"]: str(row["code"])
        for row in await tx.all("SELECT id, code FROM people UNION SELECT id, code FROM groups")
    }
    calendars = {
        row["key"]: str(row["calendar"])
        for row in await tx.all("SELECT key, calendar FROM calendar_events")
    }
    shifts: dict[str, dict[datetime, ShiftNow]] = {}
    for row in await tx.all(
        "SELECT e.* FROM exceptions e JOIN plans p ON p.id = e.plan_id WHERE p.ended_at IS NULL"
    ):
        shifts.setdefault(row["plan_id"], {})[at_time(row["planned_for"])] = _shift(row)
    return tuple(
        PlanNow(
            plan.id,
            owners[plan.patient_id or plan.group_id or ""],
            series_of(plan),
            None if plan.timetable.delay is None else minutes(plan.timetable.delay),
            plan.timetable.instrument,
            plan.source_key,
            plan.source_sequence,
            calendars.get(plan.source_key or ""),
            plan.extra,
            shifts.get(plan.id, {}),
        )
        for plan in await plans.all_running(tx)
    )


def series_of(plan: Plan) -> Series:
    """Return a plan's series as files tell them."""
    told = plan.timetable
    return Series(
        told.rule.text(),
        told.first_day,
        told.wall_time,
        told.zone,
        None if told.duration is None else minutes(told.duration),
    )


def _shift(row: Row) -> ShiftNow:
    starts_at, ends_at = at_time_or_none(row["starts_at"]), at_time_or_none(row["ends_at"])
    both = starts_at is not None and ends_at is not None
    length = minutes(ends_at - starts_at) if both and starts_at and ends_at else None
    return ShiftNow(starts_at, length, row["source_sequence"])


async def _absences(tx: Tx, from_day: date) -> tuple[AwayNow, ...]:
    rows = await tx.all(
        "SELECT a.id, p.code, a.first_day, a.last_day, c.code AS cover, e.key, e.calendar,"
        " e.sequence FROM absences a JOIN people p ON p.id = a.person_id"
        " LEFT JOIN people c ON c.id = a.cover_id"
        " LEFT JOIN calendar_events e ON e.absence_id = a.id"
        " WHERE a.withdrawn_at IS NULL AND a.last_day >= ? ORDER BY a.first_day, a.id",
        from_day.isoformat(),
    )
    return tuple(
        AwayNow(
            row["id"],
            row["code"],
            Away(date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])),
            row["cover"],
            row["key"],
            row["sequence"],
            row["calendar"],
        )
        for row in rows
    )


async def test_codes(tx: Tx) -> frozenset[str]:
    """Return the codes of test patients."""
    rows = await tx.all("SELECT code FROM people WHERE is_test = 1")
    return frozenset(str(row["code"]) for row in rows)
