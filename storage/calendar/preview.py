"""What will be sent to whom, and what not and why; decided by the functions that the clock uses.

The plans that wait to be planned are laid over the table here as the next tick will do, in
memory only. Nothing is written.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alliance.calendar.ask_or_not import WhyNot, outcome
from alliance.calendar.timetable import Defaults
from alliance.calendar.timing import zone_named
from storage.calendar import plans
from storage.calendar.attendance import Patient, is_missing, read_attendance
from storage.calendar.plan_checkins import timing_of
from storage.calendar.schedule import lay_out
from storage.calendar.sessions import Session, session_of
from storage.database.tx import Tx, at_text, at_time

BEFORE = timedelta(days=5)
"""So long before its question a session may begin: its length, its delay, quiet hours."""

IN_A_BREATH = 200
"""Sessions after which others have their turn, such as patients who tap."""


@dataclass(frozen=True, slots=True)
class Coming:
    """One patient and one session of the calendar, with what becomes of its question.

    Attributes:
        zone: The patient's; ``session_zone`` is where the session's wall time is meant.
        due_at: When the question leaves, or would; None when the session is not held.
        why_not: Why it is not sent; None when it is.
        moved_from: Where the rule has the session, when it was moved.
    """

    patient_id: str
    patient_code: str
    is_test: bool
    zone: str
    group_id: str | None
    plan_id: str | None
    planned_for: datetime | None
    starts_at: datetime
    ends_at: datetime
    session_zone: str
    due_at: datetime | None
    why_not: WhyNot | None
    moved_from: datetime | None

    @property
    def at(self) -> datetime:
        """What it is sorted by: when it leaves, else when its session would be."""
        return self.due_at or self.starts_at


async def preview(
    tx: Tx,
    *,
    now: datetime,
    until: datetime,
    defaults: Defaults,
    patient_id: str | None = None,
    group_id: str | None = None,
) -> list[Coming]:
    """Return what will be asked from now until then, and what not and why, by time.

    Args:
        tx: A transaction for reading.
        now: What has left by now is not in it.
        until: Questions due later than this are not in it.
        defaults: What the site has where a plan says nothing.
        patient_id: Only this patient's, with their groups'.
        group_id: Only this group's. Nobody given: everybody's.
    """
    ahead = await sessions_ahead(
        tx,
        now=now,
        since=now - BEFORE,
        until=until,
        defaults=defaults,
        patient_id=patient_id,
        group_id=group_id,
    )
    attendance = await read_attendance(tx, ahead)
    waiting = await _unasked(tx, until)
    found = []
    for count, (session, next_session_at) in enumerate(_with_next(ahead)):
        if count % IN_A_BREATH == 0:
            await asyncio.sleep(0)
        for patient in attendance.of(session):
            if patient_id in (None, patient.id):
                kept = waiting.get((session.id, patient.id))
                line = _line(session, patient, kept, next_session_at, now=now, until=until)
                found += [] if line is None else [line]
    return sorted(found, key=lambda line: (line.at, line.patient_code))


def _line(
    session: Session,
    patient: Patient,
    kept: "_Kept | None",
    next_session_at: datetime | None,
    *,
    now: datetime,
    until: datetime,
) -> Coming | None:
    """Return what becomes of one patient's question; None when it is not of this span."""
    if session.state == "cancelled" or (session.state == "planned" and session.starts_at > until):
        place = session.planned_for or session.starts_at
        if not now < (session.starts_at if session.reason else place) <= until:
            return None
        return _coming(session, patient, None, WhyNot(session.reason or WhyNot.MOVED))
    if session.state == "held" and kept is None:
        return None  # was asked, or noted not to be
    if kept is None:
        timing = timing_of(session, zone=patient.zone, next_session_at=next_session_at)
        kept = _Kept(timing.due_at, timing.closes_at)
    if kept.due_at > until or session.state not in ("planned", "held"):
        return None
    found = outcome(
        due_at=kept.due_at,
        closes_at=kept.closes_at,
        willing=patient.willing,
        quiet=session.quiet,
        zone=zone_named(patient.zone),
        now=max(now, kept.due_at),
    )
    is_away = session.state == "planned" and is_missing(session, patient)
    why_not = WhyNot.PATIENT_AWAY if is_away else found.why_not
    return _coming(session, patient, found.leaves_at, why_not)


@dataclass(frozen=True, slots=True)
class _Kept:
    """The times of a check-in whose delay runs."""

    due_at: datetime
    closes_at: datetime


async def _unasked(tx: Tx, until: datetime) -> dict[tuple[str, str], _Kept]:
    rows = await tx.all(
        "SELECT session_id, patient_id, due_at, closes_at FROM checkins"
        " WHERE state = 'planned' AND due_at <= ?",
        at_text(until),
    )
    return {
        (row["session_id"], row["patient_id"]): _Kept(
            at_time(row["due_at"]), at_time(row["closes_at"])
        )
        for row in rows
    }


def _with_next(ahead: Iterable[Session]) -> Iterator[tuple[Session, datetime | None]]:
    """Yield each session with the beginning of the next one of the same patient or group."""
    following: dict[str, datetime] = {}
    found = []
    for session in sorted(ahead, key=lambda one: one.place, reverse=True):
        found.append((session, following.get(session.whose)))
        if session.state in ("planned", "held"):
            following[session.whose] = session.starts_at
    yield from reversed(found)


def _coming(
    session: Session, patient: Patient, due_at: datetime | None, why_not: WhyNot | None
) -> Coming:
    is_moved = session.planned_for not in (None, session.starts_at)
    return Coming(
        patient_id=patient.id,
        patient_code=patient.code,
        is_test=patient.is_test,
        zone=patient.zone,
        group_id=session.group_id,
        plan_id=session.plan_id,
        planned_for=session.planned_for,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        session_zone=session.zone,
        due_at=due_at,
        why_not=why_not,
        moved_from=session.planned_for if is_moved else None,
    )


async def sessions_ahead(
    tx: Tx,
    *,
    now: datetime,
    since: datetime,
    until: datetime,
    defaults: Defaults,
    patient_id: str | None = None,
    group_id: str | None = None,
) -> list[Session]:
    """Return the sessions of a span as the next tick will have them, by time.

    Those that are not held are among them with their reason, and those that were moved out
    of the span. Read only: nothing is put into the table.
    """
    condition, values = _whose(patient_id, group_id)
    # The waiting plans first: a tick in between can only have put into the table what they say.
    waiting = await plans.to_lay_out(tx, condition=condition, values=values, horizon=until)
    rows = await tx.all(
        f"SELECT * FROM sessions WHERE {condition}"
        " AND ((starts_at > ? AND starts_at <= ?) OR (planned_for > ? AND planned_for <= ?))",
        *values,
        *(2 * (at_text(since), at_text(until))),
    )
    found = {(one.plan_id, one.planned_for or one.starts_at): one for one in map(session_of, rows)}
    for session in await lay_out(tx, waiting, until=until, defaults=defaults, now=now):
        name = (session.plan_id, session.planned_for or session.starts_at)
        stood = found.get(name)
        if stood is None or stood.state in ("planned", "cancelled"):
            found[name] = session if stood is None else replace(session, id=stood.id)
    return sorted(found.values(), key=lambda one: one.place)


def _whose(patient_id: str | None, group_id: str | None) -> tuple[str, tuple[str, ...]]:
    """Return the SQL that holds for their plans and sessions, and its values."""
    if group_id is not None:
        return "group_id = ?", (group_id,)
    if patient_id is not None:
        of_groups = "SELECT m.group_id FROM memberships m WHERE m.patient_id = ?"
        return f"(patient_id = ? OR group_id IN ({of_groups}))", (patient_id, patient_id)
    return "1 = 1", ()
