"""Care: which therapist looks after which patient, since when, and who reads a check-in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import absences, plans
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

    History stays: the earlier care ends, a new one begins, and with it a new baseline. One
    who looked after the patient beside others, and stays, begins nothing anew.
    """
    now = await therapists_of(tx, patient_id)
    if [care.therapist_id for care in now] == [therapist_id]:
        return False
    await tx.run(
        "UPDATE care SET to_at = ? WHERE patient_id = ? AND therapist_id <> ? AND to_at IS NULL",
        at_text(at),
        patient_id,
        therapist_id,
    )
    await add_carer(tx, patient_id=patient_id, therapist_id=therapist_id, at=at)
    await _plan_anew(tx, patient_id, at)
    return True


async def add_carer(tx: Tx, *, patient_id: str, therapist_id: str, at: datetime) -> bool:
    """Let one more therapist look after a patient; False when they do already."""
    if await is_in_care(tx, patient_id=patient_id, therapist_id=therapist_id):
        return False
    await tx.run(
        "INSERT INTO care (id, patient_id, therapist_id, from_at) VALUES (?, ?, ?, ?)",
        new_id(at),
        patient_id,
        therapist_id,
        at_text(at),
    )
    await _plan_anew(tx, patient_id, at)
    return True


async def end_care(tx: Tx, *, patient_id: str, therapist_id: str, at: datetime) -> bool:
    """Let one therapist's care for a patient end; False when there is none."""
    ended = await tx.run(
        "UPDATE care SET to_at = ? WHERE patient_id = ? AND therapist_id = ? AND to_at IS NULL",
        at_text(at),
        patient_id,
        therapist_id,
    )
    await _plan_anew(tx, patient_id, at)
    return bool(ended)


async def _plan_anew(tx: Tx, patient_id: str, at: datetime) -> None:
    """Whose absence bears on the patient's sessions has changed."""
    for plan in await plans.of_patient(tx, patient_id):
        await plans.plan_anew(tx, plan_id=plan.id, at=at)


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


async def readers_of(tx: Tx, *, checkin_id: str, at: datetime) -> list[str]:
    """Return who reads a check-in now, by id.

    For a patient's own session those are the therapists who look after the patient now, for
    a group's session its leaders now; and whoever stands in for one of them today.
    """
    rows = await tx.all(
        "SELECT c.therapist_id FROM checkins k JOIN sessions s ON s.id = k.session_id"
        " JOIN care c ON c.patient_id = s.patient_id AND c.to_at IS NULL WHERE k.id = ?"
        " UNION SELECT l.therapist_id FROM checkins k JOIN sessions s ON s.id = k.session_id"
        " JOIN leaders l ON l.group_id = s.group_id AND l.to_at IS NULL WHERE k.id = ?",
        checkin_id,
        checkin_id,
    )
    own = [row["therapist_id"] for row in rows]
    return sorted({*own, *await absences.covers_of(tx, therapist_ids=own, at=at)})


async def reads(tx: Tx, *, checkin_id: str, therapist_id: str, at: datetime) -> bool:
    """Say whether a therapist reads a check-in now."""
    return therapist_id in await readers_of(tx, checkin_id=checkin_id, at=at)
