"""The relations between a person and what they want to see or change, looked up afresh each time.

``alliance.people.permissions`` says which relations allow what.
"""

from collections.abc import Sequence
from datetime import datetime

from alliance.people.permissions import Relation, Relations
from alliance.people.roles_and_states import PersonRole
from storage.calendar import absences
from storage.database.tx import Row, Tx
from storage.people.people import Person

NONE: Relations = frozenset()


def to_belonging(who: Person, owner_id: str | None) -> Relations:
    """Return somebody's relations to something that belongs to the person with that id."""
    return frozenset({Relation.OWN}) if who.id == owner_id else NONE


def to_care(who: Person, *, therapist_id: str, is_over: bool) -> Relations:
    """Return somebody's relations to one therapist's care for a patient, current or past."""
    if who.id != therapist_id:
        return NONE
    return frozenset({Relation.TREATED if is_over else Relation.TREATS})


async def to_patient(tx: Tx, who: Person, patient_id: str, *, at: datetime) -> Relations:
    """Return somebody's relations to a patient now."""
    rows = await tx.all(
        "SELECT therapist_id, CASE WHEN to_at IS NULL THEN 1 ELSE 0 END AS now FROM care"
        " WHERE patient_id = ? AND (to_at IS NULL OR to_at <> from_at)",
        patient_id,
    )
    relations = set(to_belonging(who, patient_id)) | _as_coordinator(who)
    own = {bool(row["now"]) for row in rows if row["therapist_id"] == who.id}
    relations |= {Relation.TREATS if is_now else Relation.TREATED for is_now in own}
    return frozenset(relations | await _covers(tx, who, [row for row in rows if row["now"]], at))


async def to_group(tx: Tx, who: Person, group_id: str, *, at: datetime) -> Relations:
    """Return somebody's relations to a group now."""
    rows = await tx.all(
        "SELECT therapist_id FROM leaders WHERE group_id = ? AND to_at IS NULL", group_id
    )
    relations = _as_coordinator(who)
    if who.id in {row["therapist_id"] for row in rows}:
        relations.add(Relation.LEADS)
    return frozenset(relations | await _covers(tx, who, rows, at))


async def to_session(
    tx: Tx, who: Person, *, patient_id: str | None, group_id: str | None, at: datetime
) -> Relations:
    """Return somebody's relations to a session: those to its patient or to its group."""
    if group_id is not None:
        return await to_group(tx, who, group_id, at=at)
    return NONE if patient_id is None else await to_patient(tx, who, patient_id, at=at)


async def to_checkin(tx: Tx, who: Person, checkin_id: str, *, at: datetime) -> Relations:
    """Return somebody's relations to a check-in and the alert about it.

    Answers about a group session concern the group's leaders, not the members' therapists.
    """
    row = await tx.one(
        "SELECT k.patient_id AS answers, s.patient_id, s.group_id FROM checkins k"
        " JOIN sessions s ON s.id = k.session_id WHERE k.id = ?",
        checkin_id,
    )
    if row is None:
        return NONE
    relations = await to_session(
        tx, who, patient_id=row["patient_id"], group_id=row["group_id"], at=at
    )
    return relations | to_belonging(who, row["answers"])


def _as_coordinator(who: Person) -> set[Relation]:
    return {Relation.COORDINATES} if who.role == PersonRole.COORDINATOR else set()


async def _covers(tx: Tx, who: Person, rows: Sequence[Row], at: datetime) -> set[Relation]:
    therapist_ids = [row["therapist_id"] for row in rows]
    covering = await absences.covers_of(tx, therapist_ids=therapist_ids, at=at)
    return {Relation.COVERS} if who.id in covering else set()
