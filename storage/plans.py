"""Plans: the timetable of a patient's sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from alliance.cadence import Quiet
from alliance.sessions import Rule, read_rule
from storage.ids import new_id
from storage.tx import Row, Tx, at_text, at_time_or_none


@dataclass(frozen=True, slots=True)
class Plan:
    """When a patient's sessions are and how the check-in follows; times are local to ``zone``."""

    id: str
    patient_id: str
    rule: Rule
    first_day: date
    wall_time: time
    zone: str
    duration: timedelta
    delay: timedelta
    instrument: str
    quiet: Quiet
    created_at: datetime
    planned_until: datetime | None = None


_COLUMNS = (
    "id, patient_id, rule, first_day, wall_time, zone, duration_minutes, delay_minutes,"
    " instrument, quiet_from, quiet_to, created_at, planned_until"
)


def minutes(length: timedelta) -> int:
    """Return a length in whole minutes."""
    return round(length / timedelta(minutes=1))


def _plan(row: Row) -> Plan:
    return Plan(
        id=row["id"],
        patient_id=row["patient_id"],
        rule=read_rule(row["rule"]),
        first_day=date.fromisoformat(row["first_day"]),
        wall_time=time.fromisoformat(row["wall_time"]),
        zone=row["zone"],
        duration=timedelta(minutes=row["duration_minutes"]),
        delay=timedelta(minutes=row["delay_minutes"]),
        instrument=row["instrument"],
        quiet=Quiet(time.fromisoformat(row["quiet_from"]), time.fromisoformat(row["quiet_to"])),
        created_at=datetime.fromisoformat(row["created_at"]),
        planned_until=at_time_or_none(row["planned_until"]),
    )


async def set_plan(
    tx: Tx,
    *,
    patient_id: str,
    rule: Rule,
    first_day: date,
    wall_time: time,
    zone: str,
    duration: timedelta,
    delay: timedelta,
    instrument: str,
    quiet: Quiet,
    at: datetime,
) -> Plan:
    """Give a patient a plan in place of the one before.

    Only the future changes: sessions of the old plan that have not begun are cancelled;
    those that have begun keep their check-in as it was.
    """
    await end_plans(tx, patient_id=patient_id, at=at)
    plan = Plan(
        new_id(at), patient_id, rule, first_day, wall_time, zone, duration, delay,
        instrument, quiet, at,
    )  # fmt: skip
    await tx.run(
        f"INSERT INTO plans ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        plan.id,
        patient_id,
        rule.text(),
        first_day.isoformat(),
        wall_time.isoformat("minutes"),
        zone,
        minutes(duration),
        minutes(delay),
        instrument,
        quiet.begin.isoformat("minutes"),
        quiet.end.isoformat("minutes"),
        at_text(at),
    )
    return plan


async def end_plans(tx: Tx, *, patient_id: str, at: datetime) -> None:
    """End a patient's plans and cancel their sessions that have not begun."""
    await tx.run(
        "UPDATE plans SET ended_at = ? WHERE patient_id = ? AND ended_at IS NULL",
        at_text(at),
        patient_id,
    )
    await tx.run(
        "UPDATE sessions SET state = 'cancelled'"
        " WHERE patient_id = ? AND state = 'planned' AND plan_id IS NOT NULL AND starts_at > ?",
        patient_id,
        at_text(at),
    )


async def current(tx: Tx, patient_id: str) -> Plan | None:
    """Return a patient's plan, if there is one."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM plans WHERE patient_id = ? AND ended_at IS NULL"
        " ORDER BY created_at DESC LIMIT 1",
        patient_id,
    )
    return None if row is None else _plan(row)


async def to_extend(tx: Tx, *, horizon: datetime, limit: int) -> Sequence[Plan]:
    """Return plans whose sessions are not yet planned up to the horizon."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM plans WHERE ended_at IS NULL AND planned_until IS NULL LIMIT ?",
        limit,
    )
    if len(rows) < limit:
        rows = [
            *rows,
            *await tx.all(
                f"SELECT {_COLUMNS} FROM plans"
                " WHERE ended_at IS NULL AND planned_until < ? LIMIT ?",
                at_text(horizon),
                limit - len(rows),
            ),
        ]
    return [_plan(row) for row in rows]


async def extended(tx: Tx, *, plan_id: str, until: datetime) -> None:
    """Note up to when a plan's sessions are in the table."""
    await tx.run("UPDATE plans SET planned_until = ? WHERE id = ?", at_text(until), plan_id)
