"""What therapists say to alerts: rows are only added, the latest one counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from alliance.alerts.responses import Response
from storage.database.tx import Row, Tx, at_text, at_time, at_time_or_none

SNOOZE = "snooze"

COUNTED = 1000
"""So many of a site's newest alerts tell how often one is right: enough, and of these days."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was said to an alert last, by whom and when."""

    alert_id: str
    checkin_id: str
    therapist_id: str
    therapist_code: str
    response: Response
    at: datetime


class Tally(NamedTuple):
    """How many alerts on ratings were talked about, and how many were said to be nothing."""

    right: int
    wrong: int


_PRESENT = (
    "SELECT r.alert_id, a.checkin_id, r.therapist_id, t.code, r.kind, r.at FROM alert_responses r"
    " JOIN alerts a ON a.id = r.alert_id JOIN people t ON t.id = r.therapist_id"
    " WHERE r.kind <> 'snooze' AND NOT EXISTS (SELECT 1 FROM alert_responses later"
    "  WHERE later.alert_id = r.alert_id AND later.kind <> 'snooze'"
    "  AND later.number > r.number)"
)


def _given(row: Row) -> Given:
    return Given(
        alert_id=row["alert_id"],
        checkin_id=row["checkin_id"],
        therapist_id=row["therapist_id"],
        therapist_code=row["code"],
        response=Response(row["kind"]),
        at=at_time(row["at"]),
    )


async def add(
    tx: Tx, *, alert_id: str, therapist_id: str, response: Response, at: datetime
) -> None:
    """Keep what a therapist says to an alert; it counts from now on."""
    await _insert(tx, alert_id, therapist_id, response, None, at)


async def snooze(tx: Tx, *, alert_id: str, therapist_id: str, until: datetime, at: datetime) -> int:
    """Keep that a therapist puts an alert off; return its number among all that was said."""
    return await _insert(tx, alert_id, therapist_id, SNOOZE, at_text(until), at)


async def _insert(
    tx: Tx, alert_id: str, therapist_id: str, kind: str, until: str | None, at: datetime
) -> int:
    """Add a row behind those that are there.

    The key (alert_id, number) refuses the second of two at the same moment; it is tried again.
    """
    row = await tx.one(
        "INSERT INTO alert_responses (alert_id, number, therapist_id, kind, until, at)"
        " SELECT ?, COALESCE(MAX(number), 0) + 1, ?, ?, ?, ? FROM alert_responses"
        " WHERE alert_id = ? RETURNING number",
        alert_id,
        therapist_id,
        kind,
        until,
        at_text(at),
        alert_id,
    )
    if row is None:
        raise LookupError("what was just said is gone")
    return int(row["number"])


async def present(tx: Tx, alert_id: str) -> Given | None:
    """Return what was said to an alert last; None when nothing was."""
    row = await tx.one(f"{_PRESENT} AND r.alert_id = ?", alert_id)
    return None if row is None else _given(row)


async def of_patient(tx: Tx, patient_id: str) -> Sequence[Given]:
    """Return what was said last to each alert about a patient, oldest saying first."""
    rows = await tx.all(f"{_PRESENT} AND a.patient_id = ? ORDER BY r.at, r.alert_id", patient_id)
    return [_given(row) for row in rows]


async def snoozed_until(tx: Tx, *, alert_id: str, therapist_id: str) -> datetime | None:
    """Return until when a therapist has put an alert off, perhaps in the past; None if never."""
    row = await tx.one(
        "SELECT until FROM alert_responses WHERE alert_id = ? AND therapist_id = ?"
        " AND kind = 'snooze' ORDER BY number DESC LIMIT 1",
        alert_id,
        therapist_id,
    )
    return None if row is None else at_time_or_none(row["until"])


async def tally(tx: Tx) -> Tally:
    """Count a site's newest alerts on ratings by what is said of them now; no test patients.

    It is asked each time an alert is opened, so it must not grow with the years.
    """
    row = await tx.one(
        "SELECT SUM(CASE WHEN r.kind = 'talked' THEN 1 ELSE 0 END) AS talked,"
        " SUM(CASE WHEN r.kind = 'not_rupture' THEN 1 ELSE 0 END) AS not_rupture"
        " FROM (SELECT a.id FROM alerts a JOIN people p ON p.id = a.patient_id"
        "  WHERE a.kind = 'scores' AND p.is_test = 0 ORDER BY a.created_at DESC LIMIT ?) newest"
        " JOIN alert_responses r ON r.alert_id = newest.id"
        " WHERE r.kind <> 'snooze' AND NOT EXISTS (SELECT 1 FROM alert_responses later"
        "  WHERE later.alert_id = r.alert_id AND later.kind <> 'snooze'"
        "  AND later.number > r.number)",
        COUNTED,
    )
    if row is None:
        return Tally(0, 0)
    return Tally(int(row["talked"] or 0), int(row["not_rupture"] or 0))
