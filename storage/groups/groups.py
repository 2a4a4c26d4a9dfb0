"""Groups: who belongs to them, who leads them, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.calendar import edit_plans, plans
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, at_text, at_time, at_time_or_none

Place = Literal["memberships", "leaders"]
NEVER = "9999"
"""Later than every time that is kept."""

_PERSON: dict[Place, str] = {"memberships": "patient_id", "leaders": "therapist_id"}


@dataclass(frozen=True, slots=True)
class Group:
    """A group, known by a code as people are."""

    id: str
    code: str
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Belonging:
    """One patient's membership of a group, or one therapist's lead, from its beginning on.

    Attributes:
        to_at: When it ends, where that is known; None while it goes on.
    """

    id: str
    person_id: str
    code: str
    from_at: datetime
    to_at: datetime | None = None


def _group(row: Row) -> Group:
    return Group(
        row["id"], row["code"], at_time(row["created_at"]), at_time_or_none(row["ended_at"])
    )


async def add(tx: Tx, *, code: str, at: datetime) -> Group:
    """Make a group. The code must be new among groups, and should be among people."""
    group = Group(new_id(at), code.strip().upper(), at, None)
    await tx.run(
        "INSERT INTO groups (id, code, created_at) VALUES (?, ?, ?)",
        group.id,
        group.code,
        at_text(at),
    )
    return group


async def end(tx: Tx, *, group_id: str, at: datetime) -> bool:
    """End a group with its plans, memberships and leads; False when it had ended before."""
    ended = await tx.run(
        "UPDATE groups SET ended_at = ? WHERE id = ? AND ended_at IS NULL", at_text(at), group_id
    )
    await edit_plans.end_plans(tx, group_id=group_id, at=at)
    for table in _PERSON:
        await tx.run(
            f"UPDATE {table} SET to_at = ? WHERE group_id = ? AND to_at IS NULL",
            at_text(at),
            group_id,
        )
    return bool(ended)


async def bring_back(tx: Tx, *, group_id: str) -> bool:
    """Let an ended group go on; False when it has not ended. Who belonged to it rejoins."""
    return bool(
        await tx.run(
            "UPDATE groups SET ended_at = NULL WHERE id = ? AND ended_at IS NOT NULL", group_id
        )
    )


async def by_id(tx: Tx, group_id: str) -> Group | None:
    """Return the group of that id, ended or not."""
    row = await tx.one("SELECT * FROM groups WHERE id = ?", group_id)
    return None if row is None else _group(row)


async def by_code(tx: Tx, code: str) -> Group | None:
    """Return the group of that code, ended or not; capital and small letters are the same."""
    row = await tx.one("SELECT * FROM groups WHERE code = ?", code.strip().upper())
    return None if row is None else _group(row)


async def all_current(tx: Tx) -> list[Group]:
    """Return every group that has not ended, by code."""
    rows = await tx.all("SELECT * FROM groups WHERE ended_at IS NULL ORDER BY code")
    return [_group(row) for row in rows]


async def add_member(tx: Tx, *, group_id: str, patient_id: str, at: datetime) -> str | None:
    """Let a patient belong to a group from now on; None when they do already."""
    return await _join(tx, "memberships", group_id, patient_id, at)


async def remove_member(tx: Tx, *, group_id: str, patient_id: str, at: datetime) -> bool:
    """Let a membership end; sessions that have begun are still asked about. False without one."""
    return await _leave(tx, "memberships", group_id, patient_id, at)


async def add_leader(tx: Tx, *, group_id: str, therapist_id: str, at: datetime) -> str | None:
    """Let a therapist lead a group from now on; None when they do already."""
    joined = await _join(tx, "leaders", group_id, therapist_id, at)
    await _plan_anew(tx, group_id, at)
    return joined


async def remove_leader(tx: Tx, *, group_id: str, therapist_id: str, at: datetime) -> bool:
    """Let a therapist's lead end; they read nothing of the group from then on."""
    left = await _leave(tx, "leaders", group_id, therapist_id, at)
    await _plan_anew(tx, group_id, at)
    return left


async def leave_all(tx: Tx, *, patient_id: str, at: datetime) -> int:
    """Let every membership of a patient end; return how many there were."""
    return await tx.run(
        "UPDATE memberships SET to_at = ? WHERE patient_id = ? AND to_at IS NULL",
        at_text(at),
        patient_id,
    )


async def rejoin(tx: Tx, *, table: Place, belonging_id: str) -> bool:
    """Let a membership or a lead go on as if it had not ended; False when it has not.

    Nor does it when somebody joined anew meanwhile: nobody belongs to a group twice.
    """
    person = _PERSON[table]
    return bool(
        await tx.run(
            f"UPDATE {table} SET to_at = NULL WHERE id = ? AND to_at IS NOT NULL AND NOT EXISTS"
            f" (SELECT 1 FROM {table} other WHERE other.group_id = {table}.group_id"
            f"  AND other.{person} = {table}.{person} AND other.to_at IS NULL)",
            belonging_id,
        )
    )


async def members_of(
    tx: Tx, group_id: str, *, leaving_after: datetime | None = None
) -> Sequence[Belonging]:
    """Return who belongs to a group, by code; also those who leave it after a given moment."""
    return await _belongings(tx, "memberships", group_id, leaving_after)


async def leaders_of(tx: Tx, group_id: str) -> Sequence[Belonging]:
    """Return who leads a group now, by code."""
    return await _belongings(tx, "leaders", group_id, None)


async def groups_of(tx: Tx, patient_id: str) -> list[Group]:
    """Return the groups that a patient belongs to now, by code."""
    return await _groups(tx, "memberships", patient_id)


async def led_by(tx: Tx, therapist_id: str) -> list[Group]:
    """Return the groups that a therapist leads now, by code."""
    return await _groups(tx, "leaders", therapist_id)


async def _join(tx: Tx, table: Place, group_id: str, person_id: str, at: datetime) -> str | None:
    belonging_id, person = new_id(at), _PERSON[table]
    joined = await tx.run(
        f"INSERT INTO {table} (id, group_id, {person}, from_at) SELECT ?, ?, ?, ?"
        f" WHERE NOT EXISTS (SELECT 1 FROM {table}"
        f"  WHERE group_id = ? AND {person} = ? AND to_at IS NULL)",
        belonging_id,
        group_id,
        person_id,
        at_text(at),
        group_id,
        person_id,
    )
    return belonging_id if joined else None


async def _leave(tx: Tx, table: Place, group_id: str, person_id: str, at: datetime) -> bool:
    return bool(
        await tx.run(
            f"UPDATE {table} SET to_at = ?"
            f" WHERE group_id = ? AND {_PERSON[table]} = ? AND to_at IS NULL",
            at_text(at),
            group_id,
            person_id,
        )
    )


async def _plan_anew(tx: Tx, group_id: str, at: datetime) -> None:
    for plan in await plans.of_group(tx, group_id):
        await plans.plan_anew(tx, plan_id=plan.id, at=at)


async def _belongings(
    tx: Tx, table: Place, group_id: str, leaving_after: datetime | None
) -> list[Belonging]:
    person = _PERSON[table]
    rows = await tx.all(
        f"SELECT b.id, b.{person} AS person_id, p.code, b.from_at, b.to_at FROM {table} b"
        f" JOIN people p ON p.id = b.{person}"
        " WHERE b.group_id = ? AND (b.to_at IS NULL OR b.to_at > ?) ORDER BY p.code, b.from_at",
        group_id,
        NEVER if leaving_after is None else at_text(leaving_after),
    )
    return [
        Belonging(
            row["id"],
            row["person_id"],
            row["code"],
            at_time(row["from_at"]),
            at_time_or_none(row["to_at"]),
        )
        for row in rows
    ]


async def _groups(tx: Tx, table: Place, person_id: str) -> list[Group]:
    rows = await tx.all(
        f"SELECT g.* FROM groups g JOIN {table} b ON b.group_id = g.id"
        f" WHERE b.{_PERSON[table]} = ? AND b.to_at IS NULL AND g.ended_at IS NULL ORDER BY g.code",
        person_id,
    )
    return [_group(row) for row in rows]
