"""Alerts: at most one for each check-in, open or seen."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alliance.alerts.evidence import AlertKind, Evidence
from storage.calendar import absences
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, utc_text, utc_time, utc_time_or_none


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert.

    Attributes:
        kind: What raised it.
        is_test: Whether the patient is a test patient.
        instrument: What was asked.
        wish: The patient's current answer to whether the therapist should bring it up.
        evidence: The detector's numbers, so that the alert can be reproduced; for a wish, only
            its kind.
        seen_at: When a therapist first responded; None if it is open.
    """

    id: str
    checkin_id: str
    patient_id: str
    patient_code: str
    is_test: bool
    instrument: str
    wish: str | None
    kind: AlertKind
    evidence: Evidence
    created_at: datetime
    seen_at: datetime | None


_SELECT = (
    "SELECT a.id, a.checkin_id, a.patient_id, p.code, p.is_test, k.instrument, k.wish, a.kind,"
    " a.evidence, a.created_at, a.seen_at"
    " FROM alerts a JOIN people p ON p.id = a.patient_id JOIN checkins k ON k.id = a.checkin_id"
)


def _alert(row: Row) -> Alert:
    return Alert(
        id=row["id"],
        checkin_id=row["checkin_id"],
        patient_id=row["patient_id"],
        patient_code=row["code"],
        is_test=bool(row["is_test"]),
        instrument=row["instrument"],
        wish=row["wish"],
        kind=AlertKind(row["kind"]),
        evidence=Evidence.from_dict(json.loads(row["evidence"])),
        created_at=utc_time(row["created_at"]),
        seen_at=utc_time_or_none(row["seen_at"]),
    )


async def raise_or_update(
    tx: Tx,
    *,
    checkin_id: str,
    patient_id: str,
    evidence: Evidence,
    detector: str,
    at: datetime,
) -> str | None:
    """Raise the alert of a check-in; if it has one, update its evidence and return None."""
    alert_id = new_id(at)
    written = json.dumps(evidence.to_dict(), sort_keys=True)
    added = await tx.run(
        "INSERT INTO alerts (id, checkin_id, patient_id, kind, state, evidence, detector,"
        " created_at) VALUES (?, ?, ?, ?, 'open', ?, ?, ?) ON CONFLICT DO NOTHING",
        alert_id,
        checkin_id,
        patient_id,
        evidence.kind,
        written,
        detector,
        utc_text(at),
    )
    if added:
        return alert_id
    await tx.run(
        "UPDATE alerts SET kind = ?, evidence = ?, detector = ? WHERE checkin_id = ?",
        evidence.kind,
        written,
        detector,
        checkin_id,
    )
    return None


async def exists_for_checkin(tx: Tx, checkin_id: str) -> bool:
    """Say whether a check-in has an alert."""
    row = await tx.one("SELECT 1 AS yes FROM alerts WHERE checkin_id = ?", checkin_id)
    return row is not None


async def is_open(tx: Tx, alert_id: str) -> bool:
    """Say whether an alert has not been seen yet."""
    row = await tx.one("SELECT 1 AS yes FROM alerts WHERE id = ? AND state = 'open'", alert_id)
    return row is not None


async def by_id(tx: Tx, alert_id: str) -> Alert | None:
    """Return the alert with that id; ``relationships`` decides who may see it."""
    row = await tx.one(f"{_SELECT} WHERE a.id = ?", alert_id)
    return None if row is None else _alert(row)


async def acknowledge(tx: Tx, *, alert_id: str, therapist_id: str, at: datetime) -> bool:
    """Mark an alert as seen by a therapist; False if it was seen already."""
    return bool(
        await tx.run(
            "UPDATE alerts SET state = 'seen', seen_at = ?, seen_by = ?"
            " WHERE id = ? AND state = 'open'",
            utc_text(at),
            therapist_id,
            alert_id,
        )
    )


async def open_of(tx: Tx, therapist_id: str, *, at: datetime) -> Sequence[Alert]:
    """Return the open alerts that a therapist may read now, oldest first.

    They are about the patients and groups of the therapist and of the colleagues they cover for.
    """
    readers = [therapist_id, *await absences.covered_by(tx, therapist_id=therapist_id, at=at)]
    marks = ", ".join("?" for _ in readers)
    rows = await tx.all(
        f"{_SELECT} JOIN sessions s ON s.id = k.session_id"
        " WHERE a.state = 'open' AND (s.patient_id IN (SELECT c.patient_id FROM care c"
        f" WHERE c.to_at IS NULL AND c.therapist_id IN ({marks}))"
        " OR s.group_id IN (SELECT l.group_id FROM leaders l"
        f" WHERE l.to_at IS NULL AND l.therapist_id IN ({marks})))"
        " ORDER BY a.created_at, a.id",
        *readers,
        *readers,
    )
    return [_alert(row) for row in rows]


async def overview(tx: Tx) -> list[dict[str, Any]]:
    """Return every alert, oldest first; no personal data."""
    rows = await tx.all(
        "SELECT a.id, p.code, a.checkin_id, a.state FROM alerts a"
        " JOIN people p ON p.id = a.patient_id ORDER BY a.created_at, a.id"
    )
    return [
        {
            "id": row["id"],
            "patient": row["code"],
            "checkin": row["checkin_id"],
            "state": row["state"],
        }
        for row in rows
    ]
