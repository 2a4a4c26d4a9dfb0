"""Check-ins that are due: to be asked, to be reminded of, or to be closed."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from alliance.checkins.review import CheckinState
from storage.calendar.quiet_hours import PLAN_QUIET
from storage.checkins.checkins import ANSWERABLE_SQL, UNFINISHED_SQL, record_event
from storage.checkins.retime import LONGEST_OPEN
from storage.database.tx import Row, Tx, id_batches, utc_text


async def to_ask(tx: Tx, *, now: datetime, limit: int) -> Sequence[Row]:
    """Return check-ins whose question is due, with what is needed to decide about sending it."""
    return await tx.all(
        f"SELECT k.id, k.patient_id, k.due_at, k.closes_at, k.awake_until, {PLAN_QUIET}, p.zone"
        " FROM checkins k JOIN sessions s ON s.id = k.session_id"
        " JOIN people p ON p.id = k.patient_id"
        " WHERE k.state = 'planned' AND k.due_at <= ? ORDER BY k.due_at LIMIT ?",
        utc_text(now),
        limit,
    )


async def postpone(tx: Tx, *, checkin_id: str, until: datetime, reason: str, at: datetime) -> None:
    """Make a check-in's question due later, and record why."""
    await tx.run("UPDATE checkins SET due_at = ? WHERE id = ?", utc_text(until), checkin_id)
    await record_event(tx, checkin_id, CheckinState.PLANNED, reason, at)


async def to_remind(tx: Tx, *, now: datetime, limit: int) -> Sequence[Row]:
    """Return unfinished check-ins whose reminder is due, with what is needed to decide."""
    return await tx.all(
        "SELECT k.id, k.patient_id, k.remind_at, k.reminders_left, k.closes_at, k.awake_until,"
        f" {PLAN_QUIET}, p.zone FROM checkins k JOIN sessions s ON s.id = k.session_id"
        " JOIN people p ON p.id = k.patient_id"
        " WHERE k.remind_at <= ? AND k.remind_at IS NOT NULL AND k.state IN ('sent', 'opened')"
        " ORDER BY k.remind_at LIMIT ?",
        utc_text(now),
        limit,
    )


async def to_close(tx: Tx, *, now: datetime, limit: int) -> Sequence[Row]:
    """Return id, patient, instrument, state and message of open check-ins past their close."""
    return await tx.all(
        "SELECT id, patient_id, instrument, state, message_id FROM checkins"
        f" WHERE state IN ({ANSWERABLE_SQL}) AND closes_at <= ? ORDER BY closes_at LIMIT ?",
        utc_text(now),
        limit,
    )


async def close_before_next(tx: Tx, *, owner_ids: Iterable[str], now: datetime) -> None:
    """Close open check-ins when the next session begins, if that is now earlier.

    Args:
        tx: An open transaction.
        owner_ids: Ids of patients and groups whose sessions were replanned.
        now: No check-in is closed before this.
    """
    for marks, ids in id_batches(owner_ids):
        for row in await tx.all(
            "SELECT k.id, k.closes_at, (SELECT MIN(n.starts_at) FROM sessions n"
            "  WHERE (n.patient_id = s.patient_id OR n.group_id = s.group_id)"
            "  AND n.state = 'planned' AND n.starts_at > s.starts_at) AS next_at"
            " FROM sessions s JOIN checkins k ON k.session_id = s.id"
            f" WHERE (s.patient_id IN ({marks}) OR s.group_id IN ({marks}))"
            f" AND s.starts_at > ? AND k.state IN ({UNFINISHED_SQL})",
            *ids,
            *ids,
            utc_text(now - LONGEST_OPEN),
        ):
            if row["next_at"] is not None and row["next_at"] < row["closes_at"]:
                await tx.run(
                    "UPDATE checkins SET closes_at = ? WHERE id = ?",
                    max(row["next_at"], utc_text(now)),
                    row["id"],
                )


async def has_unfinished_since(tx: Tx, *, patient_id: str, since: datetime) -> bool:
    """Say whether a session of a patient that ended since then has an unfinished check-in."""
    row = await tx.one(
        "SELECT 1 AS yes FROM checkins k JOIN sessions s ON s.id = k.session_id"
        " WHERE s.patient_id = ? AND s.ends_at >= ?"
        f" AND k.state IN ({UNFINISHED_SQL})",
        patient_id,
        utc_text(since),
    )
    return row is not None
