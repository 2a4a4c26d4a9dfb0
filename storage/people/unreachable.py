"""Silences: from when to when somebody could not be written to, and who has seen to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database.ids import new_id
from storage.database.tx import Row, Tx, at_text, at_time, at_time_or_none
from storage.people.people import COLUMNS, Person, made


@dataclass(frozen=True, slots=True)
class Silence:
    """Somebody who cannot be written to.

    Attributes:
        since: When Telegram first refused, or when their link ran out.
        spoken_at: When a coordinator said that they have had a word; None before.
        never_came: They have not been here at all; their link ran out or was withdrawn.
    """

    person: Person
    since: datetime
    spoken_at: datetime | None
    never_came: bool


async def begin(tx: Tx, *, person: Person, at: datetime) -> bool:
    """Note that somebody cannot be written to from now on; False when that is known."""
    return bool(
        await tx.run(
            "INSERT INTO silences (id, person_id, state_before, since) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            new_id(at),
            person.id,
            person.state,
            at_text(at),
        )
    )


async def end(tx: Tx, *, person_id: str, at: datetime) -> str | None:
    """Note that somebody can be written to again; return the state they were in before."""
    row = await tx.one(
        "UPDATE silences SET over_at = ? WHERE person_id = ? AND over_at IS NULL"
        " RETURNING state_before",
        at_text(at),
        person_id,
    )
    return None if row is None else str(row["state_before"])


async def go_on(tx: Tx, *, person_id: str, ended_at: datetime) -> None:
    """Let a silence go on that ended at that moment by mistake."""
    await tx.run(
        "UPDATE silences SET over_at = NULL WHERE person_id = ? AND over_at = ?",
        person_id,
        at_text(ended_at),
    )


async def spoken_to(tx: Tx, *, person_id: str, by: str, at: datetime) -> bool:
    """Note that a coordinator has had a word with somebody; False when nobody is silent."""
    return bool(
        await tx.run(
            "UPDATE silences SET spoken_at = ?, spoken_by = ?"
            " WHERE person_id = ? AND over_at IS NULL",
            at_text(at),
            by,
            person_id,
        )
    )


async def all_now(tx: Tx, *, now: datetime) -> Sequence[Silence]:
    """Return everybody who cannot be written to now, those who wait longest first.

    Somebody whose link ran out or was withdrawn before they came cannot be reached either.
    """
    silent = await tx.all(
        f"SELECT {COLUMNS}, s.since, s.spoken_at FROM silences s"
        " JOIN people p ON p.id = s.person_id WHERE s.over_at IS NULL AND p.state = 'unreachable'"
    )
    waiting = await tx.all(
        f"SELECT {COLUMNS}, MAX(COALESCE(i.withdrawn_at, i.expires_at)) AS since,"
        " NULL AS spoken_at FROM people p JOIN invitations i ON i.person_id = p.id"
        " WHERE p.state = 'invited' AND p.id NOT IN (SELECT person_id FROM accounts)"
        f" GROUP BY {COLUMNS} HAVING MAX(COALESCE(i.withdrawn_at, i.expires_at)) <= ?",
        at_text(now),
    )
    found = [_silence(row, never_came=False) for row in silent]
    found += [_silence(row, never_came=True) for row in waiting]
    return sorted(found, key=lambda one: (one.since, one.person.code))


async def of_person(tx: Tx, *, person_id: str, now: datetime) -> Silence | None:
    """Return the silence of one person, if there is one now."""
    found = await all_now(tx, now=now)
    return next((one for one in found if one.person.id == person_id), None)


def _silence(row: Row, *, never_came: bool) -> Silence:
    return Silence(made(row), at_time(row["since"]), at_time_or_none(row["spoken_at"]), never_came)
