"""The data behind the clinic's figures. Test patients are excluded."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from alliance.alerts.episodes import Stage
from alliance.figures.figures import AskedCheckin, EndedEpisode, RaisedAlert
from storage.database.ids import first_id
from storage.database.tx import Row, Tx, utc_text, utc_time, utc_time_or_none

MAX_DELAY_BEFORE_DUE = timedelta(weeks=1)
"""A check-in is created when its session ends, and due at most this much later. Its id contains
the time of creation, so old ones can be skipped by id."""

PAGE_SIZE = 1_000
"""How many check-ins are read at once; other tasks run between pages."""


async def checkins_since(tx: Tx, *, since: datetime) -> AsyncIterator[list[AskedCheckin]]:
    """Yield, in pages, the check-ins due since then that reached their patient and are over."""
    after, rows = first_id(since - MAX_DELAY_BEFORE_DUE), None
    while rows is None or len(rows) == PAGE_SIZE:
        rows = await tx.all(
            "SELECT k.id, k.patient_id, s.group_id, k.due_at, k.completed_at FROM checkins k"
            " JOIN sessions s ON s.id = k.session_id JOIN people p ON p.id = k.patient_id"
            " WHERE p.is_test = 0 AND k.id > ? AND k.due_at >= ?"
            " AND k.state IN ('completed', 'expired', 'skipped') ORDER BY k.id LIMIT ?",
            after,
            utc_text(since),
            PAGE_SIZE,
        )
        if rows:
            after = rows[-1]["id"]
            yield [_asked_checkin(row) for row in rows]


def _asked_checkin(row: Row) -> AskedCheckin:
    due_at, done_at = utc_time(row["due_at"]), utc_time_or_none(row["completed_at"])
    after = None if done_at is None else max(done_at - due_at, timedelta())
    return AskedCheckin(row["patient_id"], row["group_id"], due_at, after)


async def count_missed_since(tx: Tx, *, since: datetime) -> int:
    """Return how many check-ins since then never reached their patient, for technical reasons."""
    row = await tx.one(
        "SELECT COUNT(*) AS count FROM checkins k JOIN people p ON p.id = k.patient_id"
        " WHERE p.is_test = 0 AND k.id >= ? AND k.due_at >= ?"
        " AND k.state IN ('missed', 'undeliverable')",
        first_id(since - MAX_DELAY_BEFORE_DUE),
        utc_text(since),
    )
    return 0 if row is None else int(row["count"])


async def alerts_since(tx: Tx, *, since: datetime, now: datetime) -> list[RaisedAlert]:
    """Return the alerts raised since then."""
    rows = await tx.all(
        "SELECT a.patient_id, a.created_at, a.seen_at FROM alerts a"
        " JOIN people p ON p.id = a.patient_id WHERE p.is_test = 0 AND a.created_at >= ?",
        utc_text(since),
    )
    alerts = []
    for row in rows:
        raised_at, seen_at = utc_time(row["created_at"]), utc_time_or_none(row["seen_at"])
        after = None if seen_at is None else seen_at - raised_at
        alerts.append(RaisedAlert(row["patient_id"], now - raised_at, after))
    return alerts


async def settled_episodes_since(tx: Tx, *, since: datetime) -> list[EndedEpisode]:
    """Return the episodes begun since then that recovered or count as unrepaired."""
    rows = await tx.all(
        "SELECT e.patient_id, e.stage FROM episodes e JOIN people p ON p.id = e.patient_id"
        " WHERE p.is_test = 0 AND e.began_at >= ? AND e.stage IN (?, ?)",
        utc_text(since),
        Stage.RECOVERED,
        Stage.UNREPAIRED,
    )
    return [EndedEpisode(row["patient_id"], row["stage"] == Stage.RECOVERED) for row in rows]


async def count_patients_with_response(tx: Tx, *, at_most: int) -> int:
    """Return how many patients have an alert on ratings with a response (right or wrong).

    Args:
        tx: An open transaction.
        at_most: Stop counting at this number.
    """
    rows = await tx.all(
        "SELECT DISTINCT a.patient_id FROM alert_responses r"
        " JOIN alerts a ON a.id = r.alert_id JOIN people p ON p.id = a.patient_id"
        " WHERE a.kind = 'scores' AND p.is_test = 0 AND r.kind IN ('talked', 'not_rupture')"
        " LIMIT ?",
        at_most,
    )
    return len(rows)
