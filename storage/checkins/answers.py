"""The answers of a check-in: each is saved on its own; the last one completes the check-in."""

from datetime import datetime

from alliance.checkins.review import ANSWERABLE, CheckinState, GivenAnswers
from storage.checkins.checkins import change_state
from storage.database.tx import Tx, utc_text

CONSENT_VERSION_SQL = (
    "(SELECT c.version FROM consents c JOIN checkins k ON k.patient_id = c.person_id"
    " WHERE k.id = ? ORDER BY c.at DESC, c.id DESC LIMIT 1)"
)
"""SQL: the consent version of a check-in's patient. Bind the check-in's id."""


async def save_answer(
    tx: Tx, *, checkin_id: str, item: str, value: float | None, at: datetime
) -> None:
    """Save one answer with the patient's consent version; it replaces an earlier answer."""
    await tx.run(
        "INSERT INTO answers (patient_id, checkin_id, item, value, at, consent_version)"
        " VALUES ((SELECT patient_id FROM checkins WHERE id = ?), ?, ?, ?, ?,"
        f" {CONSENT_VERSION_SQL})"
        " ON CONFLICT (checkin_id, item) DO UPDATE SET value = excluded.value, at = excluded.at,"
        " consent_version = excluded.consent_version",
        checkin_id,
        checkin_id,
        item,
        value,
        utc_text(at),
        checkin_id,
    )


async def save_direct(tx: Tx, *, checkin_id: str, given: GivenAnswers) -> None:
    """Save the answers to the direct question and its follow-up."""
    await tx.run(
        "UPDATE checkins SET direct = ?, direct_after = ?, revisited = NULL,"
        f" consent_version = {CONSENT_VERSION_SQL} WHERE id = ?",
        given.direct,
        given.after,
        checkin_id,
        checkin_id,
    )


async def save_wish(tx: Tx, *, checkin_id: str, wish: str) -> None:
    """Save whether the patient wants the session brought up; it replaces an earlier wish."""
    await tx.run("UPDATE checkins SET wish = ? WHERE id = ?", wish, checkin_id)


async def revisit(tx: Tx, *, checkin_id: str, question: str | None) -> None:
    """Save which question the patient went back to; None for none."""
    await tx.run("UPDATE checkins SET revisited = ? WHERE id = ?", question, checkin_id)


async def mark_opened(tx: Tx, *, checkin_id: str, at: datetime) -> None:
    """Record the first answer."""
    moved = await change_state(
        tx,
        checkin_id=checkin_id,
        to=CheckinState.OPENED,
        reason="answered",
        at=at,
        only_from=frozenset({CheckinState.DUE, CheckinState.SENT}),
    )
    if moved:
        await tx.run("UPDATE checkins SET opened_at = ? WHERE id = ?", utc_text(at), checkin_id)


async def complete(
    tx: Tx, *, checkin_id: str, score: float | None, missing: int, locks_at: datetime, at: datetime
) -> None:
    """Save the score of a check-in whose questions have all been answered.

    A later change replaces the score; the time for changes is not extended.
    """
    await change_state(
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
        utc_text(at),
        utc_text(locks_at),
        checkin_id,
    )
