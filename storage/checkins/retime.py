"""Recompute the times of unfinished check-ins when what they depend on has changed.

They depend on the patient's time zone, on quiet hours, and on the rules of time zones. Nothing
that was sent is sent again.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alliance.calendar.timetable import MAX_EXPIRY
from alliance.calendar.timing import (
    AWAKE_AFTER_SESSION,
    QuietHours,
    Timing,
    checkin_timing,
    next_reminder,
    skip_quiet_hours,
    zone_named,
)
from alliance.checkins.review import CheckinState
from storage.calendar import sessions
from storage.calendar.quiet_hours import PLAN_QUIET, quiet_hours_of
from storage.calendar.sessions import session_of
from storage.checkins.checkins import UNFINISHED_SQL
from storage.database.tx import (
    Row,
    Tx,
    Value,
    id_batches,
    utc_text,
    utc_text_or_none,
    utc_time,
    utc_time_or_none,
)
from storage.messages import outbox

LONGEST_OPEN = MAX_EXPIRY + timedelta(days=5)
"""No check-in stays open longer than this after its session began (length, delay, expiry)."""


async def retime_of_patient(
    tx: Tx, *, patient_id: str, site_quiet: QuietHours, at: datetime
) -> None:
    """Recompute a patient's unfinished check-ins, because their time zone has changed.

    What they asked for late in the evening was meant by the clocks they had then: by the new
    ones it may be night, so it waits like anything else.
    """
    await _retime(tx, "k.patient_id = ?", (patient_id,), site_quiet, at, is_new_zone=True)


async def retime_of_owners(
    tx: Tx, *, owner_ids: Iterable[str], site_quiet: QuietHours, at: datetime
) -> None:
    """Recompute the unfinished check-ins of patients and groups whose plans have changed."""
    for marks, ids in id_batches(owner_ids):
        await _retime(
            tx,
            f"(s.patient_id IN ({marks}) OR s.group_id IN ({marks})) AND s.starts_at > ?",
            (*ids, *ids, utc_text(at - LONGEST_OPEN)),
            site_quiet,
            at,
        )


async def retime_all(tx: Tx, *, site_quiet: QuietHours, at: datetime) -> None:
    """Recompute every unfinished check-in."""
    await _retime(tx, "1 = 1", (), site_quiet, at)


async def _retime(
    tx: Tx,
    condition: str,
    values: tuple[Value, ...],
    site_quiet: QuietHours,
    at: datetime,
    *,
    is_new_zone: bool = False,
) -> None:
    for row in await tx.all(
        "SELECT k.id AS checkin_id, k.state AS checkin_state, k.due_at, k.closes_at, k.remind_at,"
        " k.reminders_left, k.awake_until, p.zone AS patient_zone,"
        f" (SELECT MAX(o.created_at) FROM outbox o WHERE o.subject_id = k.id"
        f"  AND o.kind = 'reminder') AS reminded_at, {PLAN_QUIET}, s.*"
        " FROM checkins k JOIN sessions s ON s.id = k.session_id"
        " JOIN people p ON p.id = k.patient_id"
        f" WHERE k.state IN ({UNFINISHED_SQL}) AND {condition}",
        *values,
    ):
        quiet = quiet_hours_of(row, site_quiet)
        zone = zone_named(row["patient_zone"])
        if row["checkin_state"] == CheckinState.PLANNED:
            timing = await _planned_timing(tx, row, quiet, zone)
        else:
            timing = _timing_once_asked(row, quiet, zone, at)
            await outbox.end_quiet_wait(tx, subject_id=row["checkin_id"], at=at)
        if is_new_zone and not _is_asked_for_by_day(timing, quiet, zone):
            timing = replace(timing, awake_until=None)
        await _save(tx, row, timing)


async def _planned_timing(tx: Tx, row: Row, quiet: QuietHours, zone: ZoneInfo) -> Timing:
    """Return the timing of a check-in that nobody has been asked yet."""
    session = session_of(row)
    return checkin_timing(
        ended_at=session.ends_at,
        delay=session.delay,
        quiet=quiet,
        zone=zone,
        next_session_at=await sessions.next_start_after(tx, session),
        may_disturb=row["awake_until"] is not None,
        reminders=session.reminders,
        expiry=session.expiry,
    )


def _timing_once_asked(row: Row, quiet: QuietHours, zone: ZoneInfo, at: datetime) -> Timing:
    """Return the timing of a check-in that was asked: only its next reminder may move.

    A reminder at a time that the patient asked for stays there.
    """
    due_at, closes_at = utc_time(row["due_at"]), utc_time(row["closes_at"])
    remind_at, awake_until = (utc_time_or_none(row[one]) for one in ("remind_at", "awake_until"))
    if row["reminders_left"] > 0 and not _is_asked_for(remind_at, awake_until):
        reminded_at = utc_time_or_none(row["reminded_at"]) or due_at
        following = next_reminder(
            max(due_at, reminded_at),
            quiet=quiet,
            zone=zone,
            closes_at=closes_at,
        )
        is_dropped = remind_at is None and following is not None and following <= at
        remind_at = None if is_dropped else following
    return Timing(due_at, remind_at, closes_at, row["reminders_left"], awake_until)


def _is_asked_for(remind_at: datetime | None, awake_until: datetime | None) -> bool:
    """Say whether a patient has asked for a reminder at that time."""
    return remind_at is not None and awake_until == remind_at + AWAKE_AFTER_SESSION


def _is_asked_for_by_day(timing: Timing, quiet: QuietHours, zone: ZoneInfo) -> bool:
    """Say whether a patient has asked for a reminder outside the quiet hours."""
    at = timing.remind_at
    return (
        at is not None
        and _is_asked_for(at, timing.awake_until)
        and skip_quiet_hours(at, quiet, zone) == at
    )


async def _save(tx: Tx, row: Row, timing: Timing) -> None:
    times = (
        utc_text(timing.due_at),
        utc_text(timing.closes_at),
        utc_text_or_none(timing.remind_at),
    )
    awake_until = utc_text_or_none(timing.awake_until)
    before = (row["due_at"], row["closes_at"], row["remind_at"])
    if (*times, awake_until) != (*before, row["awake_until"]):
        await tx.run(
            "UPDATE checkins SET due_at = ?, closes_at = ?, remind_at = ?, reminders_left = ?,"
            " awake_until = ? WHERE id = ?",
            *times,
            timing.reminders,
            awake_until,
            row["checkin_id"],
        )
