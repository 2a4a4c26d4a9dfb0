"""Therapists' responses to alerts: rows are only added; the latest one counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from alliance.alerts.responses import Response
from storage.database.tx import Row, Tx, utc_text, utc_time, utc_time_or_none

SNOOZE = "snooze"

TALLIED_ALERTS = 1000
"""How many of a site's newest alerts are counted: enough for a share, and recent."""


@dataclass(frozen=True, slots=True)
class GivenResponse:
    """The latest response to an alert: by whom, and when."""

    alert_id: str
    checkin_id: str
    therapist_id: str
    therapist_code: str
    response: Response
    at: datetime


class Tally(NamedTuple):
    """How many alerts on ratings were "Talked about it", and how many "Not a rupture"."""

    right: int
    wrong: int


_LATEST = (
    "SELECT r.alert_id, a.checkin_id, r.therapist_id, t.code, r.kind, r.at FROM alert_responses r"
    " JOIN alerts a ON a.id = r.alert_id JOIN people t ON t.id = r.therapist_id"
    " WHERE r.kind <> 'snooze' AND NOT EXISTS (SELECT 1 FROM alert_responses later"
    "  WHERE later.alert_id = r.alert_id AND later.kind <> 'snooze'"
    "  AND later.number > r.number)"
)


def _response_of_row(row: Row) -> GivenResponse:
    return GivenResponse(
        alert_id=row["alert_id"],
        checkin_id=row["checkin_id"],
        therapist_id=row["therapist_id"],
        therapist_code=row["code"],
        response=Response(row["kind"]),
        at=utc_time(row["at"]),
    )


async def add(
    tx: Tx, *, alert_id: str, therapist_id: str, response: Response, at: datetime
) -> None:
    """Save a therapist's response to an alert; it replaces any earlier one."""
    await _insert(tx, alert_id, therapist_id, response, None, at)


async def snooze(tx: Tx, *, alert_id: str, therapist_id: str, until: datetime, at: datetime) -> int:
    """Save that a therapist snoozes an alert; return the number of the row."""
    return await _insert(tx, alert_id, therapist_id, SNOOZE, utc_text(until), at)


async def _insert(
    tx: Tx, alert_id: str, therapist_id: str, kind: str, until: str | None, at: datetime
) -> int:
    """Add a row with the next number.

    Of two concurrent inserts the key (alert_id, number) rejects the second; its transaction is
    retried.
    """
    row = await tx.one(
        "INSERT INTO alert_responses (alert_id, number, therapist_id, kind, until, at)"
        " SELECT ?, COALESCE(MAX(number), 0) + 1, ?, ?, ?, ? FROM alert_responses"
        " WHERE alert_id = ? RETURNING number",
        alert_id,
        therapist_id,
        kind,
        until,
        utc_text(at),
        alert_id,
    )
    if row is None:
        raise LookupError("the response was not inserted")
    return int(row["number"])


async def latest(tx: Tx, alert_id: str) -> GivenResponse | None:
    """Return the latest response to an alert, if any."""
    row = await tx.one(f"{_LATEST} AND r.alert_id = ?", alert_id)
    return None if row is None else _response_of_row(row)


async def of_patient(tx: Tx, patient_id: str) -> Sequence[GivenResponse]:
    """Return the latest response to each alert about a patient, oldest response first."""
    rows = await tx.all(f"{_LATEST} AND a.patient_id = ? ORDER BY r.at, r.alert_id", patient_id)
    return [_response_of_row(row) for row in rows]


async def snoozed_until(tx: Tx, *, alert_id: str, therapist_id: str) -> datetime | None:
    """Return until when a therapist snoozed an alert, perhaps in the past; None if never."""
    row = await tx.one(
        "SELECT until FROM alert_responses WHERE alert_id = ? AND therapist_id = ?"
        " AND kind = 'snooze' ORDER BY number DESC LIMIT 1",
        alert_id,
        therapist_id,
    )
    return None if row is None else utc_time_or_none(row["until"])


async def tally(tx: Tx) -> Tally:
    """Count a site's newest alerts on ratings by their latest response, without test patients.

    It runs whenever an alert is opened, so its cost must not grow over the years.
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
        TALLIED_ALERTS,
    )
    if row is None:
        return Tally(0, 0)
    return Tally(int(row["talked"] or 0), int(row["not_rupture"] or 0))
