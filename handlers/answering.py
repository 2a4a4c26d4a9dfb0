"""An answer is kept; the last one completes the check-in and may raise an alert."""

import json
from dataclasses import asdict, replace
from datetime import datetime

from alliance.cadence import CHANGE_WINDOW
from alliance.errors import BadAnswer, Refusal
from alliance.instruments import instrument
from alliance.review import ANSWERABLE, CheckinState, answered, open_question
from alliance.rupture import Verdict, replayed
from alliance.scoring import score
from handlers.desk import Desk
from storage import alerts, care, checkins, courses, outbox
from storage.checkins import Checkin, Holder
from storage.tx import Tx


def may_answer(checkin: Checkin, now: datetime) -> bool:
    """Say whether an answer counts now: it is open, or finished a moment ago."""
    if checkin.state in ANSWERABLE:
        return now < checkin.closes_at
    return checkin.state == CheckinState.COMPLETED and _may_change(checkin, now)


def _may_change(checkin: Checkin, now: datetime) -> bool:
    return checkin.locks_at is not None and now < checkin.locks_at


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
        await checkins.keep_answer(tx, checkin_id=checkin.id, item=question, value=kept, at=now)
        if checkin.given.revisited is not None:
            await checkins.revisit(tx, checkin_id=checkin.id, question=None)
    else:
        await checkins.keep_direct(tx, checkin_id=checkin.id, given=given)
    if checkin.state in (CheckinState.DUE, CheckinState.SENT):
        await checkins.opened(tx, checkin_id=checkin.id, at=now)
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
    await checkins.complete(
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
    await _judge(desk, tx, checkin)
    return replace(checkin, state=CheckinState.COMPLETED, score=reached.total, locks_at=locks_at)


async def _judge(desk: Desk, tx: Tx, checkin: Checkin) -> None:
    """Let the detector read the course; an alert goes to everybody who looks after the patient."""
    detector = desk.detector(instrument(checkin.instrument))
    course = await courses.course_of(
        tx, patient_id=checkin.patient_id, instrument=checkin.instrument
    )
    _, verdicts = replayed(detector, [step.observation for step in course])
    places = [place for place, step in enumerate(course) if step.checkin_id == checkin.id]
    verdict = verdicts[places[0]] if places else None
    if verdict is None or not verdict.alert:
        return
    alert_id = await alerts.raise_once(
        tx,
        checkin_id=checkin.id,
        patient_id=checkin.patient_id,
        kind=verdict.kind,
        evidence=evidence_of(verdict),
        detector=f"{detector.name} {detector.version}",
        at=desk.now(),
    )
    if alert_id is None:
        return
    for carer in await care.therapists_of(tx, checkin.patient_id):
        await outbox.post(
            tx,
            key=f"alert:{alert_id}:{carer.therapist_id}",
            kind="alert",
            person_id=carer.therapist_id,
            subject_id=alert_id,
            at=desk.now(),
        )


def evidence_of(verdict: Verdict) -> dict[str, object]:
    """Return a verdict as plain data, exact, for the database."""
    plain: dict[str, object] = json.loads(json.dumps(asdict(verdict)))
    return plain
