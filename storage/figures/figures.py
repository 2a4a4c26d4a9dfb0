"""What the clinic's figures are made of. Test patients never count."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from alliance.alerts.episodes import Stage
from alliance.figures.figures import Asked, Raised, Settled
from storage.database.ids import first_id
from storage.database.tx import Row, Tx, at_text, at_time, at_time_or_none

MADE_BEFORE = timedelta(weeks=1)
"""A check-in is made when its session is over, and due so much later at most: its id tells."""


PAGE = 1_000
"""So many check-ins are read at once; in between, others go on."""


async def asked_since(tx: Tx, *, since: datetime) -> AsyncIterator[list[Asked]]:
    """Give, in pages, the check-ins due since then that reached their patient and are over."""
    after, rows = first_id(since - MADE_BEFORE), None
    while rows is None or len(rows) == PAGE:
        rows = await tx.all(
            "SELECT k.id, k.patient_id, s.group_id, k.due_at, k.completed_at FROM checkins k"
            " JOIN sessions s ON s.id = k.session_id JOIN people p ON p.id = k.patient_id"
            " WHERE p.is_test = 0 AND k.id > ? AND k.due_at >= ?"
            " AND k.state IN ('completed', 'expired', 'skipped') ORDER BY k.id LIMIT ?",
            after,
            at_text(since),
            PAGE,
        )
        if rows:
            after = rows[-1]["id"]
            yield [_asked(row) for row in rows]


def _asked(row: Row) -> Asked:
    due_at, done_at = at_time(row["due_at"]), at_time_or_none(row["completed_at"])
    after = None if done_at is None else max(done_at - due_at, timedelta())
    return Asked(row["patient_id"], row["group_id"], due_at, after)


async def missed_since(tx: Tx, *, since: datetime) -> int:
    """Return how many check-ins since then never reached their patient, by a fault of ours."""
    row = await tx.one(
        "SELECT COUNT(*) AS count FROM checkins k JOIN people p ON p.id = k.patient_id"
        " WHERE p.is_test = 0 AND k.id >= ? AND k.due_at >= ?"
        " AND k.state IN ('missed', 'undeliverable')",
        first_id(since - MADE_BEFORE),
        at_text(since),
    )
    return 0 if row is None else int(row["count"])


async def raised_since(tx: Tx, *, since: datetime, now: datetime) -> list[Raised]:
    """Return the alerts raised since then."""
    rows = await tx.all(
        "SELECT a.patient_id, a.created_at, a.seen_at FROM alerts a"
        " JOIN people p ON p.id = a.patient_id WHERE p.is_test = 0 AND a.created_at >= ?",
        at_text(since),
    )
    found = []
    for row in rows:
        raised_at, seen_at = at_time(row["created_at"]), at_time_or_none(row["seen_at"])
        after = None if seen_at is None else seen_at - raised_at
        found.append(Raised(row["patient_id"], now - raised_at, after))
    return found


async def settled_since(tx: Tx, *, since: datetime) -> list[Settled]:
    """Return the episodes begun since then that the ratings have brought to an end."""
    rows = await tx.all(
        "SELECT e.patient_id, e.stage FROM episodes e JOIN people p ON p.id = e.patient_id"
        " WHERE p.is_test = 0 AND e.began_at >= ? AND e.stage IN (?, ?)",
        at_text(since),
        Stage.RECOVERED,
        Stage.UNREPAIRED,
    )
    return [Settled(row["patient_id"], row["stage"] == Stage.RECOVERED) for row in rows]


async def patients_answered_for(tx: Tx, *, at_most: int) -> int:
    """Return of how many patients a therapist has said what their alert on ratings was.

    Args:
        tx: An open transaction.
        at_most: So many are enough; others are not counted.
    """
    rows = await tx.all(
        "SELECT DISTINCT a.patient_id FROM alert_responses r"
        " JOIN alerts a ON a.id = r.alert_id JOIN people p ON p.id = a.patient_id"
        " WHERE a.kind = 'scores' AND p.is_test = 0 AND r.kind IN ('talked', 'not_rupture')"
        " LIMIT ?",
        at_most,
    )
    return len(rows)
