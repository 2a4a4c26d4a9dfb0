"""The current state that a file is compared with, in codes; read in a dozen queries."""

from datetime import date, datetime

from alliance.calendar.timing import A_DAY
from alliance.files.current_state import (
    CurrentAbsence,
    CurrentGroup,
    CurrentPerson,
    CurrentPlan,
    CurrentShift,
    CurrentState,
)
from alliance.files.parsed_calendar import AbsenceInFile, Series
from storage.calendar import plans
from storage.calendar.plans import Plan, minutes
from storage.database.tx import Row, Tx, utc_text, utc_time, utc_time_or_none


async def take(tx: Tx, *, now: datetime) -> CurrentState:
    """Return the current people, groups, plans and absences.

    Args:
        tx: An open transaction.
        now: Aware; absences that are over are left out.
    """
    return CurrentState(
        await _people(tx),
        await _groups(tx, now),
        await _plans(tx),
        await _absences(tx, (now - A_DAY).date()),
    )


async def codes(tx: Tx) -> frozenset[str]:
    """Return the code of every person and group, including those that have ended."""
    rows = await tx.all("SELECT code FROM people UNION SELECT code FROM groups")
    return frozenset(str(row["code"]) for row in rows)


async def _people(tx: Tx) -> dict[str, CurrentPerson]:
    therapists: dict[str, tuple[str, ...]] = {}
    for row in await tx.all(
        "SELECT p.code, t.code AS therapist FROM care c JOIN people p ON p.id = c.patient_id"
        " JOIN people t ON t.id = c.therapist_id WHERE c.to_at IS NULL ORDER BY c.from_at, c.id"
    ):
        therapists[row["code"]] = (*therapists.get(row["code"], ()), row["therapist"])
    rows = await tx.all("SELECT code, role, state FROM people ORDER BY code")
    return {
        row["code"]: CurrentPerson(
            row["code"], row["role"], therapists.get(row["code"], ()), row["state"] == "ended"
        )
        for row in rows
    }


async def _groups(tx: Tx, now: datetime) -> dict[str, CurrentGroup]:
    members = await _membership_ends(tx, "memberships", "patient_id", now)
    leaders = await _membership_ends(tx, "leaders", "therapist_id", now)
    rows = await tx.all("SELECT id, code, ended_at FROM groups ORDER BY code")
    return {
        row["code"]: CurrentGroup(
            row["code"],
            members.get(row["id"], {}),
            leaders.get(row["id"], {}),
            row["ended_at"] is not None,
        )
        for row in rows
    }


async def _membership_ends(
    tx: Tx, table: str, person_column: str, now: datetime
) -> dict[str, dict[str, datetime | None]]:
    """Return group id to code to end, for everybody who belongs or will belong to a group."""
    ends: dict[str, dict[str, datetime | None]] = {}
    for row in await tx.all(
        f"SELECT b.group_id, b.to_at, p.code FROM {table} b"
        f" JOIN people p ON p.id = b.{person_column}"
        " WHERE b.to_at IS NULL OR b.to_at > ? ORDER BY b.from_at",
        utc_text(now),
    ):
        ends.setdefault(row["group_id"], {})[row["code"]] = utc_time_or_none(row["to_at"])
    return ends


async def _plans(tx: Tx) -> tuple[CurrentPlan, ...]:
    owners = {
        row["id"]: str(row["code"])
        for row in await tx.all("SELECT id, code FROM people UNION SELECT id, code FROM groups")
    }
    calendars = {
        row["key"]: str(row["calendar"])
        for row in await tx.all("SELECT key, calendar FROM calendar_events")
    }
    shifts: dict[str, dict[datetime, CurrentShift]] = {}
    for row in await tx.all(
        "SELECT e.* FROM exceptions e JOIN plans p ON p.id = e.plan_id WHERE p.ended_at IS NULL"
    ):
        shifts.setdefault(row["plan_id"], {})[utc_time(row["planned_for"])] = _shift(row)
    return tuple(
        CurrentPlan(
            plan.id,
            owners[plan.patient_id or plan.group_id or ""],
            series_of(plan),
            None if plan.timetable.delay is None else minutes(plan.timetable.delay),
            plan.timetable.instrument,
            plan.source_key,
            plan.source_sequence,
            calendars.get(plan.source_key or ""),
            plan.is_extra,
            shifts.get(plan.id, {}),
        )
        for plan in await plans.all_running(tx)
    )


def series_of(plan: Plan) -> Series:
    """Return a plan's timetable as the series of a file."""
    timetable = plan.timetable
    return Series(
        timetable.rule.text(),
        timetable.first_day,
        timetable.wall_time,
        timetable.zone,
        None if timetable.duration is None else minutes(timetable.duration),
    )


def _shift(row: Row) -> CurrentShift:
    starts_at, ends_at = utc_time_or_none(row["starts_at"]), utc_time_or_none(row["ends_at"])
    length = None if starts_at is None or ends_at is None else minutes(ends_at - starts_at)
    return CurrentShift(starts_at, length, row["source_sequence"])


async def _absences(tx: Tx, from_day: date) -> tuple[CurrentAbsence, ...]:
    rows = await tx.all(
        "SELECT a.id, p.code, a.first_day, a.last_day, c.code AS cover, e.key, e.calendar,"
        " e.sequence FROM absences a JOIN people p ON p.id = a.person_id"
        " LEFT JOIN people c ON c.id = a.cover_id"
        " LEFT JOIN calendar_events e ON e.absence_id = a.id"
        " WHERE a.withdrawn_at IS NULL AND a.last_day >= ? ORDER BY a.first_day, a.id",
        from_day.isoformat(),
    )
    return tuple(
        CurrentAbsence(
            row["id"],
            row["code"],
            AbsenceInFile(
                date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])
            ),
            row["cover"],
            row["key"],
            row["sequence"],
            row["calendar"],
        )
        for row in rows
    )


async def codes_of_test_patients(tx: Tx) -> frozenset[str]:
    """Return the codes of test patients."""
    rows = await tx.all("SELECT code FROM people WHERE is_test = 1")
    return frozenset(str(row["code"]) for row in rows)
