"""People: who takes part, and in which role. Each is known by a code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alliance.people.codes import as_code
from alliance.people.roles_and_states import PersonRole, PersonState
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, utc_text, utc_time_or_none
from storage.people import accounts

ROLES = tuple(PersonRole)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes part.

    Attributes:
        id: Our own random id.
        code: What the clinic calls them, e.g. P-017; unique.
        language: Two letters.
        zone: IANA name of their time zone.
        is_test: Test patient: labelled on every screen, excluded from every statistic.
        paused_until: When the pause ends automatically; None if it is open-ended.
        answers_on: Where a patient answers, ``chat`` or ``page``; None uses the site default.
    """

    id: str
    code: str
    role: PersonRole
    language: str
    zone: str
    state: PersonState
    is_test: bool = False
    paused_until: datetime | None = None
    answers_on: str | None = None


PERSON_COLUMNS = (
    "p.id, p.code, p.role, p.language, p.zone, p.state, p.is_test, p.paused_until, p.answers_on"
)


def _person_or_none(row: Row | None) -> Person | None:
    return None if row is None else person_of_row(row)


def person_of_row(row: Row) -> Person:
    """Return the person in a row of ``PERSON_COLUMNS``."""
    return Person(
        id=row["id"],
        code=row["code"],
        role=PersonRole(row["role"]),
        language=row["language"],
        zone=row["zone"],
        state=PersonState(row["state"]),
        is_test=bool(row["is_test"]),
        paused_until=utc_time_or_none(row["paused_until"]),
        answers_on=row["answers_on"],
    )


async def add(tx: Tx, *, code: str, role: str, language: str, zone: str, at: datetime) -> Person:
    """Add somebody who is invited but has not joined yet. The code must be new."""
    person = Person(new_id(at), code, PersonRole(role), language, zone, PersonState.INVITED)
    await tx.run(
        "INSERT INTO people (id, code, role, language, zone, state, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        person.id,
        person.code,
        person.role,
        person.language,
        person.zone,
        person.state,
        utc_text(at),
    )
    return person


async def by_code(tx: Tx, code: str) -> Person | None:
    """Return the person with that code, if any; case does not matter."""
    return _person_or_none(
        await tx.one(f"SELECT {PERSON_COLUMNS} FROM people p WHERE p.code = ?", as_code(code))
    )


async def by_id(tx: Tx, person_id: str) -> Person:
    """Return the person with that id, who must exist."""
    row = await tx.one(f"SELECT {PERSON_COLUMNS} FROM people p WHERE p.id = ?", person_id)
    if row is None:
        raise LookupError("no person has that id")
    return person_of_row(row)


async def by_id_or_none(tx: Tx, person_id: str) -> Person | None:
    """Return the person with an id that may be forged or erased; None if there is none."""
    return _person_or_none(
        await tx.one(f"SELECT {PERSON_COLUMNS} FROM people p WHERE p.id = ?", person_id)
    )


async def by_telegram(tx: Tx, telegram_id: int) -> Person | None:
    """Return the person with that Telegram account, if any."""
    person_id = await accounts.owner(tx, telegram_id)
    return None if person_id is None else await by_id(tx, person_id)


async def of_role(tx: Tx, role: str) -> Sequence[Person]:
    """Return everybody with a role whose participation has not ended, by code."""
    rows = await tx.all(
        f"SELECT {PERSON_COLUMNS} FROM people p"
        " WHERE p.role = ? AND p.state <> 'ended' ORDER BY p.code",
        role,
    )
    return [person_of_row(row) for row in rows]


async def set_state(tx: Tx, *, person_id: str, state: str) -> bool:
    """Set a person's state; False when nothing changes.

    The end of a pause is cleared, except when a paused person becomes unreachable or reachable
    again: their pause then continues as it was.
    """
    return bool(
        await tx.run(
            "UPDATE people SET state = ?, paused_until = CASE WHEN ? = 'unreachable'"
            " OR (? = 'paused' AND state = 'unreachable') THEN paused_until ELSE NULL END"
            " WHERE id = ? AND state <> ?",
            state,
            state,
            state,
            person_id,
            state,
        )
    )


async def due_to_resume(tx: Tx, *, now: datetime) -> list[str]:
    """Return the ids of those whose pause should have ended by now."""
    rows = await tx.all(
        "SELECT id FROM people WHERE state = 'paused' AND paused_until IS NOT NULL"
        " AND paused_until <= ?",
        utc_text(now),
    )
    return [row["id"] for row in rows]


async def end_pause(tx: Tx, *, person_id: str) -> None:
    """Make a paused person active again; ``paused_until`` stays as it was.

    It tells what was due during the pause and is not sent, even if the scheduler runs late.
    """
    await tx.run("UPDATE people SET state = 'active' WHERE id = ?", person_id)


async def pause(tx: Tx, *, person_id: str, until: datetime | None) -> None:
    """Pause somebody until a moment, or until they are resumed."""
    await tx.run(
        "UPDATE people SET state = 'paused', paused_until = ? WHERE id = ?",
        None if until is None else utc_text(until),
        person_id,
    )


async def reinvite(tx: Tx, *, person_id: str) -> str | None:
    """Change somebody from ended to invited; return when they had ended, for the audit log."""
    row = await tx.one("SELECT ended_at FROM people WHERE id = ?", person_id)
    await tx.run("UPDATE people SET state = 'invited', ended_at = NULL WHERE id = ?", person_id)
    return None if row is None else row["ended_at"]


async def mark_test(tx: Tx, *, person_id: str, is_test: bool) -> bool:
    """Mark a patient as a test patient, or remove the mark; False when nothing changes."""
    return bool(
        await tx.run(
            "UPDATE people SET is_test = ? WHERE id = ? AND is_test <> ?",
            int(is_test),
            person_id,
            int(is_test),
        )
    )


async def set_language(tx: Tx, *, person_id: str, language: str) -> None:
    """Set a person's language."""
    await tx.run("UPDATE people SET language = ? WHERE id = ?", language, person_id)


async def overview(tx: Tx) -> list[dict[str, Any]]:
    """Return everybody's code, role and state, by code."""
    rows = await tx.all("SELECT code, role, state FROM people ORDER BY code")
    return [{"code": row["code"], "role": row["role"], "state": row["state"]} for row in rows]
