"""Comments: what a patient wrote after a check-in. Encrypted, and bound to that check-in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.checkins.answers import CONSENT_VERSION_SQL
from storage.database.encryption import CellAddress
from storage.database.tx import Row, Tx, utc_text, utc_time

_FROM = (
    "FROM comments c JOIN checkins k ON k.id = c.checkin_id JOIN sessions s ON s.id = k.session_id"
)
_SELECT = f"SELECT c.checkin_id, c.sealed, s.starts_at {_FROM}"


@dataclass(frozen=True, slots=True)
class Comment:
    """A patient's comment on one session.

    Attributes:
        starts_at: When the session began.
    """

    checkin_id: str
    text: str
    starts_at: datetime


def _cell(checkin_id: str) -> CellAddress:
    return CellAddress("comments", "sealed", checkin_id)


async def save(tx: Tx, *, checkin_id: str, text: str, at: datetime) -> None:
    """Save a comment with the patient's consent version; it replaces an earlier one."""
    await tx.run(
        "INSERT INTO comments (checkin_id, sealed, at, consent_version)"
        f" VALUES (?, ?, ?, {CONSENT_VERSION_SQL})"
        " ON CONFLICT (checkin_id) DO UPDATE SET sealed = excluded.sealed, at = excluded.at,"
        " consent_version = excluded.consent_version",
        checkin_id,
        tx.encryption.encrypt(text, _cell(checkin_id)),
        utc_text(at),
        checkin_id,
    )


async def has_one(tx: Tx, checkin_id: str) -> bool:
    """Say whether a check-in has a comment, without decrypting it."""
    row = await tx.one("SELECT 1 AS yes FROM comments WHERE checkin_id = ?", checkin_id)
    return row is not None


async def of_checkin(tx: Tx, checkin_id: str) -> Comment | None:
    """Return the comment on a check-in; None if there is none."""
    row = await tx.one(f"{_SELECT} WHERE c.checkin_id = ?", checkin_id)
    return None if row is None else _decrypt(tx, row)


async def count_of_patient(tx: Tx, patient_id: str) -> int:
    """Return the number of comments on a patient's individual sessions, without decrypting any."""
    row = await tx.one(f"SELECT COUNT(*) AS number {_FROM} WHERE s.patient_id = ?", patient_id)
    return 0 if row is None else int(row["number"])


async def newest_of(tx: Tx, patient_id: str) -> Comment | None:
    """Return a patient's latest comment; None if there is none."""
    row = await tx.one(f"{_SELECT} WHERE k.patient_id = ? ORDER BY c.at DESC LIMIT 1", patient_id)
    return None if row is None else _decrypt(tx, row)


async def of_patient(tx: Tx, patient_id: str, *, limit: int) -> Sequence[Comment]:
    """Return the latest comments on a patient's individual sessions, newest first."""
    rows = await tx.all(
        f"{_SELECT} WHERE s.patient_id = ? ORDER BY s.starts_at DESC LIMIT ?", patient_id, limit
    )
    return [_decrypt(tx, row) for row in rows]


def _decrypt(tx: Tx, row: Row) -> Comment:
    text = tx.encryption.decrypt(row["sealed"], _cell(row["checkin_id"]))
    return Comment(row["checkin_id"], text, utc_time(row["starts_at"]))
