"""Groups: members and leaders, and since when.

This module only reads and writes the rows; ``change_groups`` is what changes them in a request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from alliance.people.codes import as_code
from storage.calendar import edit_plans, plans
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, utc_text, utc_time, utc_time_or_none

MembershipTable = Literal["memberships", "leaders"]
NEVER = "9999"
"""Later than every stored time."""

_PERSON: dict[MembershipTable, str] = {"memberships": "patient_id", "leaders": "therapist_id"}


@dataclass(frozen=True, slots=True)
class Group:
    """A group, known by a code like a person."""

    id: str
    code: str
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class GroupMembership:
    """One patient's membership of a group, or one therapist's lead.

    Attributes:
        code: The patient's or therapist's.
        to_at: When it ends; None while that is open.
    """

    id: str
    person_id: str
    code: str
    from_at: datetime
    to_at: datetime | None = None


def _group(row: Row) -> Group:
    return Group(
        row["id"], row["code"], utc_time(row["created_at"]), utc_time_or_none(row["ended_at"])
    )


async def add(tx: Tx, *, code: str, at: datetime) -> Group:
    """Add a group. Its code must be new among groups, and should be new among people."""
    group = Group(new_id(at), as_code(code), at, None)
    await tx.run(
        "INSERT INTO groups (id, code, created_at) VALUES (?, ?, ?)",
        group.id,
        group.code,
        utc_text(at),
    )
    return group


async def end(tx: Tx, *, group_id: str, at: datetime) -> bool:
    """End a group with its plans, memberships and leads; False when it has ended already."""
    ended = await tx.run(
        "UPDATE groups SET ended_at = ? WHERE id = ? AND ended_at IS NULL", utc_text(at), group_id
    )
    await edit_plans.end_plans(tx, group_id=group_id, at=at)
    for table in _PERSON:
        await tx.run(
            f"UPDATE {table} SET to_at = ? WHERE group_id = ? AND to_at IS NULL",
            utc_text(at),
            group_id,
        )
    return bool(ended)


async def resume(tx: Tx, *, group_id: str) -> bool:
    """Resume an ended group, still without members and leaders; False when it has not ended."""
    return bool(
        await tx.run(
            "UPDATE groups SET ended_at = NULL WHERE id = ? AND ended_at IS NOT NULL", group_id
        )
    )


async def by_id(tx: Tx, group_id: str) -> Group | None:
    """Return the group with that id, ended or not."""
    row = await tx.one("SELECT * FROM groups WHERE id = ?", group_id)
    return None if row is None else _group(row)


async def by_code(tx: Tx, code: str) -> Group | None:
    """Return the group with that code, ended or not; case does not matter."""
    row = await tx.one("SELECT * FROM groups WHERE code = ?", as_code(code))
    return None if row is None else _group(row)


async def all_current(tx: Tx) -> list[Group]:
    """Return every group that has not ended, by code."""
    rows = await tx.all("SELECT * FROM groups WHERE ended_at IS NULL ORDER BY code")
    return [_group(row) for row in rows]


async def add_member(tx: Tx, *, group_id: str, patient_id: str, at: datetime) -> str | None:
    """Add a member from then on; return the membership's id, None when they belong already."""
    return await _join(tx, "memberships", group_id, patient_id, at)


async def remove_member(tx: Tx, *, group_id: str, patient_id: str, at: datetime) -> bool:
    """End a membership; check-ins follow sessions that have begun. False when there is none."""
    return await _leave(tx, "memberships", group_id, patient_id, at)


async def add_leader(tx: Tx, *, group_id: str, therapist_id: str, at: datetime) -> str | None:
    """Add a leader from then on; return the lead's id, None when they lead the group already."""
    joined = await _join(tx, "leaders", group_id, therapist_id, at)
    await plans.replan_of(tx, group_id=group_id, at=at)
    return joined


async def remove_leader(tx: Tx, *, group_id: str, therapist_id: str, at: datetime) -> bool:
    """End a therapist's lead; they no longer read the group's answers. False when there is none."""
    left = await _leave(tx, "leaders", group_id, therapist_id, at)
    await plans.replan_of(tx, group_id=group_id, at=at)
    return left


async def leave_all(tx: Tx, *, patient_id: str, at: datetime) -> int:
    """End every membership of a patient; return how many there were."""
    return await tx.run(
        "UPDATE memberships SET to_at = ? WHERE patient_id = ? AND to_at IS NULL",
        utc_text(at),
        patient_id,
    )


async def rejoin(tx: Tx, *, table: MembershipTable, membership_id: str) -> bool:
    """Continue a membership or a lead as if it had not ended.

    Returns:
        False when it has not ended, or the person has joined again since: nobody belongs to a
        group twice.
    """
    person = _PERSON[table]
    return bool(
        await tx.run(
            f"UPDATE {table} SET to_at = NULL WHERE id = ? AND to_at IS NOT NULL AND NOT EXISTS"
            f" (SELECT 1 FROM {table} other WHERE other.group_id = {table}.group_id"
            f"  AND other.{person} = {table}.{person} AND other.to_at IS NULL)",
            membership_id,
        )
    )


async def members_of(
    tx: Tx, group_id: str, *, leaving_after: datetime | None = None
) -> Sequence[GroupMembership]:
    """Return a group's members by code; with ``leaving_after``, also those who leave after that."""
    return await _memberships(tx, "memberships", group_id, leaving_after)


async def leaders_of(tx: Tx, group_id: str) -> Sequence[GroupMembership]:
    """Return a group's leaders by code."""
    return await _memberships(tx, "leaders", group_id, None)


async def groups_of(tx: Tx, patient_id: str) -> list[Group]:
    """Return the groups that a patient belongs to, by code."""
    return await _groups(tx, "memberships", patient_id)


async def led_by(tx: Tx, therapist_id: str) -> list[Group]:
    """Return the groups that a therapist leads, by code."""
    return await _groups(tx, "leaders", therapist_id)


async def _join(
    tx: Tx, table: MembershipTable, group_id: str, person_id: str, at: datetime
) -> str | None:
    membership_id, person = new_id(at), _PERSON[table]
    joined = await tx.run(
        f"INSERT INTO {table} (id, group_id, {person}, from_at) SELECT ?, ?, ?, ?"
        f" WHERE NOT EXISTS (SELECT 1 FROM {table}"
        f"  WHERE group_id = ? AND {person} = ? AND to_at IS NULL)",
        membership_id,
        group_id,
        person_id,
        utc_text(at),
        group_id,
        person_id,
    )
    return membership_id if joined else None


async def _leave(
    tx: Tx, table: MembershipTable, group_id: str, person_id: str, at: datetime
) -> bool:
    return bool(
        await tx.run(
            f"UPDATE {table} SET to_at = ?"
            f" WHERE group_id = ? AND {_PERSON[table]} = ? AND to_at IS NULL",
            utc_text(at),
            group_id,
            person_id,
        )
    )


async def _memberships(
    tx: Tx, table: MembershipTable, group_id: str, leaving_after: datetime | None
) -> list[GroupMembership]:
    person = _PERSON[table]
    rows = await tx.all(
        f"SELECT b.id, b.{person} AS person_id, p.code, b.from_at, b.to_at FROM {table} b"
        f" JOIN people p ON p.id = b.{person}"
        " WHERE b.group_id = ? AND (b.to_at IS NULL OR b.to_at > ?) ORDER BY p.code, b.from_at",
        group_id,
        NEVER if leaving_after is None else utc_text(leaving_after),
    )
    return [
        GroupMembership(
            row["id"],
            row["person_id"],
            row["code"],
            utc_time(row["from_at"]),
            utc_time_or_none(row["to_at"]),
        )
        for row in rows
    ]


async def _groups(tx: Tx, table: MembershipTable, person_id: str) -> list[Group]:
    rows = await tx.all(
        f"SELECT g.* FROM groups g JOIN {table} b ON b.group_id = g.id"
        f" WHERE b.{_PERSON[table]} = ? AND b.to_at IS NULL AND g.ended_at IS NULL ORDER BY g.code",
        person_id,
    )
    return [_group(row) for row in rows]
