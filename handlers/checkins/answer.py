"""An answer is kept; the last one completes the check-in and may raise an alert."""

from dataclasses import replace
from datetime import datetime

from alliance.calendar.timing import CHANGE_WINDOW
from alliance.checkins.instruments import instrument
from alliance.checkins.review import CheckinState, answered, open_question
from alliance.checkins.scoring import score
from alliance.errors import BadAnswer, Refusal
from handlers.app.services import Desk
from storage.alerts import evaluate
from storage.checkins import answers
from storage.checkins.checkins import Checkin, Holder
from storage.database.tx import Tx
from storage.messages import outbox


def may_answer(checkin: Checkin, now: datetime) -> bool:
    """Say whether an answer counts now: it is open, or finished a moment ago."""
    is_finished = checkin.state == CheckinState.COMPLETED and checkin.may_change(now)
    return checkin.is_open(now) or is_finished


async def keep_answer(
    desk: Desk, tx: Tx, *, holder: Holder, question: str, value: float | str | None
) -> Holder:
    """Keep one answer and return the check-in as it is then; too late, nothing changes.

    Raises:
        Refusal: The question does not allow that value.
    """
    now, checkin = desk.now(), holder.checkin
    if not may_answer(checkin, now):
        return holder
    asked = instrument(checkin.instrument)
    try:
        given = answered(asked, checkin.given, question, value)
    except BadAnswer:
        raise Refusal("stale_button") from None
    if question in given.answers:
        kept = given.answers[question]
        await answers.keep_answer(tx, checkin_id=checkin.id, item=question, value=kept, at=now)
        if checkin.given.revisited is not None:
            await answers.revisit(tx, checkin_id=checkin.id, question=None)
    else:
        await answers.keep_direct(tx, checkin_id=checkin.id, given=given)
    if checkin.state in (CheckinState.DUE, CheckinState.SENT):
        await answers.opened(tx, checkin_id=checkin.id, at=now)
        checkin = replace(checkin, state=CheckinState.OPENED)
    checkin = replace(checkin, given=given)
    if open_question(asked, given) is None:
        checkin = await _complete(desk, tx, checkin)
    return replace(holder, checkin=checkin)


async def _complete(desk: Desk, tx: Tx, checkin: Checkin) -> Checkin:
    """Keep the score, judge the course, tell the therapist where needed: one transaction."""
    now = desk.now()
    reached = score(instrument(checkin.instrument), checkin.given.answers)
    locks_at = checkin.locks_at or now + CHANGE_WINDOW
    await answers.complete(
        tx,
        checkin_id=checkin.id,
        score=reached.total,
        missing=reached.missing,
        locks_at=locks_at,
        at=now,
    )
    await outbox.cancel_about(tx, subject_id=checkin.id, reason="answered")
    await outbox.post(
        tx,
        key=f"lock:{checkin.id}",
        kind="lock",
        person_id=checkin.patient_id,
        subject_id=checkin.id,
        at=now,
        not_before=locks_at,
    )
    await evaluate.judge(
        tx,
        checkin_id=checkin.id,
        detector=desk.detector(instrument(checkin.instrument)),
        patience=desk.site.patience,
        at=now,
    )
    return replace(checkin, state=CheckinState.COMPLETED, score=reached.total, locks_at=locks_at)
