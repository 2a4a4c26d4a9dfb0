"""How the work stands, in counts and ages: nothing in here says anything about anybody."""

from dataclasses import dataclass
from datetime import datetime

from storage.database.tx import Tx, at_text, at_time_or_none
from storage.people import failed_links


@dataclass(frozen=True, slots=True)
class Vitals:
    """What somebody who watches the machine wants to know.

    Attributes:
        letters: Kind to number of letters that could leave now but have not.
        oldest_letter: Since when the oldest of them may leave.
        failed_letters: Letters that could not be delivered, ever.
        alerts_unseen: Alerts that nobody has seen.
        oldest_alert: When the oldest of them was raised.
        overdue: Check-ins whose time has come but whose question has not been posted.
        oldest_overdue: When the oldest of them was due.
        set_aside: Updates that no handler could take, ever.
        failed_links: Links that do not exist, tried within a day.
    """

    letters: dict[str, int]
    oldest_letter: datetime | None
    failed_letters: int
    alerts_unseen: int
    oldest_alert: datetime | None
    overdue: int
    oldest_overdue: datetime | None
    set_aside: int
    failed_links: int


async def vitals(tx: Tx, *, now: datetime) -> Vitals:
    """Count what waits and what failed."""
    waiting = await tx.all(
        "SELECT kind, COUNT(*) AS number, MIN(not_before) AS oldest FROM outbox"
        " WHERE state IN ('new', 'uncertain') AND not_before <= ? GROUP BY kind",
        at_text(now),
    )
    alerts, oldest_alert = await _counted(
        tx, "SELECT COUNT(*) AS number, MIN(created_at) AS oldest FROM alerts WHERE state = 'open'"
    )
    overdue, oldest_overdue = await _counted(
        tx,
        "SELECT COUNT(*) AS number, MIN(due_at) AS oldest FROM checkins"
        " WHERE state = 'planned' AND due_at <= ?",
        at_text(now),
    )
    failed, _ = await _counted(
        tx, "SELECT COUNT(*) AS number, NULL AS oldest FROM outbox WHERE state = 'failed'"
    )
    aside, _ = await _counted(tx, "SELECT COUNT(*) AS number, NULL AS oldest FROM set_aside")
    return Vitals(
        letters={str(row["kind"]): int(row["number"]) for row in waiting},
        oldest_letter=at_time_or_none(min((row["oldest"] for row in waiting), default=None)),
        failed_letters=failed,
        alerts_unseen=alerts,
        oldest_alert=oldest_alert,
        overdue=overdue,
        oldest_overdue=oldest_overdue,
        set_aside=aside,
        failed_links=await failed_links.count(tx, at=now),
    )


async def _counted(tx: Tx, sql: str, *values: str) -> tuple[int, datetime | None]:
    row = await tx.one(sql, *values)
    if row is None:
        return 0, None
    return int(row["number"]), at_time_or_none(row["oldest"])
