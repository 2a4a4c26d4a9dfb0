"""People: who takes part, and in which role; known by a code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.audit.audit_log import Entry
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, at_text, at_time_or_none
from storage.people import accounts

ROLES = ("patient", "therapist", "coordinator")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes part, known by a code.

    Attributes:
        id: Ours.
        code: What the clinic calls them, e.g. P-017; unique.
        role: patient, therapist or coordinator.
        language: Two letters.
        zone: IANA name.
        state: invited, active, paused, ended or unreachable.
        is_test: A patient who is nobody: marked everywhere, counted nowhere.
        paused_until: From when on somebody paused is asked again by itself; None is open.
        answers_on: Where a patient answers, ``chat`` or ``page``; None is as the site has it.
    """

    id: str
    code: str
    role: str
    language: str
    zone: str
    state: str
    is_test: bool = False
    paused_until: datetime | None = None
    answers_on: str | None = None


COLUMNS = (
    "p.id, p.code, p.role, p.language, p.zone, p.state, p.is_test, p.paused_until, p.answers_on"
)


def _person(row: Row | None) -> Person | None:
    return None if row is None else made(row)


def made(row: Row) -> Person:
    """Return the person of a row that has their columns."""
    return Person(
        id=row["id"],
        code=row["code"],
        role=row["role"],
        language=row["language"],
        zone=row["zone"],
        state=row["state"],
        is_test=bool(row["is_test"]),
        paused_until=at_time_or_none(row["paused_until"]),
        answers_on=row["answers_on"],
    )


async def add(tx: Tx, *, code: str, role: str, language: str, zone: str, at: datetime) -> Person:
    """Add somebody who is invited but has not come yet. The code must be new."""
    person = Person(new_id(at), code, role, language, zone, "invited")
    await tx.run(
        "INSERT INTO people (id, code, role, language, zone, state, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        person.id,
        person.code,
        person.role,
        person.language,
        person.zone,
        person.state,
        at_text(at),
    )
    return person


async def by_code(tx: Tx, code: str) -> Person | None:
    """Return the person of that code; capital and small letters are the same."""
    return _person(
        await tx.one(f"SELECT {COLUMNS} FROM people p WHERE p.code = ?", code.strip().upper())
    )


async def by_id(tx: Tx, person_id: str) -> Person:
    """Return the person of that id, who must exist."""
    row = await tx.one(f"SELECT {COLUMNS} FROM people p WHERE p.id = ?", person_id)
    if row is None:
        raise LookupError("nobody has that id")
    return made(row)


async def by_id_or_none(tx: Tx, person_id: str) -> Person | None:
    """Return the person of an id that may be made up."""
    return _person(await tx.one(f"SELECT {COLUMNS} FROM people p WHERE p.id = ?", person_id))


async def by_telegram(tx: Tx, telegram_id: int) -> Person | None:
    """Return who writes from that Telegram account, if we know them."""
    person_id = await accounts.owner(tx, telegram_id)
    return None if person_id is None else await by_id(tx, person_id)


async def of_role(tx: Tx, role: str) -> Sequence[Person]:
    """Return everybody of a role who has not ended, by code."""
    rows = await tx.all(
        f"SELECT {COLUMNS} FROM people p WHERE p.role = ? AND p.state <> 'ended' ORDER BY p.code",
        role,
    )
    return [made(row) for row in rows]


async def set_state(tx: Tx, *, person_id: str, state: str) -> bool:
    """Set somebody's state; False when it was that already.

    A pause that had an end loses it, unless they only cannot be reached, or are back from
    that: a new pause of their own is without an end.
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


async def to_resume(tx: Tx, *, now: datetime) -> list[str]:
    """Return who pauses, but not beyond now."""
    rows = await tx.all(
        "SELECT id FROM people WHERE state = 'paused' AND paused_until IS NOT NULL"
        " AND paused_until <= ?",
        at_text(now),
    )
    return [row["id"] for row in rows]


async def end_pause(tx: Tx, *, person_id: str) -> None:
    """Make somebody active again, and keep until when they paused.

    What was due before that is not asked, however late the clock comes round.
    """
    await tx.run("UPDATE people SET state = 'active' WHERE id = ?", person_id)


async def pause(tx: Tx, *, person_id: str, until: datetime | None) -> None:
    """Ask somebody nothing until then, or until they are resumed."""
    await tx.run(
        "UPDATE people SET state = 'paused', paused_until = ? WHERE id = ?",
        None if until is None else at_text(until),
        person_id,
    )


async def invite_anew(tx: Tx, *, person_id: str) -> str | None:
    """Let somebody whose part has ended be invited; return when it had ended, for the log."""
    row = await tx.one("SELECT ended_at FROM people WHERE id = ?", person_id)
    await tx.run("UPDATE people SET state = 'invited', ended_at = NULL WHERE id = ?", person_id)
    return None if row is None else row["ended_at"]


async def mark_test(tx: Tx, *, person_id: str, is_test: bool) -> bool:
    """Mark a patient as a test patient, or no longer; False when it was so already."""
    return bool(
        await tx.run(
            "UPDATE people SET is_test = ? WHERE id = ? AND is_test <> ?",
            int(is_test),
            person_id,
            int(is_test),
        )
    )


async def undo_test_mark(tx: Tx, entry: Entry, at: datetime) -> bool:  # noqa: ARG001 - likewise
    """Take the mark of a test patient back, or give it back; False when that was done since."""
    was = bool(entry.facts_before["is_test"])
    return await mark_test(tx, person_id=str(entry.subject_id), is_test=was)


async def set_language(tx: Tx, *, person_id: str, language: str) -> None:
    """Keep the language somebody reads."""
    await tx.run("UPDATE people SET language = ? WHERE id = ?", language, person_id)


async def overview(tx: Tx) -> list[dict[str, Any]]:
    """Return code, role and state of everybody, by code."""
    rows = await tx.all("SELECT code, role, state FROM people ORDER BY code")
    return [{"code": row["code"], "role": row["role"], "state": row["state"]} for row in rows]
