"""Operational metrics: queue lengths and ages. They contain no personal data."""

from dataclasses import dataclass
from datetime import datetime

from storage.database.tx import Tx, utc_text, utc_time_or_none
from storage.people import failed_links


@dataclass(frozen=True, slots=True)
class OperationalMetrics:
    """Metrics for monitoring.

    Attributes:
        waiting_messages: Messages that are due but not sent yet, by kind.
        oldest_message: Since when the oldest of them has been due.
        failed_messages: Messages that could not be delivered, in total.
        alerts_unseen: Alerts that nobody has seen.
        oldest_alert: When the oldest of them was raised.
        overdue: Check-ins that are due but whose question has not been posted.
        oldest_overdue: When the oldest of them was due.
        updates_set_aside: Updates that failed in every handler attempt, in total.
        failed_links: Attempts with invalid links in the last day.
    """

    waiting_messages: dict[str, int]
    oldest_message: datetime | None
    failed_messages: int
    alerts_unseen: int
    oldest_alert: datetime | None
    overdue: int
    oldest_overdue: datetime | None
    updates_set_aside: int
    failed_links: int


async def collect_metrics(tx: Tx, *, now: datetime) -> OperationalMetrics:
    """Return the current metrics."""
    waiting = await tx.all(
        "SELECT kind, COUNT(*) AS number, MIN(not_before) AS oldest FROM outbox"
        " WHERE state IN ('new', 'uncertain') AND not_before <= ? GROUP BY kind",
        utc_text(now),
    )
    alerts, oldest_alert = await _count(
        tx, "SELECT COUNT(*) AS number, MIN(created_at) AS oldest FROM alerts WHERE state = 'open'"
    )
    overdue, oldest_overdue = await _count(
        tx,
        "SELECT COUNT(*) AS number, MIN(due_at) AS oldest FROM checkins"
        " WHERE state = 'planned' AND due_at <= ?",
        utc_text(now),
    )
    failed, _ = await _count(
        tx, "SELECT COUNT(*) AS number, NULL AS oldest FROM outbox WHERE state = 'failed'"
    )
    aside, _ = await _count(tx, "SELECT COUNT(*) AS number, NULL AS oldest FROM set_aside")
    return OperationalMetrics(
        waiting_messages={str(row["kind"]): int(row["number"]) for row in waiting},
        oldest_message=utc_time_or_none(min((row["oldest"] for row in waiting), default=None)),
        failed_messages=failed,
        alerts_unseen=alerts,
        oldest_alert=oldest_alert,
        overdue=overdue,
        oldest_overdue=oldest_overdue,
        updates_set_aside=aside,
        failed_links=await failed_links.count(tx, at=now),
    )


async def _count(tx: Tx, sql: str, *values: str) -> tuple[int, datetime | None]:
    row = await tx.one(sql, *values)
    if row is None:
        return 0, None
    return int(row["number"]), utc_time_or_none(row["oldest"])
