"""Care: which therapist looks after which patient, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.ids import new_id
from storage.tx import Tx, at_text, at_time


@dataclass(frozen=True, slots=True)
class Care:
    """One therapist's care for one patient, from its beginning on."""

    patient_id: str
    therapist_id: str
    therapist_code: str
    from_at: datetime


async def assign(tx: Tx, *, patient_id: str, therapist_id: str, at: datetime) -> bool:
    """Give a patient to one therapist, in place of those before; False when it was so already.

    History stays: the earlier care ends, a new one begins, and with it a new baseline.
    """
    now = await therapists_of(tx, patient_id)
    if [care.therapist_id for care in now] == [therapist_id]:
        return False
    await tx.run(
        "UPDATE care SET to_at = ? WHERE patient_id = ? AND to_at IS NULL", at_text(at), patient_id
    )
    await tx.run(
        "INSERT INTO care (id, patient_id, therapist_id, from_at) VALUES (?, ?, ?, ?)",
        new_id(at),
        patient_id,
        therapist_id,
        at_text(at),
    )
    return True


async def therapists_of(tx: Tx, patient_id: str) -> Sequence[Care]:
    """Return who looks after a patient now, by code."""
    rows = await tx.all(
        "SELECT c.patient_id, c.therapist_id, p.code, c.from_at FROM care c"
        " JOIN people p ON p.id = c.therapist_id"
        " WHERE c.patient_id = ? AND c.to_at IS NULL ORDER BY p.code",
        patient_id,
    )
    return [
        Care(row["patient_id"], row["therapist_id"], row["code"], at_time(row["from_at"]))
        for row in rows
    ]


async def is_in_care(tx: Tx, *, patient_id: str, therapist_id: str) -> bool:
    """Say whether a therapist looks after a patient now."""
    return (
        await tx.one(
            "SELECT 1 AS yes FROM care WHERE patient_id = ? AND therapist_id = ? AND to_at IS NULL",
            patient_id,
            therapist_id,
        )
        is not None
    )
