"""Sessions: the meetings that check-ins follow, planned or just reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from alliance.cadence import Quiet
from alliance.sessions import Occurrence
from storage.ids import new_id
from storage.plans import Plan, minutes
from storage.tx import Row, Tx, at_text, at_time


@dataclass(frozen=True, slots=True)
class Session:
    """One meeting, with what its check-in needs to know."""

    id: str
    patient_id: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    delay: timedelta
    instrument: str
    quiet: Quiet


def _session(row: Row) -> Session:
    return Session(
        id=row["id"],
        patient_id=row["patient_id"],
        starts_at=at_time(row["starts_at"]),
        ends_at=at_time(row["ends_at"]),
        zone=row["zone"],
        delay=timedelta(minutes=row["delay_minutes"]),
        instrument=row["instrument"],
        quiet=Quiet(time.fromisoformat(row["quiet_from"]), time.fromisoformat(row["quiet_to"])),
    )


_INSERT = (
    "INSERT INTO sessions (id, patient_id, plan_id, planned_for, starts_at, ends_at, zone,"
    " delay_minutes, instrument, quiet_from, quiet_to, state)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING"
)


async def plan_one(tx: Tx, *, plan: Plan, occurrence: Occurrence, at: datetime) -> bool:
    """Put one session of a plan into the table; False when it was there already.

    UNIQUE (plan_id, planned_for) makes a second tick or a restart harmless.
    """
    return bool(
        await tx.run(
            _INSERT,
            new_id(at),
            plan.patient_id,
            plan.id,
            at_text(occurrence.starts_at),
            at_text(occurrence.starts_at),
            at_text(occurrence.ends_at),
            plan.zone,
            minutes(plan.delay),
            plan.instrument,
            plan.quiet.begin.isoformat("minutes"),
            plan.quiet.end.isoformat("minutes"),
            "planned",
        )
    )


async def just_ended(
    tx: Tx,
    *,
    patient_id: str,
    zone: str,
    delay: timedelta,
    instrument: str,
    quiet: Quiet,
    duration: timedelta,
    at: datetime,
) -> Session:
    """Keep a session that a therapist says has just ended.

    A planned session that lies around this moment is the one that is meant: it becomes the
    held one instead of asking a second time for it later.
    """
    session_id = new_id(at)
    meant = await tx.one(
        "SELECT id, starts_at FROM sessions WHERE patient_id = ? AND state = 'planned'"
        " AND starts_at <= ? AND ends_at > ? ORDER BY starts_at LIMIT 1",
        patient_id,
        at_text(at),
        at_text(at - timedelta(hours=2)),
    )
    if meant is not None:
        await tx.run(
            "UPDATE sessions SET state = 'held', ends_at = ?, delay_minutes = ? WHERE id = ?",
            at_text(at),
            minutes(delay),
            meant["id"],
        )
        session_id = str(meant["id"])
    else:
        await tx.run(
            _INSERT,
            session_id,
            patient_id,
            None,
            None,
            at_text(at - duration),
            at_text(at),
            zone,
            minutes(delay),
            instrument,
            quiet.begin.isoformat("minutes"),
            quiet.end.isoformat("minutes"),
            "held",
        )
    found = await tx.one("SELECT * FROM sessions WHERE id = ?", session_id)
    if found is None:
        raise LookupError("the session that was just kept is gone")
    return _session(found)


async def ended(tx: Tx, *, now: datetime, limit: int) -> Sequence[Session]:
    """Return planned sessions that are over and have no check-in yet, oldest first."""
    rows = await tx.all(
        "SELECT * FROM sessions WHERE state = 'planned' AND ends_at <= ? ORDER BY ends_at LIMIT ?",
        at_text(now),
        limit,
    )
    return [_session(row) for row in rows]


async def set_state(tx: Tx, *, session_id: str, state: str) -> None:
    """Set what became of a session: held, cancelled or no_show."""
    await tx.run("UPDATE sessions SET state = ? WHERE id = ?", state, session_id)


async def next_after(tx: Tx, *, patient_id: str, at: datetime) -> datetime | None:
    """Return when a patient's next planned session begins."""
    row = await tx.one(
        "SELECT MIN(starts_at) AS starts_at FROM sessions"
        " WHERE patient_id = ? AND state = 'planned' AND starts_at > ?",
        patient_id,
        at_text(at),
    )
    return None if row is None or row["starts_at"] is None else at_time(row["starts_at"])


async def upcoming(tx: Tx, *, patient_id: str, after: datetime, limit: int) -> Sequence[Session]:
    """Return a patient's next planned sessions."""
    rows = await tx.all(
        "SELECT * FROM sessions WHERE patient_id = ? AND state = 'planned' AND starts_at > ?"
        " ORDER BY starts_at LIMIT ?",
        patient_id,
        at_text(after),
        limit,
    )
    return [_session(row) for row in rows]
