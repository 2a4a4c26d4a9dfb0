"""What a patient says in a check-in: kept answer by answer, and what follows from the last one."""

from datetime import datetime

from alliance.checkins.review import ANSWERABLE, CheckinState, Given
from storage.checkins.checkins import move
from storage.database.tx import Tx, at_text

AGREED_TO = (
    "(SELECT c.version FROM consents c JOIN checkins k ON k.patient_id = c.person_id"
    " WHERE k.id = ? ORDER BY c.at DESC, c.id DESC LIMIT 1)"
)
"""Under which words a check-in's patient takes part; its value is the check-in's id."""


async def keep_answer(
    tx: Tx, *, checkin_id: str, item: str, value: float | None, at: datetime
) -> None:
    """Keep one answer and what was agreed to; the same again, or another one, replaces it."""
    await tx.run(
        "INSERT INTO answers (patient_id, checkin_id, item, value, at, consent_version)"
        " VALUES ((SELECT patient_id FROM checkins WHERE id = ?), ?, ?, ?, ?,"
        f" {AGREED_TO})"
        " ON CONFLICT (checkin_id, item) DO UPDATE SET value = excluded.value, at = excluded.at,"
        " consent_version = excluded.consent_version",
        checkin_id,
        checkin_id,
        item,
        value,
        at_text(at),
        checkin_id,
    )


async def keep_direct(tx: Tx, *, checkin_id: str, given: Given) -> None:
    """Keep the answers to the direct question and its follow-up."""
    await tx.run(
        "UPDATE checkins SET direct = ?, direct_after = ?, revisited = NULL,"
        f" consent_version = {AGREED_TO} WHERE id = ?",
        given.direct,
        given.after,
        checkin_id,
        checkin_id,
    )


async def wish(tx: Tx, *, checkin_id: str, wish: str) -> None:
    """Keep whether the patient wants the session brought up; a later wish replaces it."""
    await tx.run("UPDATE checkins SET wish = ? WHERE id = ?", wish, checkin_id)


async def revisit(tx: Tx, *, checkin_id: str, question: str | None) -> None:
    """Keep which question the patient went back to; None when that is over."""
    await tx.run("UPDATE checkins SET revisited = ? WHERE id = ?", question, checkin_id)


async def opened(tx: Tx, *, checkin_id: str, at: datetime) -> None:
    """Note the first answer."""
    moved = await move(
        tx,
        checkin_id=checkin_id,
        to=CheckinState.OPENED,
        reason="answered",
        at=at,
        only_from=frozenset({CheckinState.DUE, CheckinState.SENT}),
    )
    if moved:
        await tx.run("UPDATE checkins SET opened_at = ? WHERE id = ?", at_text(at), checkin_id)


async def complete(
    tx: Tx, *, checkin_id: str, score: float | None, missing: int, locks_at: datetime, at: datetime
) -> None:
    """Keep the score of a check-in to which everything was answered.

    A change within the time for changes replaces the score; it prolongs nothing.
    """
    await move(
        tx,
        checkin_id=checkin_id,
        to=CheckinState.COMPLETED,
        reason="answered",
        at=at,
        only_from=ANSWERABLE,
    )
    await tx.run(
        "UPDATE checkins SET score = ?, items_missing = ?,"
        " completed_at = COALESCE(completed_at, ?), locks_at = COALESCE(locks_at, ?) WHERE id = ?",
        score,
        missing,
        at_text(at),
        at_text(locks_at),
        checkin_id,
    )
