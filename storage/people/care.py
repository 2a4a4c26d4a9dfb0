"""Care: which therapist looks after which patient, since when, and who reads a check-in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.audit.audit_log import Entry, Facts
from storage.calendar import absences, plans
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, at_text, at_time, at_time_or_none
from storage.messages import outbox


@dataclass(frozen=True, slots=True)
class Care:
    """One therapist's care for one patient; ``to_at`` None is until now."""

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
        from_at=at_time(row["from_at"]),
        to_at=at_time_or_none(row["to_at"]),
    )


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of care ended and began: enough to tell both sides, and to take it back."""

    ended: tuple[Care, ...]
    begun: tuple[Care, ...]
    therapist_id: str

    @property
    def before(self) -> Facts:
        """What the audit log keeps of what was so before."""
        return {
            "care": _joined(care.id for care in self.ended),
            "therapist": _joined(care.therapist_id for care in self.ended),
        }

    @property
    def after(self) -> Facts:
        """What the audit log keeps of what has been so since, and of whom it was about."""
        return {"care": _joined(care.id for care in self.begun), "therapist": self.therapist_id}


def _joined(ids: Iterable[str]) -> str | None:
    return ",".join(ids) or None


async def assign(tx: Tx, *, patient_id: str, therapist_id: str, at: datetime) -> Change | None:
    """Give a patient to one therapist, in place of those before; None when it was so already.

    History stays: the earlier care ends, a new one begins, and with it a new baseline. Who
    looked after the patient beside others and does so alone from now on keeps their row.
    """
    now = tuple(await therapists_of(tx, patient_id))
    leaving = tuple(care for care in now if care.therapist_id != therapist_id)
    stays = len(leaving) < len(now)
    if stays and not leaving:
        return None
    for care in leaving:
        await _end(tx, care, at)
    begun = () if stays else (await _begin(tx, patient_id, therapist_id, at),)
    await _plan_anew(tx, patient_id, at)
    return Change(leaving, begun, therapist_id)


async def add_carer(tx: Tx, *, patient_id: str, therapist_id: str, at: datetime) -> Change | None:
    """Let one more therapist look after a patient; None when they do so already.

    The one who came first still leads, so the baseline goes on.
    """
    if await is_in_care(tx, patient_id=patient_id, therapist_id=therapist_id):
        return None
    begun = await _begin(tx, patient_id, therapist_id, at)
    await _plan_anew(tx, patient_id, at)
    return Change((), (begun,), therapist_id)


async def end_care(tx: Tx, *, patient_id: str, therapist_id: str, at: datetime) -> Change | None:
    """Let one therapist look after a patient no longer; None when they did not."""
    now = await therapists_of(tx, patient_id)
    leaving = tuple(care for care in now if care.therapist_id == therapist_id)
    for care in leaving:
        await _end(tx, care, at)
    await _plan_anew(tx, patient_id, at)
    return Change(leaving, (), therapist_id) if leaving else None


async def _end(tx: Tx, care: Care, at: datetime) -> None:
    await tx.run("UPDATE care SET to_at = ? WHERE id = ?", at_text(at), care.id)


async def _plan_anew(tx: Tx, patient_id: str, at: datetime) -> None:
    """Whose absence bears on the patient's sessions has changed."""
    for plan in await plans.of_patient(tx, patient_id):
        await plans.plan_anew(tx, plan_id=plan.id, at=at)


async def _begin(tx: Tx, patient_id: str, therapist_id: str, at: datetime) -> Care:
    care_id = new_id(at)
    await tx.run(
        "INSERT INTO care (id, patient_id, therapist_id, from_at) VALUES (?, ?, ?, ?)",
        care_id,
        patient_id,
        therapist_id,
        at_text(at),
    )
    begun = await by_id(tx, care_id)
    if begun is None:
        raise LookupError("the care that was just begun is gone")
    return begun


async def tell(tx: Tx, change: Change, *, at: datetime) -> None:
    """Let the therapists who leave and who come know, by a letter that names nobody."""
    for care in (*change.ended, *change.begun):
        end = "ended" if care in change.ended else "begun"
        await _post(tx, care, key=f"handover:{care.id}:{end}:{at_text(at)}", at=at)


async def _post(tx: Tx, care: Care, *, key: str, at: datetime) -> None:
    await outbox.post(
        tx, key=key, kind="handover", person_id=care.therapist_id, subject_id=care.id, at=at
    )


async def undo(tx: Tx, entry: Entry, at: datetime) -> bool:
    """Take any change of care back; False when the same patient's care has changed since."""
    ended, begun = _ids(entry.facts_before), _ids(entry.facts_after)
    newest = await tx.one(
        "SELECT 1 AS yes FROM care WHERE patient_id = ? AND (from_at > ? OR to_at > ?)"
        " AND (to_at IS NULL OR to_at <> from_at)",
        entry.subject_id,
        at_text(entry.at),
        at_text(entry.at),
    )
    if newest is not None:
        return False
    for care_id in begun:
        # Of no length: it stays on record, and no session falls into it.
        await tx.run("UPDATE care SET to_at = from_at WHERE id = ?", care_id)
    for care_id in ended:
        await tx.run("UPDATE care SET to_at = NULL WHERE id = ?", care_id)
    for care_id in (*ended, *begun):
        # A letter that has not left yet need not; one that has is followed by another.
        await outbox.cancel_about(tx, subject_id=care_id, reason="taken back")
        care = await by_id(tx, care_id)
        if care is not None and await outbox.has_left(tx, subject_id=care_id):
            await _post(tx, care, key=f"handover:{care_id}:undone:{entry.number}", at=at)
    await _plan_anew(tx, str(entry.subject_id), at)
    return True


def _ids(facts: Facts) -> tuple[str, ...]:
    return tuple(part for part in str(facts.get("care") or "").split(",") if part)


async def by_id(tx: Tx, care_id: str) -> Care | None:
    """Return one care, present or past."""
    row = await tx.one(f"{_SELECT} WHERE c.id = ?", care_id)
    return None if row is None else _care(row)


async def therapists_of(tx: Tx, patient_id: str) -> Sequence[Care]:
    """Return who looks after a patient now, the one who came first at the head."""
    rows = await tx.all(
        f"{_SELECT} WHERE c.patient_id = ? AND c.to_at IS NULL ORDER BY c.from_at, c.id",
        patient_id,
    )
    return [_care(row) for row in rows]


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


async def caseload_size(tx: Tx, therapist_id: str) -> int:
    """Return how many patients somebody looks after whose treatment has not ended."""
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


async def named_readers(tx: Tx, patient_id: str) -> tuple[list[str], list[str]]:
    """Return by code who looks after a patient now, and who else leads a group of theirs."""
    own = [care.therapist_code for care in await therapists_of(tx, patient_id)]
    rows = await tx.all(
        "SELECT DISTINCT p.code FROM memberships m JOIN leaders l ON l.group_id = m.group_id"
        " JOIN people p ON p.id = l.therapist_id"
        " WHERE m.patient_id = ? AND m.to_at IS NULL AND l.to_at IS NULL ORDER BY p.code",
        patient_id,
    )
    return own, [row["code"] for row in rows if row["code"] not in own]
