"""What somebody has to do with what they ask for, now: the one place that finds it out.

Who then may do what, ``alliance.people.permissions`` says.
"""

from collections.abc import Sequence
from datetime import datetime

from alliance.people.permissions import Relation, Relations
from storage.calendar import absences
from storage.database.tx import Row, Tx
from storage.people.people import Person

NONE: Relations = frozenset()


def to_belonging(who: Person, owner_id: str | None) -> Relations:
    """Return what somebody has to do with what belongs to the one of that id."""
    return frozenset({Relation.OWN}) if who.id == owner_id else NONE


def to_care(who: Person, *, therapist_id: str, is_over: bool) -> Relations:
    """Return what somebody has to do with one therapist's care for a patient, now or then."""
    if who.id != therapist_id:
        return NONE
    return frozenset({Relation.TREATED if is_over else Relation.TREATS})


async def to_patient(tx: Tx, who: Person, patient_id: str, *, at: datetime) -> Relations:
    """Return what somebody has to do with a patient now."""
    rows = await tx.all(
        "SELECT therapist_id, CASE WHEN to_at IS NULL THEN 1 ELSE 0 END AS now FROM care"
        " WHERE patient_id = ? AND (to_at IS NULL OR to_at <> from_at)",
        patient_id,
    )
    found = set(to_belonging(who, patient_id)) | _as_coordinator(who)
    own = {bool(row["now"]) for row in rows if row["therapist_id"] == who.id}
    found |= {Relation.TREATS if is_now else Relation.TREATED for is_now in own}
    return frozenset(found | await _covers(tx, who, [row for row in rows if row["now"]], at))


async def to_group(tx: Tx, who: Person, group_id: str, *, at: datetime) -> Relations:
    """Return what somebody has to do with a group now."""
    rows = await tx.all(
        "SELECT therapist_id FROM leaders WHERE group_id = ? AND to_at IS NULL", group_id
    )
    found = _as_coordinator(who)
    if who.id in {row["therapist_id"] for row in rows}:
        found.add(Relation.LEADS)
    return frozenset(found | await _covers(tx, who, rows, at))


async def to_session(
    tx: Tx, who: Person, *, patient_id: str | None, group_id: str | None, at: datetime
) -> Relations:
    """Return what somebody has to do with a session: its patient's, or its group's."""
    if group_id is not None:
        return await to_group(tx, who, group_id, at=at)
    return NONE if patient_id is None else await to_patient(tx, who, patient_id, at=at)


async def to_checkin(tx: Tx, who: Person, checkin_id: str, *, at: datetime) -> Relations:
    """Return what somebody has to do with a check-in and the alert about it.

    What was answered about a group's session is the leaders', and nobody's who treats a member.
    """
    row = await tx.one(
        "SELECT k.patient_id AS answers, s.patient_id, s.group_id FROM checkins k"
        " JOIN sessions s ON s.id = k.session_id WHERE k.id = ?",
        checkin_id,
    )
    if row is None:
        return NONE
    found = await to_session(tx, who, patient_id=row["patient_id"], group_id=row["group_id"], at=at)
    return found | to_belonging(who, row["answers"])


def _as_coordinator(who: Person) -> set[Relation]:
    return {Relation.COORDINATES} if who.role == "coordinator" else set()


async def _covers(tx: Tx, who: Person, rows: Sequence[Row], at: datetime) -> set[Relation]:
    others = [row["therapist_id"] for row in rows]
    covering = await absences.covers_of(tx, therapist_ids=others, at=at)
    return {Relation.COVERS} if who.id in covering else set()
