"""Sessions: the meetings that check-ins follow, planned or just reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from alliance.calendar.timing import WINDOW, Quiet
from storage.calendar.plans import hours, minutes
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, Value, at_text, at_time, at_time_or_none

ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Session:
    """One meeting of a patient or of a group, with what its check-ins need to know.

    Attributes:
        plan_id: None when it was reported, not planned.
        planned_for: The instant that the plan's rule gives, however often it was moved.
        state: planned, held, cancelled or no_show.
        reason: Why it is not held, one of ``NotHeld``, ``ended`` or ``moved``; else None.
    """

    id: str
    patient_id: str | None
    group_id: str | None
    starts_at: datetime
    ends_at: datetime
    zone: str
    delay: timedelta
    instrument: str
    quiet: Quiet
    reminders: int = 1
    expiry: timedelta = WINDOW
    plan_id: str | None = None
    planned_for: datetime | None = None
    state: str = "planned"
    reason: str | None = None

    @property
    def whose(self) -> str:
        """The patient or the group; what follows each other there is one course."""
        return str(self.patient_id or self.group_id)

    @property
    def place(self) -> tuple[datetime, str]:
        """Where it stands in that course; of two that begin together, one is the later."""
        return self.starts_at, self.plan_id or ""


def session_of(row: Row) -> Session:
    """Return the session of a row."""
    return Session(
        id=row["id"],
        patient_id=row["patient_id"],
        group_id=row["group_id"],
        starts_at=at_time(row["starts_at"]),
        ends_at=at_time(row["ends_at"]),
        zone=row["zone"],
        delay=timedelta(minutes=row["delay_minutes"]),
        instrument=row["instrument"],
        quiet=Quiet(time.fromisoformat(row["quiet_from"]), time.fromisoformat(row["quiet_to"])),
        reminders=row["reminders"],
        expiry=timedelta(hours=row["expiry_hours"]),
        plan_id=row["plan_id"],
        planned_for=at_time_or_none(row["planned_for"]),
        state=row["state"],
        reason=row["reason"],
    )


_COLUMNS = (
    "id, patient_id, group_id, plan_id, planned_for, starts_at, ends_at, zone, delay_minutes,"
    " instrument, quiet_from, quiet_to, reminders, expiry_hours, state, reason"
)
_MARKS = "(" + ", ".join("?" for _ in _COLUMNS.split(",")) + ")"
_AS_PLANNED = ", ".join(
    f"{column} = excluded.{column}" for column in map(str.strip, _COLUMNS.split(",")[5:])
)
"""What planning anew may change of a session that stands in the table already."""


def _values(session: Session) -> tuple[Value, ...]:
    begin, planned_for = at_text(session.starts_at), session.planned_for
    named = None if planned_for is None else begin
    if planned_for is not None and planned_for != session.starts_at:
        named = at_text(planned_for)
    return (
        session.id,
        session.patient_id,
        session.group_id,
        session.plan_id,
        named,
        begin,
        at_text(session.ends_at),
        session.zone,
        minutes(session.delay),
        session.instrument,
        session.quiet.begin.isoformat("minutes"),
        session.quiet.end.isoformat("minutes"),
        session.reminders,
        hours(session.expiry),
        session.state,
        session.reason,
    )


async def keep_all(tx: Tx, planned: Sequence[Session]) -> int:
    """Put sessions of plans into the table, or where they belong now; return how many.

    UNIQUE (plan_id, planned_for) makes a second tick or a restart harmless, and one that
    was held, or to which nobody came, is left as it is.
    """
    kept = 0
    for begin in range(0, len(planned), ROWS_AT_ONCE):
        some = planned[begin : begin + ROWS_AT_ONCE]
        kept += await tx.run(
            f"INSERT INTO sessions ({_COLUMNS}) VALUES {', '.join(_MARKS for _ in some)}"
            f" ON CONFLICT (plan_id, planned_for) DO UPDATE SET {_AS_PLANNED}"
            " WHERE sessions.state IN ('planned', 'cancelled')",
            *(value for session in some for value in _values(session)),
        )
    return kept


async def just_ended(
    tx: Tx,
    *,
    patient_id: str | None = None,
    group_id: str | None = None,
    zone: str,
    delay: timedelta,
    instrument: str,
    quiet: Quiet,
    duration: timedelta,
    reminders: int = 1,
    expiry: timedelta = WINDOW,
    at: datetime,
) -> Session:
    """Keep a session that a therapist says has just ended.

    A planned session that lies around this moment is the one that is meant: it becomes the
    held one instead of asking a second time for it later. It is a patient's or a group's.
    """
    whose = "group_id" if patient_id is None else "patient_id"
    meant = await tx.one(
        f"SELECT id, starts_at FROM sessions WHERE {whose} = ? AND state = 'planned'"
        " AND starts_at <= ? AND ends_at > ? ORDER BY starts_at LIMIT 1",
        patient_id or group_id,
        at_text(at),
        at_text(at - timedelta(hours=2)),
    )
    if meant is not None:
        session_id = str(meant["id"])
        await tx.run(
            "UPDATE sessions SET state = 'held', ends_at = ?, delay_minutes = ? WHERE id = ?",
            at_text(at),
            minutes(delay),
            session_id,
        )
    else:
        session_id = new_id(at)
        reported = Session(
            session_id,
            patient_id,
            group_id,
            at - duration,
            at,
            zone,
            delay,
            instrument,
            quiet,
            reminders,
            expiry,
            state="held",
        )
        await tx.run(f"INSERT INTO sessions ({_COLUMNS}) VALUES {_MARKS}", *_values(reported))
    found = await by_id(tx, session_id)
    if found is None:
        raise LookupError("the session that was just kept is gone")
    return found


async def by_id(tx: Tx, session_id: str) -> Session | None:
    """Return the session of that id."""
    row = await tx.one("SELECT * FROM sessions WHERE id = ?", session_id)
    return None if row is None else session_of(row)


async def ended(tx: Tx, *, now: datetime, limit: int) -> Sequence[Session]:
    """Return planned sessions that are over and have no check-in yet, oldest first."""
    rows = await tx.all(
        "SELECT * FROM sessions WHERE state = 'planned' AND ends_at <= ? ORDER BY ends_at LIMIT ?",
        at_text(now),
        limit,
    )
    return [session_of(row) for row in rows]


async def held_since(tx: Tx, *, group_id: str, since: datetime) -> bool:
    """Say whether a session of a group has ended since then, by its plan or by a leader's word."""
    row = await tx.one(
        "SELECT 1 AS yes FROM sessions WHERE group_id = ? AND state = 'held' AND ends_at > ?",
        group_id,
        at_text(since),
    )
    return row is not None


async def set_state(tx: Tx, *, session_id: str, state: str) -> None:
    """Set what became of a session: held, cancelled or no_show."""
    await tx.run("UPDATE sessions SET state = ? WHERE id = ?", state, session_id)


async def next_after(tx: Tx, session: Session) -> datetime | None:
    """Return when the next session of the same patient, or the same group, begins."""
    whose = "patient_id" if session.patient_id is not None else "group_id"
    begin, plan = session.place
    row = await tx.one(
        "SELECT MIN(starts_at) AS starts_at FROM sessions"
        f" WHERE {whose} = ? AND state IN ('planned', 'held') AND starts_at >= ?"
        " AND (starts_at > ? OR COALESCE(plan_id, '') > ?)",
        session.whose,
        at_text(begin),
        at_text(begin),
        plan,
    )
    return None if row is None else at_time_or_none(row["starts_at"])


async def next_around(tx: Tx, *, checkin_id: str, after: datetime) -> datetime | None:
    """Return when the next planned session begins of whom a check-in is about, patient or group."""
    row = await tx.one(
        "SELECT MIN(n.starts_at) AS starts_at FROM checkins k"
        " JOIN sessions s ON s.id = k.session_id"
        " JOIN sessions n ON n.patient_id = s.patient_id OR n.group_id = s.group_id"
        " WHERE k.id = ? AND n.state = 'planned' AND n.starts_at > ?",
        checkin_id,
        at_text(after),
    )
    return None if row is None else at_time_or_none(row["starts_at"])


async def upcoming(tx: Tx, *, patient_id: str, after: datetime, limit: int) -> Sequence[Session]:
    """Return a patient's own next sessions that are to be held."""
    rows = await tx.all(
        "SELECT * FROM sessions WHERE patient_id = ? AND state = 'planned' AND starts_at > ?"
        " ORDER BY starts_at LIMIT ?",
        patient_id,
        at_text(after),
        limit,
    )
    return [session_of(row) for row in rows]
