"""Plans: the timetables of patients and of groups, as they stand in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from alliance.calendar.recurrence import last_day, read_rule
from alliance.calendar.timetable import Timetable
from alliance.calendar.timing import Quiet
from storage.database.tx import Row, Tx, at_text, at_time, at_time_or_none


@dataclass(frozen=True, slots=True)
class Plan:
    """The sessions of a patient or of a group, repeating or, as an extra, a single one.

    Attributes:
        timetable: What it says; what it leaves open is as the site has it.
        ended_at: When it was ended or replaced; None while it runs.
        planned_until: Up to when its sessions stand in the table; None is to be planned anew.
        replan_from: From which moment on it is then planned; None is from its beginning.
        extra: One more session beside the repeating ones.
        source_key: What a file calls it, where it came from one; likewise ``source_sequence``.
    """

    id: str
    patient_id: str | None
    group_id: str | None
    timetable: Timetable
    created_at: datetime
    ended_at: datetime | None = None
    planned_until: datetime | None = None
    replan_from: datetime | None = None
    extra: bool = False
    source_key: str | None = None
    source_sequence: int | None = None

    def planned_up_to(self, horizon: datetime) -> datetime:
        """Return up to when it has sessions: the horizon, or its end where that is earlier."""
        return horizon if self.ended_at is None else min(horizon, self.ended_at)

    @property
    def planned_after(self) -> datetime:
        """The moment up to which its sessions need no further planning."""
        return self.planned_until or self.replan_from or self.created_at


COLUMNS = (
    "id, patient_id, group_id, rule, first_day, wall_time, zone, duration_minutes, delay_minutes,"
    " instrument, quiet_from, quiet_to, reminders, expiry_hours, holidays, created_at, ended_at,"
    " planned_until, replan_from, extra, source_key, source_sequence"
)

_rule = lru_cache(maxsize=1024)(read_rule)


def minutes(length: timedelta) -> int:
    """Return a length in whole minutes."""
    return round(length / timedelta(minutes=1))


def hours(length: timedelta) -> int:
    """Return a length in whole hours."""
    return round(length / timedelta(hours=1))


def plan_of(row: Row) -> Plan:
    """Return the plan of a row with ``COLUMNS``."""
    return Plan(
        id=row["id"],
        patient_id=row["patient_id"],
        group_id=row["group_id"],
        timetable=_timetable(row),
        created_at=at_time(row["created_at"]),
        ended_at=at_time_or_none(row["ended_at"]),
        planned_until=at_time_or_none(row["planned_until"]),
        replan_from=at_time_or_none(row["replan_from"]),
        extra=bool(row["extra"]),
        source_key=row["source_key"],
        source_sequence=row["source_sequence"],
    )


def _timetable(row: Row) -> Timetable:
    quiet = row["quiet_from"] and Quiet(
        time.fromisoformat(row["quiet_from"]), time.fromisoformat(row["quiet_to"])
    )
    return Timetable(
        rule=_rule(row["rule"]),
        first_day=date.fromisoformat(row["first_day"]),
        wall_time=time.fromisoformat(row["wall_time"]),
        zone=row["zone"],
        duration=_length(row["duration_minutes"], timedelta(minutes=1)),
        delay=_length(row["delay_minutes"], timedelta(minutes=1)),
        instrument=row["instrument"],
        quiet=quiet or None,
        reminders=row["reminders"],
        expiry=_length(row["expiry_hours"], timedelta(hours=1)),
        holidays=row["holidays"],
    )


def _length(count: int | None, unit: timedelta) -> timedelta | None:
    return None if count is None else count * unit


async def keep(tx: Tx, plan: Plan) -> None:
    """Put a new plan into the table; the next tick plans its sessions."""
    told, quiet = plan.timetable, plan.timetable.quiet
    await tx.run(
        f"INSERT INTO plans ({COLUMNS})"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?, ?, ?, ?)",
        plan.id,
        plan.patient_id,
        plan.group_id,
        told.rule.text(),
        told.first_day.isoformat(),
        told.wall_time.isoformat("minutes"),
        told.zone,
        None if told.duration is None else minutes(told.duration),
        None if told.delay is None else minutes(told.delay),
        told.instrument,
        None if quiet is None else quiet.begin.isoformat("minutes"),
        None if quiet is None else quiet.end.isoformat("minutes"),
        told.reminders,
        None if told.expiry is None else hours(told.expiry),
        told.holidays,
        at_text(plan.created_at),
        at_text(plan.created_at),
        int(plan.extra),
        plan.source_key,
        plan.source_sequence,
    )


async def _where(tx: Tx, condition: str, *values: str | int | None) -> list[Plan]:
    rows = await tx.all(f"SELECT {COLUMNS} FROM plans WHERE {condition}", *values)
    return [plan_of(row) for row in rows]


async def by_id(tx: Tx, plan_id: str) -> Plan | None:
    """Return the plan of that id, ended or not."""
    return next(iter(await _where(tx, "id = ?", plan_id)), None)


async def by_source(tx: Tx, source_key: str) -> Plan | None:
    """Return the running plan that a file calls so."""
    found = await _where(tx, "source_key = ? AND ended_at IS NULL ORDER BY id DESC", source_key)
    return next(iter(found), None)


async def of_patient(tx: Tx, patient_id: str) -> list[Plan]:
    """Return a patient's own running plans, oldest first; not those of their groups."""
    return await _where(tx, "patient_id = ? AND ended_at IS NULL ORDER BY id", patient_id)


async def of_group(tx: Tx, group_id: str) -> list[Plan]:
    """Return a group's running plans, oldest first."""
    return await _where(tx, "group_id = ? AND ended_at IS NULL ORDER BY id", group_id)


async def current(tx: Tx, patient_id: str) -> Plan | None:
    """Return a patient's repeating plan, the newest if there are several."""
    found = await _where(
        tx, "patient_id = ? AND ended_at IS NULL AND extra = 0 ORDER BY id DESC", patient_id
    )
    return next(iter(found), None)


async def all_running(tx: Tx) -> list[Plan]:
    """Return every plan that has not ended, oldest first."""
    return await _where(tx, "ended_at IS NULL ORDER BY id")


async def ending_before(tx: Tx, *, now: datetime, until: datetime) -> list[Plan]:
    """Return repeating plans whose last session lies ahead, but not beyond ``until``."""
    limited = await _where(
        tx, "ended_at IS NULL AND extra = 0 AND (rule LIKE '%COUNT=%' OR rule LIKE '%UNTIL=%')"
    )
    found = []
    for plan in limited:
        last = last_day(plan.timetable.rule, plan.timetable.first_day)
        if last is not None and now.date() <= last <= until.date():
            found.append(plan)
    return found


async def to_extend(tx: Tx, *, horizon: datetime, limit: int) -> Sequence[Plan]:
    """Return plans whose sessions are not yet planned up to the horizon, and hold them.

    A plan that ended before it could be planned is among them: what began until then counts.
    Held, none can be marked for planning anew before it is noted as planned: else that mark
    would be lost, and with it an absence or a moved session.
    """
    waiting = await _where(tx, f"planned_until IS NULL LIMIT ?{tx.holding}", limit)
    if len(waiting) < limit:
        waiting += await _where(
            tx,
            f"ended_at IS NULL AND planned_until < ? LIMIT ?{tx.holding}",
            at_text(horizon),
            limit - len(waiting),
        )
    return waiting


async def is_any_to_extend(tx: Tx, *, horizon: datetime) -> bool:
    """Say whether ``to_extend`` would return anything; nothing is held."""
    for condition, values in (
        ("planned_until IS NULL", ()),
        ("ended_at IS NULL AND planned_until < ?", (at_text(horizon),)),
    ):
        if await tx.one(f"SELECT 1 AS yes FROM plans WHERE {condition} LIMIT 1", *values):
            return True
    return False


async def to_lay_out(
    tx: Tx, *, condition: str, values: Sequence[str], horizon: datetime
) -> list[Plan]:
    """Return the plans for which a condition holds and that are not planned to a horizon."""
    return await _where(
        tx,
        f"{condition} AND (planned_until IS NULL OR (ended_at IS NULL AND planned_until < ?))",
        *values,
        at_text(horizon),
    )


async def extended(tx: Tx, plan_ids: Sequence[str], *, until: datetime) -> None:
    """Note up to when the sessions of those plans are in the table."""
    marks = ", ".join("?" for _ in plan_ids)
    await tx.run(
        f"UPDATE plans SET planned_until = ?, replan_from = NULL WHERE id IN ({marks})",
        at_text(until),
        *plan_ids,
    )


_ANEW = (
    "UPDATE plans SET replan_from = CASE WHEN planned_until IS NULL THEN replan_from"
    " WHEN planned_until < ? THEN planned_until ELSE ? END, planned_until = NULL"
    " WHERE ended_at IS NULL AND "
)
"""Plan anew from this moment on, or from an earlier one that still waits to be planned."""


async def plan_anew(tx: Tx, *, plan_id: str, at: datetime) -> None:
    """Let one plan be planned anew: its sessions that begin later than ``at``."""
    await tx.run(_ANEW + "id = ?", at_text(at), at_text(at), plan_id)


async def plan_anew_all(tx: Tx, *, at: datetime) -> int:
    """Let every plan be planned anew: the site's defaults are others now."""
    return await tx.run(_ANEW + "1 = 1", at_text(at), at_text(at))


async def plan_anew_around(tx: Tx, *, person_id: str, at: datetime) -> None:
    """Let every plan be planned anew that somebody's absence or zone may bear on.

    Those are a patient's own, and those of the patients and groups that a therapist looks
    after, or that somebody looks after for whom they stand in.
    """
    covered = "SELECT a.person_id FROM absences a WHERE a.cover_id = ? AND a.withdrawn_at IS NULL"
    theirs = f"to_at IS NULL AND (therapist_id = ? OR therapist_id IN ({covered}))"
    await tx.run(
        _ANEW + f"(patient_id = ? OR patient_id IN (SELECT patient_id FROM care WHERE {theirs})"
        f" OR group_id IN (SELECT group_id FROM leaders WHERE {theirs}))",
        at_text(at),
        at_text(at),
        *(5 * (person_id,)),
    )
