"""The sender's side of the outbox: messages are claimed, sent, and put back when that fails."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.database.tx import Row, Tx, utc_text, utc_time
from storage.messages.kinds_and_priorities import MessageKind
from storage.messages.payloads import Payload, payload_from_json

LEASE = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One message that is being sent. It has no key here: a key is only compared.

    Attributes:
        person_id: The recipient.
        subject_id: What it is about, as a check-in's, an alert's or a person's id; messages are
            found and cancelled by it.
        payload_json: What it is about, as it is saved.
        attempts: How often it was tried, this time included.
    """

    id: str
    kind: MessageKind
    person_id: str
    subject_id: str
    payload_json: str
    attempts: int

    @property
    def payload(self) -> Payload:
        """What the message is about; its type is ``PAYLOADS[kind]``."""
        return payload_from_json(self.kind, self.payload_json)


async def claim(
    tx: Tx, *, now: datetime, blocked_people: Iterable[str], worker: int = 0
) -> OutboxMessage | None:
    """Claim the next message for sending, under a lease; None when none may be sent now.

    Args:
        tx: An open transaction.
        now: Messages for later are left alone.
        blocked_people: People who may not be written to at this moment.
        worker: Who claims it.
    """
    people = ("", *blocked_people)  # an empty list is no SQL
    marks = ", ".join("?" for _ in people)
    row = await tx.one(
        "UPDATE outbox SET state = 'sending', attempts = attempts + 1, leased_until = ?, worker = ?"
        " WHERE id = (SELECT id FROM outbox WHERE state IN ('new', 'uncertain')"
        f" AND not_before <= ? AND person_id NOT IN ({marks})"
        f" ORDER BY priority, not_before, id LIMIT 1{tx.skip_locked})"
        " RETURNING id, kind, person_id, subject_id, payload, attempts",
        utc_text(now + LEASE),
        worker,
        utc_text(now),
        *people,
    )
    return None if row is None else _message_of_row(row)


def _message_of_row(row: Row) -> OutboxMessage:
    return OutboxMessage(
        id=row["id"],
        kind=MessageKind(row["kind"]),
        person_id=row["person_id"],
        subject_id=row["subject_id"],
        payload_json=row["payload"],
        attempts=row["attempts"],
    )


async def next_at(tx: Tx) -> datetime | None:
    """Return the earliest time at which a waiting message may be sent."""
    row = await tx.one(
        "SELECT MIN(not_before) AS at FROM outbox WHERE state IN ('new', 'uncertain')"
    )
    return None if row is None or row["at"] is None else utc_time(row["at"])


_STILL_CLAIMED = "id = ? AND state = 'sending' AND attempts = ?"
"""A message that was recovered and claimed again no longer belongs to its first sender: each
claim adds one attempt."""


async def record_sent(
    tx: Tx, message: OutboxMessage, *, message_id: int | None, at: datetime
) -> None:
    """Record that Telegram accepted a message.

    It counts even if the sender was so slow that the message was recovered meanwhile: what is
    in the chat need not be sent again.
    """
    await tx.run(
        "UPDATE outbox SET state = 'sent', message_id = ?, sent_at = ?, leased_until = NULL"
        " WHERE id = ? AND state IN ('sending', 'uncertain', 'new')",
        message_id,
        utc_text(at),
        message.id,
    )


async def retry_later(
    tx: Tx, message: OutboxMessage, *, not_before: datetime, reason: str, uncertain: bool
) -> bool:
    """Put a message back to try again later; False if another sender has it by now.

    Args:
        tx: An open transaction.
        message: As it was claimed.
        not_before: The earliest next try.
        reason: Class of the failure, without content.
        uncertain: Telegram may have accepted it all the same.
    """
    return bool(
        await tx.run(
            "UPDATE outbox SET state = ?, not_before = ?, reason = ?, leased_until = NULL"
            f" WHERE {_STILL_CLAIMED}",
            "uncertain" if uncertain else "new",
            utc_text(not_before),
            reason,
            message.id,
            message.attempts,
        )
    )


async def end(tx: Tx, message: OutboxMessage, *, state: str, reason: str) -> bool:
    """End a message as ``failed`` or ``cancelled``; False if another sender has it by now."""
    return bool(
        await tx.run(
            f"UPDATE outbox SET state = ?, reason = ?, leased_until = NULL WHERE {_STILL_CLAIMED}",
            state,
            reason,
            message.id,
            message.attempts,
        )
    )


async def sending_workers(tx: Tx) -> frozenset[int]:
    """Return the workers that are sending messages."""
    rows = await tx.all("SELECT DISTINCT worker FROM outbox WHERE state = 'sending'")
    return frozenset(row["worker"] for row in rows)


async def recover(tx: Tx, *, before: datetime, dead_workers: Iterable[int] = ()) -> int:
    """Mark messages as uncertain whose sender vanished before it recorded the result.

    Args:
        tx: An open transaction.
        before: Leases that end earlier than this have run out.
        dead_workers: Workers that have died, whatever their leases say.
    """
    workers = tuple(dead_workers)
    marks = "".join(", ?" for _ in workers)
    return await tx.run(
        "UPDATE outbox SET state = 'uncertain', leased_until = NULL, reason = 'interrupted'"
        f" WHERE state = 'sending' AND (leased_until < ? OR worker IN (-1{marks}))",
        utc_text(before),
        *workers,
    )
