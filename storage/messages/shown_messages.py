"""Messages that show answers in somebody's chat and must be removed from it after a while."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.database.ids import new_id
from storage.database.tx import Row, Tx, utc_text, utc_time
from storage.messages import outbox
from storage.messages.kinds_and_priorities import MessageKind
from storage.messages.payloads import HidePayload


class ShownMessageKind(StrEnum):
    """What a message shows; it decides what is left behind when the message is removed."""

    ALERT = "alert"
    COURSE = "course"
    CASELOAD = "caseload"
    GROUP = "group"
    EPISODE = "episode"
    DIGEST = "digest"
    WORDS = "words"  # patients' comments


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """One message with answers in it.

    Attributes:
        person_id: In whose chat.
        message_id: Which message.
        subject_id: Whom or what it is about: an alert's, a patient's or a group's id, or a day.
        sent_at: When it was sent; Telegram deletes only messages of the last two days.
    """

    id: str
    person_id: str
    message_id: int
    kind: ShownMessageKind
    subject_id: str
    sent_at: datetime


async def add(
    tx: Tx,
    *,
    person_id: str,
    message_id: int,
    kind: ShownMessageKind,
    subject_id: str,
    sent_at: datetime,
    at: datetime,
    until: datetime,
) -> None:
    """Record that a message shows answers, and post its removal.

    If the same message showed answers before, the first time counts: tapping prolongs nothing.
    """
    shown_message_id = new_id(at)
    is_new = await tx.run(
        "INSERT INTO visible_answers (id, person_id, message_id, kind, subject_id, sent_at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        shown_message_id,
        person_id,
        message_id,
        kind,
        subject_id,
        utc_text(sent_at),
    )
    if is_new:
        await outbox.post(
            tx,
            key=f"hide:{shown_message_id}",
            kind=MessageKind.HIDE,
            person_id=person_id,
            subject_id=shown_message_id,
            payload=HidePayload(shown_message_id),
            at=at,
            not_before=until,
        )


async def by_id(tx: Tx, shown_message_id: str) -> ShownMessage | None:
    """Return a message that shows answers; None once it has been removed."""
    row = await tx.one("SELECT * FROM visible_answers WHERE id = ?", shown_message_id)
    return None if row is None else _message_of_row(row)


async def remove(tx: Tx, *, person_id: str, message_id: int) -> None:
    """Record that a message no longer shows anything, and cancel its removal."""
    row = await tx.one(
        "DELETE FROM visible_answers WHERE person_id = ? AND message_id = ? RETURNING id",
        person_id,
        message_id,
    )
    if row is not None:
        await outbox.cancel_by_subject(tx, subject_id=row["id"], reason="put away before")


def _message_of_row(row: Row) -> ShownMessage:
    return ShownMessage(
        id=row["id"],
        person_id=row["person_id"],
        message_id=row["message_id"],
        kind=ShownMessageKind(row["kind"]),
        subject_id=row["subject_id"],
        sent_at=utc_time(row["sent_at"]),
    )
