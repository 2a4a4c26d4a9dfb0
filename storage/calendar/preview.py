"""Previews what will be sent to whom, and what not and why, with the scheduler's own functions.

Plans that are not fully planned yet are planned here as the next tick will do it, but only in
memory. Nothing is written.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alliance.calendar.ask_or_not import WhyNot, decide_question
from alliance.calendar.timetable import SiteDefaults
from alliance.calendar.timing import QuietHours, zone_named
from storage.calendar import plans
from storage.calendar.attendance import Patient, is_missing, read_attendance
from storage.calendar.plan_checkins import timing_of
from storage.calendar.quiet_hours import PLAN_QUIET, quiet_hours_of
from storage.calendar.schedule import generate_sessions
from storage.calendar.sessions import Session, session_of
from storage.database.tx import Tx, utc_text, utc_time, utc_time_or_none

LOOKBACK = timedelta(days=5)
"""The longest time from a session's start to its question: duration, delay and quiet hours."""

SESSIONS_PER_YIELD = 200
"""After so many sessions other tasks get a turn, such as handling patients' taps."""


@dataclass(frozen=True, slots=True)
class PreviewEntry:
    """One patient's session, and whether and when its question is sent.

    Attributes:
        zone: The patient's time zone; ``session_zone`` is that of the session's wall time.
        due_at: When the question is sent, or would be; None if the session is not held.
        why_not: Why it is not sent; None if it is.
        moved_from: The session's planned time, if it was moved.
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
        """What entries are sorted by: when the question is sent, or else the session's start."""
        return self.due_at or self.starts_at


async def preview(
    tx: Tx,
    *,
    now: datetime,
    until: datetime,
    defaults: SiteDefaults,
    patient_id: str | None = None,
    group_id: str | None = None,
) -> list[PreviewEntry]:
    """Return the questions of a span of time, those that are not sent included, by time.

    Args:
        tx: A transaction for reading.
        now: The beginning of the span; what was sent before is left out.
        until: The end of the span; questions due later are left out.
        defaults: The site's settings, where a plan has none of its own.
        patient_id: Only this patient's sessions, with those of their groups.
        group_id: Only this group's sessions. With neither, everybody's.
    """
    ahead = await sessions_ahead(
        tx,
        now=now,
        since=now - LOOKBACK,
        until=until,
        defaults=defaults,
        patient_id=patient_id,
        group_id=group_id,
    )
    attendance = await read_attendance(tx, ahead)
    planned_times = await _planned_times(tx, until, defaults.quiet)
    entries = []
    for count, (session, next_session_at) in enumerate(_with_next_start(ahead)):
        if count % SESSIONS_PER_YIELD == 0:
            await asyncio.sleep(0)
        for patient in attendance.of(session):
            if patient_id in (None, patient.id):
                times = planned_times.get((session.id, patient.id))
                entry = _entry_within_span(
                    session, patient, times, next_session_at, now=now, until=until
                )
                entries += [] if entry is None else [entry]
    return sorted(entries, key=lambda entry: (entry.at, entry.patient_code))


def _entry_within_span(
    session: Session,
    patient: Patient,
    times: "_CheckinTimes | None",
    next_session_at: datetime | None,
    *,
    now: datetime,
    until: datetime,
) -> PreviewEntry | None:
    """Return the entry of one patient's session; None if it is not in this span."""
    if session.state == "cancelled" or (session.state == "planned" and session.starts_at > until):
        planned_for = session.planned_for or session.starts_at
        if not now < (session.starts_at if session.reason else planned_for) <= until:
            return None
        return _entry(session, patient, None, WhyNot(session.reason or WhyNot.MOVED))
    if session.state == "held" and times is None:
        return None  # has been asked, or will never be
    if times is None:
        timing = timing_of(session, zone=patient.zone, next_session_at=next_session_at)
        times = _CheckinTimes(timing.due_at, timing.closes_at, session.quiet, timing.awake_until)
    if times.due_at > until or session.state not in ("planned", "held"):
        return None
    decision = decide_question(
        due_at=times.due_at,
        closes_at=times.closes_at,
        status=patient.status,
        quiet=times.quiet,
        zone=zone_named(patient.zone),
        now=max(now, times.due_at),
        awake_until=times.awake_until,
    )
    is_away = session.state == "planned" and is_missing(session, patient)
    why_not = WhyNot.PATIENT_AWAY if is_away else decision.why_not
    return _entry(session, patient, decision.send_at, why_not)


@dataclass(frozen=True, slots=True)
class _CheckinTimes:
    """The times of a planned check-in that is not due yet."""

    due_at: datetime
    closes_at: datetime
    quiet: QuietHours
    awake_until: datetime | None


async def _planned_times(
    tx: Tx, until: datetime, site_quiet: QuietHours
) -> dict[tuple[str, str], _CheckinTimes]:
    rows = await tx.all(
        f"SELECT k.session_id, k.patient_id, k.due_at, k.closes_at, k.awake_until, {PLAN_QUIET}"
        " FROM checkins k JOIN sessions s ON s.id = k.session_id"
        " WHERE k.state = 'planned' AND k.due_at <= ?",
        utc_text(until),
    )
    return {
        (row["session_id"], row["patient_id"]): _CheckinTimes(
            utc_time(row["due_at"]),
            utc_time(row["closes_at"]),
            quiet_hours_of(row, site_quiet),
            utc_time_or_none(row["awake_until"]),
        )
        for row in rows
    }


def _with_next_start(ahead: Iterable[Session]) -> Iterator[tuple[Session, datetime | None]]:
    """Yield each session with the start of the next one of the same patient or group."""
    next_starts: dict[str, datetime] = {}
    pairs = []
    for session in sorted(ahead, key=lambda one: one.sort_key, reverse=True):
        pairs.append((session, next_starts.get(session.owner_id)))
        if session.state in ("planned", "held"):
            next_starts[session.owner_id] = session.starts_at
    yield from reversed(pairs)


def _entry(
    session: Session, patient: Patient, due_at: datetime | None, why_not: WhyNot | None
) -> PreviewEntry:
    is_moved = session.planned_for not in (None, session.starts_at)
    return PreviewEntry(
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
    defaults: SiteDefaults,
    patient_id: str | None = None,
    group_id: str | None = None,
) -> list[Session]:
    """Return the sessions of a span as they will be after the next tick, by time.

    They include sessions that are not held, with the reason, and those that were moved out of
    the span. Nothing is written.
    """
    condition, values = _owner_condition(patient_id, group_id)
    # Read the unplanned plans first: if a tick runs in between, it only adds their sessions.
    unplanned = await plans.to_generate(tx, condition=condition, values=values, horizon=until)
    rows = await tx.all(
        f"SELECT * FROM sessions WHERE {condition}"
        " AND ((starts_at > ? AND starts_at <= ?) OR (planned_for > ? AND planned_for <= ?))",
        *values,
        *(2 * (utc_text(since), utc_text(until))),
    )
    by_key = {(one.plan_id, one.planned_for or one.starts_at): one for one in map(session_of, rows)}
    for session in await generate_sessions(tx, unplanned, until=until, defaults=defaults, now=now):
        key = (session.plan_id, session.planned_for or session.starts_at)
        saved = by_key.get(key)
        if saved is None or saved.state in ("planned", "cancelled"):
            by_key[key] = session if saved is None else replace(session, id=saved.id)
    return sorted(by_key.values(), key=lambda one: one.sort_key)


def _owner_condition(patient_id: str | None, group_id: str | None) -> tuple[str, tuple[str, ...]]:
    """Return an SQL condition that selects their plans and sessions, and its values."""
    if group_id is not None:
        return "group_id = ?", (group_id,)
    if patient_id is not None:
        of_groups = "SELECT m.group_id FROM memberships m WHERE m.patient_id = ?"
        return f"(patient_id = ? OR group_id IN ({of_groups}))", (patient_id, patient_id)
    return "1 = 1", ()
