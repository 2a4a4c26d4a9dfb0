"""Check-ins whose time has come: to be asked, brought up again, or closed."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta

from alliance.calendar.timetable import LATEST_EXPIRY
from alliance.calendar.timing import Quiet, may_leave, zone_named
from alliance.checkins.review import ANSWERABLE, CheckinState
from storage.checkins.checkins import note
from storage.database.tx import Row, Tx, at_text, at_time, in_parts

LONGEST_OPEN = LATEST_EXPIRY + timedelta(days=5)
"""No check-in of a session that began earlier is open: its length, delay and expiry are over."""

_ANSWERABLE = ", ".join(f"'{state}'" for state in sorted(ANSWERABLE))


async def due(tx: Tx, *, now: datetime, limit: int) -> Sequence[Row]:
    """Return check-ins whose time has come, with what is needed to decide about them."""
    return await tx.all(
        "SELECT k.id, k.patient_id, k.due_at, k.closes_at, s.quiet_from, s.quiet_to, p.zone"
        " FROM checkins k JOIN sessions s ON s.id = k.session_id"
        " JOIN people p ON p.id = k.patient_id"
        " WHERE k.state = 'planned' AND k.due_at <= ? ORDER BY k.due_at LIMIT ?",
        at_text(now),
        limit,
    )


async def put_off(tx: Tx, *, checkin_id: str, until: datetime, reason: str, at: datetime) -> None:
    """Let the question of a check-in be due later, and note why."""
    await tx.run("UPDATE checkins SET due_at = ? WHERE id = ?", at_text(until), checkin_id)
    await note(tx, checkin_id, CheckinState.PLANNED, reason, at)


async def to_remind(tx: Tx, *, now: datetime, limit: int) -> Sequence[Row]:
    """Return unfinished check-ins whose reminder has come, with what is needed to decide."""
    return await tx.all(
        "SELECT k.id, k.patient_id, k.remind_at, k.reminders_left, k.closes_at, s.quiet_from,"
        " s.quiet_to, p.zone FROM checkins k JOIN sessions s ON s.id = k.session_id"
        " JOIN people p ON p.id = k.patient_id"
        " WHERE k.remind_at <= ? AND k.remind_at IS NOT NULL AND k.state IN ('sent', 'opened')"
        " ORDER BY k.remind_at LIMIT ?",
        at_text(now),
        limit,
    )


async def to_close(tx: Tx, *, now: datetime, limit: int) -> Sequence[Row]:
    """Return id, patient, instrument, state and message of open check-ins whose time is over."""
    return await tx.all(
        "SELECT id, patient_id, instrument, state, message_id FROM checkins"
        f" WHERE state IN ({_ANSWERABLE}) AND closes_at <= ? ORDER BY closes_at LIMIT ?",
        at_text(now),
        limit,
    )


async def close_before_next(tx: Tx, *, whose: Iterable[str], now: datetime) -> None:
    """Let open check-ins end when the next session begins, where that is earlier now.

    Args:
        tx: An open transaction.
        whose: Ids of patients, and of groups, whose sessions were planned anew.
        now: No check-in is closed in the past.
    """
    for marks, some in in_parts(whose):
        for row in await tx.all(
            "SELECT k.id, k.closes_at, (SELECT MIN(n.starts_at) FROM sessions n"
            "  WHERE (n.patient_id = s.patient_id OR n.group_id = s.group_id)"
            "  AND n.state = 'planned' AND n.starts_at > s.starts_at) AS next_at"
            " FROM sessions s JOIN checkins k ON k.session_id = s.id"
            f" WHERE (s.patient_id IN ({marks}) OR s.group_id IN ({marks}))"
            f" AND s.starts_at > ? AND k.state IN ('planned', {_ANSWERABLE})",
            *some,
            *some,
            at_text(now - LONGEST_OPEN),
        ):
            if row["next_at"] is not None and row["next_at"] < row["closes_at"]:
                await tx.run(
                    "UPDATE checkins SET closes_at = ? WHERE id = ?",
                    max(row["next_at"], at_text(now)),
                    row["id"],
                )


async def unfinished_since(tx: Tx, *, patient_id: str, since: datetime) -> bool:
    """Say whether a session of theirs that ended since then has an unfinished check-in."""
    row = await tx.one(
        "SELECT 1 AS yes FROM checkins k JOIN sessions s ON s.id = k.session_id"
        " WHERE s.patient_id = ? AND s.ends_at >= ?"
        " AND k.state IN ('planned', 'due', 'sent', 'opened')",
        patient_id,
        at_text(since),
    )
    return row is not None


def quiet_of(row: Row) -> Quiet:
    """Return the quiet hours that stand in a row."""
    return Quiet(time.fromisoformat(row["quiet_from"]), time.fromisoformat(row["quiet_to"]))


async def rests_until(tx: Tx, *, letter_id: str, now: datetime) -> datetime | None:
    """Return until when a letter about a check-in waits for the end of the quiet hours.

    None when it may leave now: it is not night where its person lives, or it was posted in
    that very night because the person was up, which holds for an hour.
    """
    row = await tx.one(
        "SELECT o.created_at, s.quiet_from, s.quiet_to, p.zone FROM outbox o"
        " JOIN checkins k ON k.id = o.subject_id JOIN sessions s ON s.id = k.session_id"
        " JOIN people p ON p.id = k.patient_id WHERE o.id = ?",
        letter_id,
    )
    if row is None:
        return None
    leaves_at = may_leave(
        due_at=at_time(row["created_at"]),
        now=now,
        quiet=quiet_of(row),
        zone=zone_named(row["zone"]),
    )
    return leaves_at if leaves_at > now else None
