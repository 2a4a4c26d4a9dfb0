"""The outbox: letters to be sent. A letter holds ids; its words are made at sending."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from storage.database.ids import new_id
from storage.database.tx import Row, Tx, at_text, at_time

LEASE = timedelta(seconds=90)

LANES = {
    "alert": 0,
    "snooze": 0,
    "trouble": 0,
    "alert_again": 0,
    "unseen": 0,
    "seen": 1,
    "prompt": 1,
    "again": 1,
    "reminder": 1,
    "close": 2,
    "lock": 2,
    "handover": 1,
    "state": 1,
    "heartbeat": 2,
    "hide": 2,
    "episode": 2,
    "digest": 2,
    "restored": 0,
}
"""Letter kind to lane; lower lanes leave first: alerts, then what patients get, then tidying."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message on its way.

    Attributes:
        kind: One of ``LANES``.
        person_id: To whom.
        subject_id: About what: a check-in's, an alert's or a person's id.
        attempts: How often it was tried, this time included.
    """

    id: str
    key: str
    kind: str
    person_id: str
    subject_id: str
    attempts: int


async def post(
    tx: Tx,
    *,
    key: str,
    kind: str,
    person_id: str,
    subject_id: str,
    at: datetime,
    not_before: datetime | None = None,
) -> bool:
    """Put a letter into the outbox; False when one with that key was posted before."""
    return bool(
        await tx.run(
            "INSERT INTO outbox (id, key, kind, lane, person_id, subject_id, state, attempts,"
            " not_before, created_at) VALUES (?, ?, ?, ?, ?, ?, 'new', 0, ?, ?)"
            " ON CONFLICT DO NOTHING",
            new_id(at),
            key,
            kind,
            LANES[kind],
            person_id,
            subject_id,
            at_text(not_before or at),
            at_text(at),
        )
    )


async def claim(tx: Tx, *, now: datetime, resting: Iterable[str], worker: int = 0) -> Letter | None:
    """Take the next letter for sending, under a lease; None when nothing may leave now.

    Args:
        tx: An open transaction.
        now: Letters for later are left alone.
        resting: People who are not to be written to at this moment.
        worker: Who takes it.
    """
    people = ("", *resting)  # an empty list is no SQL
    marks = ", ".join("?" for _ in people)
    row = await tx.one(
        "UPDATE outbox SET state = 'sending', attempts = attempts + 1, leased_until = ?, worker = ?"
        " WHERE id = (SELECT id FROM outbox WHERE state IN ('new', 'uncertain')"
        f" AND not_before <= ? AND person_id NOT IN ({marks})"
        f" ORDER BY lane, not_before, id LIMIT 1{tx.skipping})"
        " RETURNING id, key, kind, person_id, subject_id, attempts",
        at_text(now + LEASE),
        worker,
        at_text(now),
        *people,
    )
    return None if row is None else _letter(row)


def _letter(row: Row) -> Letter:
    return Letter(
        row["id"],
        row["key"],
        row["kind"],
        row["person_id"],
        row["subject_id"],
        row["attempts"],
    )


async def next_at(tx: Tx) -> datetime | None:
    """Return when the earliest waiting letter may leave."""
    row = await tx.one(
        "SELECT MIN(not_before) AS at FROM outbox WHERE state IN ('new', 'uncertain')"
    )
    return None if row is None or row["at"] is None else at_time(row["at"])


_IN_HAND = "id = ? AND state = 'sending' AND attempts = ?"
"""A letter that was given up for lost and claimed anew is no more its earlier sender's: each
claim counts one attempt more."""


async def sent(tx: Tx, letter: Letter, *, message_id: int | None, at: datetime) -> None:
    """Note that Telegram took a letter.

    That is so even where its sender was slow and given up for lost: what is in the chat need
    not leave once more.
    """
    await tx.run(
        "UPDATE outbox SET state = 'sent', message_id = ?, sent_at = ?, leased_until = NULL"
        " WHERE id = ? AND state IN ('sending', 'uncertain', 'new')",
        message_id,
        at_text(at),
        letter.id,
    )


async def again(
    tx: Tx, letter: Letter, *, not_before: datetime, reason: str, uncertain: bool
) -> bool:
    """Put a letter back for a later try; False where it is in other hands by now.

    Args:
        tx: An open transaction.
        letter: As it was claimed.
        not_before: The earliest next try.
        reason: Class of the failure, without content.
        uncertain: Telegram may have taken it all the same.
    """
    return bool(
        await tx.run(
            "UPDATE outbox SET state = ?, not_before = ?, reason = ?, leased_until = NULL"
            f" WHERE {_IN_HAND}",
            "uncertain" if uncertain else "new",
            at_text(not_before),
            reason,
            letter.id,
            letter.attempts,
        )
    )


async def end(tx: Tx, letter: Letter, *, state: str, reason: str) -> bool:
    """End a letter as ``failed`` or ``cancelled``; False where it is in other hands by now."""
    return bool(
        await tx.run(
            f"UPDATE outbox SET state = ?, reason = ?, leased_until = NULL WHERE {_IN_HAND}",
            state,
            reason,
            letter.id,
            letter.attempts,
        )
    )


async def senders(tx: Tx) -> frozenset[int]:
    """Return the workers that have letters in hand."""
    rows = await tx.all("SELECT DISTINCT worker FROM outbox WHERE state = 'sending'")
    return frozenset(row["worker"] for row in rows)


async def bring_forward(tx: Tx, *, at: datetime) -> int:
    """Let leave now what waits for a time that only a wrong clock showed; return how many."""
    return await tx.run(
        "UPDATE outbox SET not_before = ? WHERE state IN ('new', 'uncertain') AND not_before > ?"
        " AND (created_at > ? OR attempts > 0)",
        *[at_text(at)] * 3,
    )


async def recover(tx: Tx, *, before: datetime, gone: Iterable[int] = ()) -> int:
    """Make letters uncertain whose sender went away before telling how it went.

    Args:
        tx: An open transaction.
        before: Leases that end earlier than this are over.
        gone: Workers that are no more, whatever their leases say.
    """
    workers = tuple(gone)
    marks = "".join(", ?" for _ in workers)
    return await tx.run(
        "UPDATE outbox SET state = 'uncertain', leased_until = NULL, reason = 'interrupted'"
        f" WHERE state = 'sending' AND (leased_until < ? OR worker IN (-1{marks}))",
        at_text(before),
        *workers,
    )


async def cancel_about(tx: Tx, *, subject_id: str, reason: str) -> int:
    """Cancel the waiting letters about something that is over."""
    return await tx.run(
        "UPDATE outbox SET state = 'cancelled', reason = ?"
        " WHERE subject_id = ? AND state IN ('new', 'uncertain')",
        reason,
        subject_id,
    )


async def cancel_kind(
    tx: Tx,
    *,
    kind: str,
    reason: str,
    person_id: str | None = None,
    subject_id: str | None = None,
) -> int:
    """Cancel waiting letters of a kind: of this person, about this subject, or both."""
    chosen = {"person_id": person_id, "subject_id": subject_id}
    given = {column: value for column, value in chosen.items() if value is not None}
    where = "".join(f" AND {column} = ?" for column in given)
    return await tx.run(
        "UPDATE outbox SET state = 'cancelled', reason = ?"
        f" WHERE kind = ? AND state IN ('new', 'uncertain'){where}",
        reason,
        kind,
        *given.values(),
    )


async def has_left(tx: Tx, *, subject_id: str) -> bool:
    """Say whether a letter about something has been sent, or is just being sent."""
    row = await tx.one(
        "SELECT 1 AS yes FROM outbox WHERE subject_id = ? AND state IN ('sending', 'sent')",
        subject_id,
    )
    return row is not None


async def revive(tx: Tx, *, subject_id: str, reason: str) -> int:
    """Let letters about something leave after all that were cancelled for that reason."""
    return await tx.run(
        "UPDATE outbox SET state = 'new', reason = NULL"
        " WHERE subject_id = ? AND state = 'cancelled' AND reason = ?",
        subject_id,
        reason,
    )


_PUT_OFF = "person_id = ? AND kind = 'alert' AND state = 'new' AND not_before > created_at"
"""Alerts that wait for a digest. What a patient asks for never waits."""


async def put_off_alerts(tx: Tx, *, person_id: str, not_before: datetime) -> int:
    """Let alerts that wait for somebody's digest leave at another time."""
    return await tx.run(
        f"UPDATE outbox SET not_before = ? WHERE {_PUT_OFF}", at_text(not_before), person_id
    )


async def hurry_alert(tx: Tx, *, checkin_id: str, at: datetime) -> int:
    """Let the waiting alert about a check-in leave now; return how many letters had waited."""
    return await tx.run(
        "UPDATE outbox SET not_before = ? WHERE kind = 'alert' AND state = 'new'"
        " AND not_before > ? AND subject_id = (SELECT id FROM alerts WHERE checkin_id = ?)",
        at_text(at),
        at_text(at),
        checkin_id,
    )


async def cancel_put_off_alerts(tx: Tx, *, person_id: str, reason: str) -> int:
    """Cancel alerts that waited for somebody's digest, which tells of them."""
    return await tx.run(
        f"UPDATE outbox SET state = 'cancelled', reason = ? WHERE {_PUT_OFF}", reason, person_id
    )


async def overview(tx: Tx) -> list[dict[str, Any]]:
    """Return every letter, oldest first; no personal data."""
    rows = await tx.all("SELECT id, kind, state, attempts FROM outbox ORDER BY created_at, id")
    return [
        {
            "id": row["id"],
            "kind": row["kind"],
            "state": row["state"],
            "attempts": row["attempts"],
        }
        for row in rows
    ]
