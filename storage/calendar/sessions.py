"""Sessions: the meetings that check-ins follow, planned or just reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alliance.calendar.session_outcomes import REPORT_WINDOW
from alliance.calendar.timetable import PlanSettings
from alliance.calendar.timing import ANSWER_WINDOW, QuietHours
from storage.calendar.plans import hours, minutes, quiet_of, quiet_values
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, Value, utc_text, utc_time, utc_time_or_none

ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a patient or a group, with the settings of its check-ins.

    Attributes:
        plan_id: None if it was reported, not planned.
        planned_for: The instant that the plan's rule gives, however often it was moved.
        planned_local: The local day and wall time that the rule gives; ``planned_for`` is
            computed from it.
        state: planned, held, cancelled or no_show.
        reason: Why it is not held: a ``NotHeldReason``, ``ended`` or ``moved``; None if it is.
    """

    id: str
    patient_id: str | None
    group_id: str | None
    starts_at: datetime
    ends_at: datetime
    zone: str
    delay: timedelta
    instrument: str
    quiet: QuietHours
    reminders: int = 1
    expiry: timedelta = ANSWER_WINDOW
    plan_id: str | None = None
    planned_for: datetime | None = None
    state: str = "planned"
    reason: str | None = None
    planned_local: str | None = None

    @property
    def owner_id(self) -> str:
        """The id of its patient or group; their sessions form one course."""
        return str(self.patient_id or self.group_id)

    @property
    def sort_key(self) -> tuple[datetime, str]:
        """Its place in that course; of two that begin together, the plan's id decides."""
        return self.starts_at, self.plan_id or ""


def session_of(row: Row) -> Session:
    """Return the session in a row."""
    return Session(
        id=row["id"],
        patient_id=row["patient_id"],
        group_id=row["group_id"],
        starts_at=utc_time(row["starts_at"]),
        ends_at=utc_time(row["ends_at"]),
        zone=row["zone"],
        delay=timedelta(minutes=row["delay_minutes"]),
        instrument=row["instrument"],
        quiet=quiet_of(row),
        reminders=row["reminders"],
        expiry=timedelta(hours=row["expiry_hours"]),
        plan_id=row["plan_id"],
        planned_for=utc_time_or_none(row["planned_for"]),
        state=row["state"],
        reason=row["reason"],
        planned_local=row["planned_local"],
    )


_COLUMNS = (
    "id, patient_id, group_id, plan_id, planned_for, starts_at, ends_at, zone, delay_minutes,"
    " instrument, quiet_from, quiet_to, reminders, expiry_hours, state, reason,"
    " planned_local"
)
_PLACEHOLDERS = "(" + ", ".join("?" for _ in _COLUMNS.split(",")) + ")"
_AS_PLANNED = ", ".join(
    f"{column} = excluded.{column}" for column in map(str.strip, _COLUMNS.split(",")[5:])
)
"""What replanning may change of a session that is in the table already."""


def _values(session: Session) -> tuple[Value, ...]:
    planned_for = session.planned_for
    return (
        session.id,
        session.patient_id,
        session.group_id,
        session.plan_id,
        None if planned_for is None else utc_text(planned_for),
        utc_text(session.starts_at),
        utc_text(session.ends_at),
        session.zone,
        minutes(session.delay),
        session.instrument,
        *quiet_values(session.quiet),
        session.reminders,
        hours(session.expiry),
        session.state,
        session.reason,
        session.planned_local,
    )


async def save_all(tx: Tx, planned: Sequence[Session]) -> int:
    """Insert sessions of plans, or update those in the table; return how many.

    UNIQUE (plan_id, planned_for) makes a second tick or a restart harmless. Sessions that were
    held, or that the patient missed, stay as they are.
    """
    saved = 0
    for begin in range(0, len(planned), ROWS_AT_ONCE):
        some = planned[begin : begin + ROWS_AT_ONCE]
        saved += await tx.run(
            f"INSERT INTO sessions ({_COLUMNS}) VALUES {', '.join(_PLACEHOLDERS for _ in some)}"
            f" ON CONFLICT (plan_id, planned_for) DO UPDATE SET {_AS_PLANNED}"
            " WHERE sessions.state IN ('planned', 'cancelled')",
            *(value for session in some for value in _values(session)),
        )
    return saved


async def record_ended_session(
    tx: Tx,
    *,
    patient_id: str | None = None,
    group_id: str | None = None,
    zone: str,
    settings: PlanSettings,
    at: datetime,
) -> Session:
    """Record a session of a patient or a group that has just ended, as a therapist reports.

    If a session was planned around this moment, it is that one: it becomes held, so that
    nobody is asked a second time for it later.
    """
    owner_column = "group_id" if patient_id is None else "patient_id"
    planned = await tx.one(
        f"SELECT id, starts_at FROM sessions WHERE {owner_column} = ? AND state = 'planned'"
        " AND starts_at <= ? AND ends_at > ? ORDER BY starts_at LIMIT 1",
        patient_id or group_id,
        utc_text(at),
        utc_text(at - REPORT_WINDOW),
    )
    if planned is not None:
        session_id = str(planned["id"])
        await tx.run(
            "UPDATE sessions SET state = 'held', ends_at = ?, delay_minutes = ? WHERE id = ?",
            utc_text(at),
            minutes(settings.delay),
            session_id,
        )
    else:
        session_id = new_id(at)
        reported = Session(
            session_id,
            patient_id,
            group_id,
            at - settings.duration,
            at,
            zone,
            settings.delay,
            settings.instrument,
            settings.quiet,
            settings.reminders,
            settings.expiry,
            state="held",
        )
        await tx.run(
            f"INSERT INTO sessions ({_COLUMNS}) VALUES {_PLACEHOLDERS}", *_values(reported)
        )
    session = await by_id(tx, session_id)
    if session is None:
        raise LookupError("the session that was just recorded is gone")
    return session


async def by_id(tx: Tx, session_id: str) -> Session | None:
    """Return the session with that id."""
    row = await tx.one("SELECT * FROM sessions WHERE id = ?", session_id)
    return None if row is None else session_of(row)


async def over_without_checkin(tx: Tx, *, now: datetime, limit: int) -> Sequence[Session]:
    """Return planned sessions that are over and have no check-in yet, oldest first."""
    rows = await tx.all(
        "SELECT * FROM sessions WHERE state = 'planned' AND ends_at <= ? ORDER BY ends_at LIMIT ?",
        utc_text(now),
        limit,
    )
    return [session_of(row) for row in rows]


async def was_held_since(tx: Tx, *, group_id: str, since: datetime) -> bool:
    """Say whether a session of a group has ended since then, as planned or as reported."""
    row = await tx.one(
        "SELECT 1 AS yes FROM sessions WHERE group_id = ? AND state = 'held' AND ends_at > ?",
        group_id,
        utc_text(since),
    )
    return row is not None


async def mark_held(tx: Tx, session_id: str) -> None:
    """Record that a session was held."""
    await tx.run("UPDATE sessions SET state = 'held' WHERE id = ?", session_id)


async def next_start_after(tx: Tx, session: Session) -> datetime | None:
    """Return when the next session of the same patient, or the same group, begins."""
    owner_column = "patient_id" if session.patient_id is not None else "group_id"
    starts_at, plan_id = session.sort_key
    row = await tx.one(
        "SELECT MIN(starts_at) AS starts_at FROM sessions"
        f" WHERE {owner_column} = ? AND state IN ('planned', 'held') AND starts_at >= ?"
        " AND (starts_at > ? OR COALESCE(plan_id, '') > ?)",
        session.owner_id,
        utc_text(starts_at),
        utc_text(starts_at),
        plan_id,
    )
    return None if row is None else utc_time_or_none(row["starts_at"])


async def next_start_for_checkin(tx: Tx, *, checkin_id: str, after: datetime) -> datetime | None:
    """Return when the next planned session of a check-in's patient or group begins."""
    row = await tx.one(
        "SELECT MIN(n.starts_at) AS starts_at FROM checkins k"
        " JOIN sessions s ON s.id = k.session_id"
        " JOIN sessions n ON n.patient_id = s.patient_id OR n.group_id = s.group_id"
        " WHERE k.id = ? AND n.state = 'planned' AND n.starts_at > ?",
        checkin_id,
        utc_text(after),
    )
    return None if row is None else utc_time_or_none(row["starts_at"])


async def next_start_of(tx: Tx, *, patient_id: str, after: datetime) -> datetime | None:
    """Return when a patient's own next planned session begins."""
    row = await tx.one(
        "SELECT MIN(starts_at) AS starts_at FROM sessions"
        " WHERE patient_id = ? AND state = 'planned' AND starts_at > ?",
        patient_id,
        utc_text(after),
    )
    return None if row is None else utc_time_or_none(row["starts_at"])
