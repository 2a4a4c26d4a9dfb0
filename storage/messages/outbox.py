"""The outbox: messages to be sent, and what changes while they wait.

A message holds ids; its words are composed when it is sent. Its key makes sure that it is posted
once, and is only ever compared; what it is about is its payload. ``storage.messages.post`` has a
function for each kind of message, ``storage.messages.delivery`` is the sender's side.
"""

from datetime import datetime
from typing import Any

from storage.database.ids import new_id
from storage.database.tx import Tx, utc_text, utc_time
from storage.messages.kinds_and_priorities import PRIORITY, MessageKind
from storage.messages.payloads import Payload, payload_to_json


async def post(
    tx: Tx,
    *,
    key: str,
    kind: MessageKind,
    person_id: str,
    subject_id: str,
    payload: Payload,
    at: datetime,
    not_before: datetime | None = None,
) -> bool:
    """Add a message to the outbox; False when one with that key was posted before."""
    return bool(
        await tx.run(
            "INSERT INTO outbox (id, key, kind, priority, person_id, subject_id, payload, state,"
            " attempts, not_before, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'new', 0, ?, ?)"
            " ON CONFLICT DO NOTHING",
            new_id(at),
            key,
            kind,
            PRIORITY[kind],
            person_id,
            subject_id,
            payload_to_json(payload),
            utc_text(not_before or at),
            utc_text(at),
        )
    )


async def not_before_of(tx: Tx, *, key: str) -> datetime | None:
    """Return when the message of that key may be sent at the earliest; None if there is none."""
    row = await tx.one("SELECT not_before FROM outbox WHERE key = ?", key)
    return None if row is None else utc_time(row["not_before"])


async def bring_forward(tx: Tx, *, at: datetime) -> int:
    """Send now what waits for a time that only a wrong clock had shown; return how many."""
    return await tx.run(
        "UPDATE outbox SET not_before = ? WHERE state IN ('new', 'uncertain') AND not_before > ?"
        " AND (created_at > ? OR attempts > 0)",
        *[utc_text(at)] * 3,
    )


async def end_quiet_wait(tx: Tx, *, at: datetime, **about: str) -> int:
    """Have messages checked again that wait for the end of quiet hours, since those may differ.

    Args:
        tx: An open transaction.
        at: Now.
        **about: ``subject_id`` or ``person_id``, to choose the messages; without either, all.
    """
    where = "".join(f" AND {column} = ?" for column in about)
    return await tx.run(
        "UPDATE outbox SET not_before = ? WHERE state IN ('new', 'uncertain') AND not_before > ?"
        f" AND reason = 'quiet hours'{where}",
        utc_text(at),
        utc_text(at),
        *about.values(),
    )


async def cancel_by_subject(tx: Tx, *, subject_id: str, reason: str) -> int:
    """Cancel the waiting messages about something that is over; return how many."""
    return await tx.run(
        "UPDATE outbox SET state = 'cancelled', reason = ?"
        " WHERE subject_id = ? AND state IN ('new', 'uncertain')",
        reason,
        subject_id,
    )


async def cancel_by_kind(
    tx: Tx,
    *,
    kind: MessageKind,
    reason: str,
    person_id: str | None = None,
    subject_id: str | None = None,
) -> int:
    """Cancel the waiting messages of a kind to a person, about a subject, or both."""
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
    """Say whether a message about something has been sent, or is just being sent."""
    row = await tx.one(
        "SELECT 1 AS yes FROM outbox WHERE subject_id = ? AND state IN ('sending', 'sent')",
        subject_id,
    )
    return row is not None


async def reinstate(tx: Tx, *, subject_id: str, reason: str) -> int:
    """Send messages about something after all that were cancelled for that reason."""
    return await tx.run(
        "UPDATE outbox SET state = 'new', reason = NULL"
        " WHERE subject_id = ? AND state = 'cancelled' AND reason = ?",
        subject_id,
        reason,
    )


_WAITS_FOR_DIGEST = "person_id = ? AND kind = 'alert' AND state = 'new' AND not_before > created_at"
"""Alerts that wait for a digest; a patient's request never does."""


async def reschedule_digest_alerts(tx: Tx, *, person_id: str, not_before: datetime) -> int:
    """Reschedule the alerts that wait for a therapist's digest."""
    return await tx.run(
        f"UPDATE outbox SET not_before = ? WHERE {_WAITS_FOR_DIGEST}",
        utc_text(not_before),
        person_id,
    )


async def expedite_alert(tx: Tx, *, checkin_id: str, at: datetime) -> int:
    """Send the waiting alert about a check-in now; return how many messages waited."""
    return await tx.run(
        "UPDATE outbox SET not_before = ? WHERE kind = 'alert' AND state = 'new'"
        " AND not_before > ? AND subject_id = (SELECT id FROM alerts WHERE checkin_id = ?)",
        utc_text(at),
        utc_text(at),
        checkin_id,
    )


async def cancel_digest_alerts(tx: Tx, *, person_id: str) -> int:
    """Cancel the alerts that waited for a therapist's digest, because it includes them."""
    return await tx.run(
        "UPDATE outbox SET state = 'cancelled', reason = 'told in the digest'"
        f" WHERE {_WAITS_FOR_DIGEST}",
        person_id,
    )


async def overview(tx: Tx) -> list[dict[str, Any]]:
    """Return every message, oldest first; no personal data."""
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
