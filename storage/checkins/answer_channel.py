"""Where a patient answers: in the chat or on the site's answer page."""

from datetime import datetime

from storage.audit.audit_log import AuditEntry
from storage.audit.change import Change
from storage.checkins import checkins
from storage.database.tx import Tx
from storage.messages.post import post_refresh
from storage.people.people import Person


async def set_answer_channel(change: Change, patient: Person, channel: str | None) -> bool:
    """Set where a patient answers, ``chat`` or ``page``; None uses the site default.

    The message of an open check-in follows.

    Returns:
        False when nothing has changed.
    """
    if patient.answers_on == channel:
        return False
    await change.tx.run("UPDATE people SET answers_on = ? WHERE id = ?", channel, patient.id)
    await change.record(
        "person.answers_placed",
        patient.id,
        before={"answers_on": patient.answers_on},
        after={"answers_on": channel},
    )
    await _refresh_open_checkin(change.tx, patient.id, change.at)
    return True


async def undo_set_answer_channel(tx: Tx, entry: AuditEntry, at: datetime) -> bool:
    """Restore where a patient answered before; False when it was changed again since."""
    patient_id = str(entry.subject_id)
    is_restored = await tx.run(
        "UPDATE people SET answers_on = ? WHERE id = ? AND COALESCE(answers_on, '') = ?",
        entry.facts_before["answers_on"],
        patient_id,
        entry.facts_after["answers_on"] or "",
    )
    if is_restored:
        await _refresh_open_checkin(tx, patient_id, at)
    return bool(is_restored)


async def _refresh_open_checkin(tx: Tx, patient_id: str, at: datetime) -> None:
    """Update the chat message of an open check-in: it shows the question, or the page's link."""
    checkin = await checkins.open_of(tx, patient_id=patient_id, now=at)
    if checkin is not None:
        await post_refresh(tx, checkin_id=checkin.id, patient_id=patient_id, cause="place", at=at)
