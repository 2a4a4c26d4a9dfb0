"""Comments: what a patient wrote after a check-in. Sealed, and bound to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.checkins.answers import AGREED_TO
from storage.database.encryption import Place
from storage.database.tx import Row, Tx, at_text, at_time

_FROM = (
    "FROM comments c JOIN checkins k ON k.id = c.checkin_id JOIN sessions s ON s.id = k.session_id"
)
_SELECT = f"SELECT c.checkin_id, c.sealed, s.starts_at {_FROM}"


@dataclass(frozen=True, slots=True)
class Comment:
    """A patient's own words after one session.

    Attributes:
        starts_at: When the session began.
    """

    checkin_id: str
    text: str
    starts_at: datetime


def _place(checkin_id: str) -> Place:
    return Place("comments", "sealed", checkin_id)


async def keep(tx: Tx, *, checkin_id: str, text: str, at: datetime) -> None:
    """Keep a comment, with the version that was agreed to; a later one replaces it."""
    await tx.run(
        "INSERT INTO comments (checkin_id, sealed, at, consent_version)"
        f" VALUES (?, ?, ?, {AGREED_TO})"
        " ON CONFLICT (checkin_id) DO UPDATE SET sealed = excluded.sealed, at = excluded.at,"
        " consent_version = excluded.consent_version",
        checkin_id,
        tx.sealing.seal(text, _place(checkin_id)),
        at_text(at),
        checkin_id,
    )


async def has_one(tx: Tx, checkin_id: str) -> bool:
    """Say whether a check-in has a comment, without opening it."""
    row = await tx.one("SELECT 1 AS yes FROM comments WHERE checkin_id = ?", checkin_id)
    return row is not None


async def of_checkin(tx: Tx, checkin_id: str) -> Comment | None:
    """Return the comment of a check-in; None where there is none."""
    row = await tx.one(f"{_SELECT} WHERE c.checkin_id = ?", checkin_id)
    return None if row is None else _opened(tx, row)


async def count_of_patient(tx: Tx, patient_id: str) -> int:
    """Return how many comments about a patient's own sessions there are, without opening any."""
    row = await tx.one(f"SELECT COUNT(*) AS number {_FROM} WHERE s.patient_id = ?", patient_id)
    return 0 if row is None else int(row["number"])


async def newest_of(tx: Tx, patient_id: str) -> Comment | None:
    """Return the comment that a patient wrote last; None where there is none."""
    row = await tx.one(f"{_SELECT} WHERE k.patient_id = ? ORDER BY c.at DESC LIMIT 1", patient_id)
    return None if row is None else _opened(tx, row)


async def of_patient(tx: Tx, patient_id: str, *, limit: int) -> Sequence[Comment]:
    """Return the latest comments about a patient's own sessions, the newest first."""
    rows = await tx.all(
        f"{_SELECT} WHERE s.patient_id = ? ORDER BY s.starts_at DESC LIMIT ?", patient_id, limit
    )
    return [_opened(tx, row) for row in rows]


def _opened(tx: Tx, row: Row) -> Comment:
    text = tx.sealing.opened(row["sealed"], _place(row["checkin_id"]))
    return Comment(row["checkin_id"], text, at_time(row["starts_at"]))
