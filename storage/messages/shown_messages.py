"""Showings: what stands readable in somebody's chat, and has to leave it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.database.ids import new_id
from storage.database.tx import Row, Tx, at_text, at_time
from storage.messages import outbox

ShowingKind = Literal["alert", "course", "caseload", "group", "episode", "digest", "words"]


@dataclass(frozen=True, slots=True)
class Showing:
    """One message with somebody's answers in it.

    Attributes:
        person_id: In whose chat.
        message_id: Which message.
        kind: What is shown; it says what stays behind when it leaves.
        subject_id: The alert's id, or the patient's.
        sent_at: When Telegram took the message; it deletes only those of the last two days.
    """

    id: str
    person_id: str
    message_id: int
    kind: ShowingKind
    subject_id: str
    sent_at: datetime


async def begin(
    tx: Tx,
    *,
    person_id: str,
    message_id: int,
    kind: ShowingKind,
    subject_id: str,
    sent_at: datetime,
    at: datetime,
    until: datetime,
) -> None:
    """Note that a message shows answers from now on, and post what takes them away.

    Shown again in the same message, the first time counts: nothing stays longer by tapping.
    """
    showing_id = new_id(at)
    added = await tx.run(
        "INSERT INTO showings (id, person_id, message_id, kind, subject_id, sent_at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        showing_id,
        person_id,
        message_id,
        kind,
        subject_id,
        at_text(sent_at),
    )
    if added:
        await outbox.post(
            tx,
            key=f"hide:{showing_id}",
            kind="hide",
            person_id=person_id,
            subject_id=showing_id,
            at=at,
            not_before=until,
        )


async def by_id(tx: Tx, showing_id: str) -> Showing | None:
    """Return a showing; None when it has left the chat."""
    row = await tx.one("SELECT * FROM showings WHERE id = ?", showing_id)
    return None if row is None else _showing(row)


async def over(tx: Tx, *, person_id: str, message_id: int) -> None:
    """Note that a message no longer shows anything."""
    row = await tx.one(
        "DELETE FROM showings WHERE person_id = ? AND message_id = ? RETURNING id",
        person_id,
        message_id,
    )
    if row is not None:
        await outbox.cancel_about(tx, subject_id=row["id"], reason="put away before")


def _showing(row: Row) -> Showing:
    return Showing(
        id=row["id"],
        person_id=row["person_id"],
        message_id=row["message_id"],
        kind=row["kind"],
        subject_id=row["subject_id"],
        sent_at=at_time(row["sent_at"]),
    )
