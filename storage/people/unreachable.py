"""When somebody was unreachable, and whether a coordinator has spoken to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.audit.change import Change
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, utc_text, utc_time, utc_time_or_none
from storage.people.people import PERSON_COLUMNS, Person, person_of_row


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Somebody who cannot be reached.

    Attributes:
        since: When a message was first refused, or when their link stopped working.
        spoken_at: When a coordinator noted that they have spoken to them; None before.
        never_joined: They have never joined; their link has expired or was withdrawn.
    """

    person: Person
    since: datetime
    spoken_at: datetime | None
    never_joined: bool


async def begin(tx: Tx, *, person: Person, at: datetime) -> bool:
    """Record that somebody is unreachable from now on; False when that is known."""
    return bool(
        await tx.run(
            "INSERT INTO unreachable_periods (id, person_id, state_before, since)"
            " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            new_id(at),
            person.id,
            person.state,
            utc_text(at),
        )
    )


async def end(tx: Tx, *, person_id: str, at: datetime) -> str | None:
    """Record that somebody is reachable again; return their state before they were not."""
    row = await tx.one(
        "UPDATE unreachable_periods SET over_at = ? WHERE person_id = ? AND over_at IS NULL"
        " RETURNING state_before",
        utc_text(at),
        person_id,
    )
    return None if row is None else str(row["state_before"])


async def reopen(tx: Tx, *, person_id: str, ended_at: datetime) -> None:
    """Reopen a period that was ended at that moment by mistake."""
    await tx.run(
        "UPDATE unreachable_periods SET over_at = NULL WHERE person_id = ? AND over_at = ?",
        person_id,
        utc_text(ended_at),
    )


async def record_contact(change: Change, person: Person) -> bool:
    """Record that a coordinator has spoken to somebody; False when they are not unreachable."""
    rows_changed = await change.tx.run(
        "UPDATE unreachable_periods SET spoken_at = ?, spoken_by = ?"
        " WHERE person_id = ? AND over_at IS NULL",
        utc_text(change.at),
        change.actor_id,
        person.id,
    )
    if not rows_changed:
        return False
    await change.record("person.spoken_to", person.id)
    return True


async def all_current(tx: Tx, *, now: datetime) -> Sequence[Unreachable]:
    """Return everybody who is unreachable now, the longest first.

    That includes those whose link expired or was withdrawn before they joined.
    """
    lost = await tx.all(
        f"SELECT {PERSON_COLUMNS}, s.since, s.spoken_at FROM unreachable_periods s"
        " JOIN people p ON p.id = s.person_id WHERE s.over_at IS NULL AND p.state = 'unreachable'"
    )
    never_joined = await tx.all(
        f"SELECT {PERSON_COLUMNS}, MAX(COALESCE(i.withdrawn_at, i.expires_at)) AS since,"
        " NULL AS spoken_at FROM people p JOIN invitations i ON i.person_id = p.id"
        " WHERE p.state = 'invited' AND p.id NOT IN (SELECT person_id FROM accounts)"
        f" GROUP BY {PERSON_COLUMNS} HAVING MAX(COALESCE(i.withdrawn_at, i.expires_at)) <= ?",
        utc_text(now),
    )
    everybody = [_unreachable(row, never_joined=False) for row in lost]
    everybody += [_unreachable(row, never_joined=True) for row in never_joined]
    return sorted(everybody, key=lambda period: (period.since, period.person.code))


async def of_person(tx: Tx, *, person_id: str, now: datetime) -> Unreachable | None:
    """Return one person if they are unreachable now."""
    everybody = await all_current(tx, now=now)
    return next((period for period in everybody if period.person.id == person_id), None)


def _unreachable(row: Row, *, never_joined: bool) -> Unreachable:
    return Unreachable(
        person_of_row(row), utc_time(row["since"]), utc_time_or_none(row["spoken_at"]), never_joined
    )
