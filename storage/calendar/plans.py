"""Plans: the timetables of patients and groups in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from alliance.calendar.recurrence import last_day, parse_rule
from alliance.calendar.timetable import Timetable
from alliance.calendar.timing import A_MINUTE, QuietHours, parse_quiet_hours
from storage.database.tx import Row, Tx, utc_text, utc_time, utc_time_or_none


@dataclass(frozen=True, slots=True)
class Plan:
    """The repeating sessions of a patient or a group, or a single extra one.

    Attributes:
        timetable: Its rule and settings; those that are None use the site's defaults.
        ended_at: When it was ended or replaced; None while it is running.
        planned_until: Up to when its sessions are in the table; None if it must be replanned.
        replan_from: From when it is then planned; None plans it from its beginning.
        is_extra: Whether it is a single session beside the repeating ones.
        source_key: Its key in the file that it was imported from, if any.
        source_sequence: The sequence number of its version in that file.
    """

    id: str
    patient_id: str | None
    group_id: str | None
    timetable: Timetable
    created_at: datetime
    ended_at: datetime | None = None
    planned_until: datetime | None = None
    replan_from: datetime | None = None
    is_extra: bool = False
    source_key: str | None = None
    source_sequence: int | None = None

    @property
    def owner_id(self) -> str:
        """The id of its patient or group."""
        return str(self.patient_id or self.group_id)

    def planned_up_to(self, horizon: datetime) -> datetime:
        """Return up to when it has sessions: the horizon, or its own end if that is earlier."""
        return horizon if self.ended_at is None else min(horizon, self.ended_at)

    @property
    def planned_after(self) -> datetime:
        """The moment up to which its sessions need no planning."""
        return self.planned_until or self.replan_from or self.created_at


_COLUMNS = (
    "id, patient_id, group_id, rule, first_day, wall_time, zone, duration_minutes, delay_minutes,"
    " instrument, quiet_from, quiet_to, reminders, expiry_hours, holidays, created_at, ended_at,"
    " planned_until, replan_from, extra, source_key, source_sequence"
)

_rule = lru_cache(maxsize=1024)(parse_rule)


def minutes(length: timedelta) -> int:
    """Return a duration in whole minutes."""
    return round(length / A_MINUTE)


def hours(length: timedelta) -> int:
    """Return a duration in whole hours."""
    return round(length / timedelta(hours=1))


def quiet_of(row: Row) -> QuietHours:
    """Return the quiet hours in a row of plans or sessions."""
    return parse_quiet_hours(f"{row['quiet_from']}-{row['quiet_to']}")


def quiet_values(quiet: QuietHours) -> list[str]:
    """Return the values of ``quiet_from`` and ``quiet_to``."""
    return quiet.text().split("-")


def _plan(row: Row) -> Plan:
    """Return the plan in a row with ``_COLUMNS``."""
    return Plan(
        id=row["id"],
        patient_id=row["patient_id"],
        group_id=row["group_id"],
        timetable=_timetable(row),
        created_at=utc_time(row["created_at"]),
        ended_at=utc_time_or_none(row["ended_at"]),
        planned_until=utc_time_or_none(row["planned_until"]),
        replan_from=utc_time_or_none(row["replan_from"]),
        is_extra=bool(row["extra"]),
        source_key=row["source_key"],
        source_sequence=row["source_sequence"],
    )


def _timetable(row: Row) -> Timetable:
    return Timetable(
        rule=_rule(row["rule"]),
        first_day=date.fromisoformat(row["first_day"]),
        wall_time=time.fromisoformat(row["wall_time"]),
        zone=row["zone"],
        duration=_duration(row["duration_minutes"], A_MINUTE),
        delay=_duration(row["delay_minutes"], A_MINUTE),
        instrument=row["instrument"],
        quiet=None if row["quiet_from"] is None else quiet_of(row),
        reminders=row["reminders"],
        expiry=_duration(row["expiry_hours"], timedelta(hours=1)),
        holidays=row["holidays"],
    )


def _duration(count: int | None, unit: timedelta) -> timedelta | None:
    return None if count is None else count * unit


async def save(tx: Tx, plan: Plan) -> None:
    """Save a new plan; the next scheduler tick plans its sessions."""
    timetable, quiet = plan.timetable, plan.timetable.quiet
    await tx.run(
        f"INSERT INTO plans ({_COLUMNS})"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?, ?, ?, ?)",
        plan.id,
        plan.patient_id,
        plan.group_id,
        timetable.rule.text(),
        timetable.first_day.isoformat(),
        timetable.wall_time.isoformat("minutes"),
        timetable.zone,
        None if timetable.duration is None else minutes(timetable.duration),
        None if timetable.delay is None else minutes(timetable.delay),
        timetable.instrument,
        *((None, None) if quiet is None else quiet_values(quiet)),
        timetable.reminders,
        None if timetable.expiry is None else hours(timetable.expiry),
        timetable.holidays,
        utc_text(plan.created_at),
        utc_text(plan.created_at),
        int(plan.is_extra),
        plan.source_key,
        plan.source_sequence,
    )


async def _select(tx: Tx, condition: str, *values: str | int | None) -> list[Plan]:
    rows = await tx.all(f"SELECT {_COLUMNS} FROM plans WHERE {condition}", *values)
    return [_plan(row) for row in rows]


async def by_id(tx: Tx, plan_id: str) -> Plan | None:
    """Return the plan with that id, ended or not."""
    return next(iter(await _select(tx, "id = ?", plan_id)), None)


async def by_source(tx: Tx, source_key: str) -> Plan | None:
    """Return the running plan with that key in an imported file."""
    matches = await _select(tx, "source_key = ? AND ended_at IS NULL ORDER BY id DESC", source_key)
    return next(iter(matches), None)


def _owner(patient_id: str | None, group_id: str | None) -> tuple[str, str]:
    """Return the column that says whose a plan is, and its value."""
    if patient_id is not None and group_id is None:
        return "patient_id", patient_id
    if group_id is not None and patient_id is None:
        return "group_id", group_id
    raise ValueError("a plan belongs to either a patient or a group")


async def running(
    tx: Tx, *, patient_id: str | None = None, group_id: str | None = None
) -> list[Plan]:
    """Return the running plans of a group, or a patient's own, oldest first."""
    column, owner_id = _owner(patient_id, group_id)
    return await _select(tx, f"{column} = ? AND ended_at IS NULL ORDER BY id", owner_id)


async def current(
    tx: Tx, *, patient_id: str | None = None, group_id: str | None = None
) -> Plan | None:
    """Return the repeating plan of a patient or a group, the newest if there are several."""
    plans = await running(tx, patient_id=patient_id, group_id=group_id)
    return next((plan for plan in reversed(plans) if not plan.is_extra), None)


async def all_running(tx: Tx) -> list[Plan]:
    """Return every plan that has not ended, oldest first."""
    return await _select(tx, "ended_at IS NULL ORDER BY id")


async def ending_before(tx: Tx, *, now: datetime, until: datetime) -> list[Plan]:
    """Return repeating plans whose last session is between ``now`` and ``until``."""
    limited = await _select(
        tx, "ended_at IS NULL AND extra = 0 AND (rule LIKE '%COUNT=%' OR rule LIKE '%UNTIL=%')"
    )
    ending = []
    for plan in limited:
        last = last_day(plan.timetable.rule, plan.timetable.first_day)
        if last is not None and now.date() <= last <= until.date():
            ending.append(plan)
    return ending


async def to_extend(tx: Tx, *, horizon: datetime, limit: int) -> Sequence[Plan]:
    """Return plans whose sessions are not planned up to the horizon yet, and lock them.

    They include plans that ended before they were planned, for their sessions until then.
    The lock lasts until they are marked as planned: otherwise a request to replan in between
    would be lost, and with it an absence or a moved session.
    """
    unplanned = await _select(tx, f"planned_until IS NULL LIMIT ?{tx.for_update}", limit)
    if len(unplanned) < limit:
        unplanned += await _select(
            tx,
            f"ended_at IS NULL AND planned_until < ? LIMIT ?{tx.for_update}",
            utc_text(horizon),
            limit - len(unplanned),
        )
    return unplanned


async def has_plans_to_extend(tx: Tx, *, horizon: datetime) -> bool:
    """Say whether ``to_extend`` would return anything; nothing is locked."""
    for condition, values in (
        ("planned_until IS NULL", ()),
        ("ended_at IS NULL AND planned_until < ?", (utc_text(horizon),)),
    ):
        if await tx.one(f"SELECT 1 AS yes FROM plans WHERE {condition} LIMIT 1", *values):
            return True
    return False


async def to_generate(
    tx: Tx, *, condition: str, values: Sequence[str], horizon: datetime
) -> list[Plan]:
    """Return the plans that match an SQL condition and are not planned up to the horizon."""
    return await _select(
        tx,
        f"{condition} AND (planned_until IS NULL OR (ended_at IS NULL AND planned_until < ?))",
        *values,
        utc_text(horizon),
    )


async def mark_extended(tx: Tx, plan_ids: Sequence[str], *, until: datetime) -> None:
    """Record up to when the sessions of those plans are in the table."""
    marks = ", ".join("?" for _ in plan_ids)
    await tx.run(
        f"UPDATE plans SET planned_until = ?, replan_from = NULL WHERE id IN ({marks})",
        utc_text(until),
        *plan_ids,
    )


_REPLAN = (
    "UPDATE plans SET replan_from = CASE WHEN planned_until IS NULL THEN replan_from"
    " WHEN planned_until < ? THEN planned_until ELSE ? END, planned_until = NULL"
    " WHERE ended_at IS NULL AND "
)
"""Replan from a given moment, or from an earlier one that has not been planned yet."""


async def replan(tx: Tx, *, plan_id: str, at: datetime) -> None:
    """Have one plan replanned: its sessions that begin later than ``at``."""
    await tx.run(_REPLAN + "id = ?", utc_text(at), utc_text(at), plan_id)


async def replan_of(
    tx: Tx, *, patient_id: str | None = None, group_id: str | None = None, at: datetime
) -> None:
    """Have every plan of a patient or a group replanned."""
    column, owner_id = _owner(patient_id, group_id)
    await tx.run(f"{_REPLAN}{column} = ?", utc_text(at), utc_text(at), owner_id)


async def replan_all(tx: Tx, *, at: datetime) -> int:
    """Have every plan replanned, because the site's defaults have changed; return how many."""
    return await tx.run(_REPLAN + "1 = 1", utc_text(at), utc_text(at))


async def replan_affected_by(tx: Tx, *, person_id: str, at: datetime) -> None:
    """Have every plan replanned that somebody's absence or time zone may affect.

    These are a patient's own plans, and those of the patients and groups of a therapist and
    of everybody they cover for.
    """
    covered = "SELECT a.person_id FROM absences a WHERE a.cover_id = ? AND a.withdrawn_at IS NULL"
    by_therapist = f"to_at IS NULL AND (therapist_id = ? OR therapist_id IN ({covered}))"
    await tx.run(
        _REPLAN + "(patient_id = ?"
        f" OR patient_id IN (SELECT patient_id FROM care WHERE {by_therapist})"
        f" OR group_id IN (SELECT group_id FROM leaders WHERE {by_therapist}))",
        utc_text(at),
        utc_text(at),
        *(5 * (person_id,)),
    )
