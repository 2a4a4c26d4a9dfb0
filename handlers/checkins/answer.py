"""Saving an answer; the last one completes the check-in and may raise an alert."""

from dataclasses import replace
from datetime import datetime

from alliance.calendar.timing import CHANGE_WINDOW
from alliance.checkins.instruments import instrument
from alliance.checkins.review import CheckinState, current_question, with_answer
from alliance.checkins.scoring import score
from alliance.errors import BadAnswer, Refusal
from handlers.app.services import Services
from storage.alerts import evaluate
from storage.checkins import answers
from storage.checkins.checkins import Checkin
from storage.database.tx import Tx
from storage.messages import outbox
from storage.messages.post import post_lock


def may_answer(checkin: Checkin, now: datetime) -> bool:
    """Say whether an answer counts now: the check-in is open, or may still be changed."""
    is_finished = checkin.state == CheckinState.COMPLETED and checkin.may_change(now)
    return checkin.is_open(now) or is_finished


async def save_answer(
    services: Services, tx: Tx, checkin: Checkin, question: str, value: float | str | None
) -> Checkin:
    """Save one answer and return the check-in as it is then; too late, nothing changes.

    Args:
        services: For the time, the detector and the site's alert settings.
        tx: An open transaction.
        checkin: The check-in as it is now.
        question: An item's id, ``direct`` or ``after``.
        value: A number for items, a choice for the others, None for "skip this question".

    Raises:
        Refusal: The question does not allow that value.
    """
    now = services.now()
    if not may_answer(checkin, now):
        return checkin
    asked = instrument(checkin.instrument)
    try:
        given = with_answer(asked, checkin.given, question, value)
    except BadAnswer:
        raise Refusal("stale_button") from None
    if question in given.answers:
        rating = given.answers[question]
        await answers.save_answer(tx, checkin_id=checkin.id, item=question, value=rating, at=now)
        if checkin.given.revisited is not None:
            await answers.revisit(tx, checkin_id=checkin.id, question=None)
    else:
        await answers.save_direct(tx, checkin_id=checkin.id, given=given)
    if checkin.state in (CheckinState.DUE, CheckinState.SENT):
        await answers.mark_opened(tx, checkin_id=checkin.id, at=now)
        checkin = replace(checkin, state=CheckinState.OPENED)
    checkin = replace(checkin, given=given)
    if current_question(asked, given) is None:
        checkin = await _complete(services, tx, checkin)
    return checkin


async def _complete(services: Services, tx: Tx, checkin: Checkin) -> Checkin:
    """Save the score, evaluate the course, notify the therapist if needed: one transaction."""
    now = services.now()
    result = score(instrument(checkin.instrument), checkin.given.answers)
    locks_at = checkin.locks_at or now + CHANGE_WINDOW
    await answers.complete(
        tx,
        checkin_id=checkin.id,
        score=result.total,
        missing=result.missing,
        locks_at=locks_at,
        at=now,
    )
    await outbox.cancel_by_subject(tx, subject_id=checkin.id, reason="answered")
    await post_lock(
        tx, checkin_id=checkin.id, patient_id=checkin.patient_id, locks_at=locks_at, at=now
    )
    await evaluate.evaluate_checkin(
        tx,
        checkin_id=checkin.id,
        detector=services.detector(instrument(checkin.instrument)),
        alert_settings=services.site.alert_settings,
        at=now,
    )
    return replace(checkin, state=CheckinState.COMPLETED, score=result.total, locks_at=locks_at)
