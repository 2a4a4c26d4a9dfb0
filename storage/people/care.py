"""Care: which therapist treats which patient, since when, and who reads a check-in.

This module only reads and writes the rows; ``change_care`` is what changes them in a request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.audit.audit_log import Facts, join_ids
from storage.calendar import absences, plans
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, utc_text, utc_time, utc_time_or_none


@dataclass(frozen=True, slots=True)
class Care:
    """One therapist's care for one patient; ``to_at`` is None while it lasts."""

    id: str
    patient_id: str
    therapist_id: str
    therapist_code: str
    from_at: datetime
    to_at: datetime | None = None


_SELECT = (
    "SELECT c.id, c.patient_id, c.therapist_id, p.code, c.from_at, c.to_at FROM care c"
    " JOIN people p ON p.id = c.therapist_id"
)


def _care(row: Row) -> Care:
    return Care(
        id=row["id"],
        patient_id=row["patient_id"],
        therapist_id=row["therapist_id"],
        therapist_code=row["code"],
        from_at=utc_time(row["from_at"]),
        to_at=utc_time_or_none(row["to_at"]),
    )


@dataclass(frozen=True, slots=True)
class CareChange:
    """The rows that a change of care ended and began, and the therapist it was about."""

    ended: tuple[Care, ...]
    begun: tuple[Care, ...]
    therapist_id: str

    @property
    def before(self) -> Facts:
        """The audit facts about the time before the change."""
        return {
            "care": join_ids(care.id for care in self.ended) or None,
            "therapist": join_ids(care.therapist_id for care in self.ended) or None,
        }

    @property
    def after(self) -> Facts:
        """The audit facts about the time after the change."""
        begun = join_ids(care.id for care in self.begun) or None
        return {"care": begun, "therapist": self.therapist_id}


async def assign(tx: Tx, *, patient_id: str, therapist_id: str, at: datetime) -> CareChange | None:
    """Let one therapist replace all others of a patient; None when nothing changes.

    The plans are replanned, here and below: another therapist's absences apply now.

    History stays: the earlier care ends and a new one begins, and with it a new baseline. A
    therapist who has treated the patient together with others keeps their row.
    """
    current = tuple(await therapists_of(tx, patient_id))
    leaving = tuple(care for care in current if care.therapist_id != therapist_id)
    stays = len(leaving) < len(current)
    if stays and not leaving:
        return None
    for care in leaving:
        await _end(tx, care, at)
    begun = () if stays else (await _begin(tx, patient_id, therapist_id, at),)
    await plans.replan_of(tx, patient_id=patient_id, at=at)
    return CareChange(leaving, begun, therapist_id)


async def add_therapist(
    tx: Tx, *, patient_id: str, therapist_id: str, at: datetime
) -> CareChange | None:
    """Add a therapist to a patient's others; None when they treat the patient already.

    The first therapist still leads, so the baseline continues.
    """
    if await is_in_care(tx, patient_id=patient_id, therapist_id=therapist_id):
        return None
    begun = await _begin(tx, patient_id, therapist_id, at)
    await plans.replan_of(tx, patient_id=patient_id, at=at)
    return CareChange((), (begun,), therapist_id)


async def end_care(
    tx: Tx, *, patient_id: str, therapist_id: str, at: datetime
) -> CareChange | None:
    """End one therapist's care for a patient; None when they did not treat the patient."""
    current = await therapists_of(tx, patient_id)
    leaving = tuple(care for care in current if care.therapist_id == therapist_id)
    for care in leaving:
        await _end(tx, care, at)
    await plans.replan_of(tx, patient_id=patient_id, at=at)
    return CareChange(leaving, (), therapist_id) if leaving else None


async def _end(tx: Tx, care: Care, at: datetime) -> None:
    await tx.run("UPDATE care SET to_at = ? WHERE id = ?", utc_text(at), care.id)


async def _begin(tx: Tx, patient_id: str, therapist_id: str, at: datetime) -> Care:
    care_id = new_id(at)
    await tx.run(
        "INSERT INTO care (id, patient_id, therapist_id, from_at) VALUES (?, ?, ?, ?)",
        care_id,
        patient_id,
        therapist_id,
        utc_text(at),
    )
    begun = await by_id(tx, care_id)
    if begun is None:
        raise LookupError("the care row that was just inserted does not exist")
    return begun


async def by_id(tx: Tx, care_id: str) -> Care | None:
    """Return one care, current or past."""
    row = await tx.one(f"{_SELECT} WHERE c.id = ?", care_id)
    return None if row is None else _care(row)


async def therapists_of(tx: Tx, patient_id: str) -> Sequence[Care]:
    """Return who treats a patient now, the therapist who leads first."""
    rows = await tx.all(
        f"{_SELECT} WHERE c.patient_id = ? AND c.to_at IS NULL ORDER BY c.from_at, c.id",
        patient_id,
    )
    return [_care(row) for row in rows]


async def is_in_care(tx: Tx, *, patient_id: str, therapist_id: str) -> bool:
    """Say whether a therapist treats a patient now."""
    return (
        await tx.one(
            "SELECT 1 AS yes FROM care WHERE patient_id = ? AND therapist_id = ? AND to_at IS NULL",
            patient_id,
            therapist_id,
        )
        is not None
    )


async def caseload_size(tx: Tx, therapist_id: str) -> int:
    """Return how many patients a therapist treats; those whose treatment ended do not count."""
    row = await tx.one(
        "SELECT COUNT(*) AS size FROM care c JOIN people p ON p.id = c.patient_id"
        " WHERE c.therapist_id = ? AND c.to_at IS NULL AND p.state <> 'ended'",
        therapist_id,
    )
    return 0 if row is None else int(row["size"])


async def leads_a_group(tx: Tx, therapist_id: str) -> bool:
    """Say whether a therapist leads a group now."""
    row = await tx.one(
        "SELECT 1 AS yes FROM leaders WHERE therapist_id = ? AND to_at IS NULL", therapist_id
    )
    return row is not None


async def readers_of(tx: Tx, *, checkin_id: str, at: datetime) -> list[str]:
    """Return the ids of the therapists who read a check-in now.

    An individual session is read by the patient's current therapists, a group session by the
    group's current leaders; and by whoever covers for one of them today.
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


async def reader_codes(tx: Tx, patient_id: str) -> tuple[list[str], list[str]]:
    """Return the codes of a patient's therapists, and of other leaders of the patient's groups."""
    own = [care.therapist_code for care in await therapists_of(tx, patient_id)]
    rows = await tx.all(
        "SELECT DISTINCT p.code FROM memberships m JOIN leaders l ON l.group_id = m.group_id"
        " JOIN people p ON p.id = l.therapist_id"
        " WHERE m.patient_id = ? AND m.to_at IS NULL AND l.to_at IS NULL ORDER BY p.code",
        patient_id,
    )
    return own, [row["code"] for row in rows if row["code"] not in own]
