"""What a patient can do with a check-in besides answering it, in the chat or on the page."""

from datetime import datetime, timedelta

from alliance.calendar.timing import this_evening, zone_named
from alliance.checkins.instruments import instrument
from alliance.checkins.review import (
    ANSWERABLE,
    WISHES,
    CheckinState,
    previous_question,
    questions,
)
from handlers.app.site import Site
from handlers.checkins.answer import may_answer
from storage.alerts import raise_alert
from storage.checkins import answers, checkins
from storage.checkins.checkins import Checkin
from storage.database.tx import Tx
from storage.messages import outbox

AN_HOUR = timedelta(hours=1)
WISH_VERBS = {f"wish-{wish}": wish for wish in WISHES}
POSTPONE_VERBS = ("hour", "evening")

_SKIP_VERBS = {"none": CheckinState.NO_SESSION, "skip": CheckinState.SKIPPED}
AWAITING_COMMENT = "words"
"""Stored as the question a patient went back to while they may type a comment."""


def may_comment(site: Site, checkin: Checkin, now: datetime) -> bool:
    """Say whether a comment may be added now.

    Not after a group session: its leaders cannot open a single patient's course, so nobody
    might read it.
    """
    is_finished = checkin.state == CheckinState.COMPLETED and may_answer(checkin, now)
    return site.allows_comments and checkin.group_id is None and is_finished


async def carry_out(site: Site, tx: Tx, checkin: Checkin, verb: str, now: datetime) -> Checkin:
    """Do what a button's verb says if it is possible now; return the check-in as it is then."""
    asked, is_completed = instrument(checkin.instrument), checkin.state == CheckinState.COMPLETED
    if verb in _SKIP_VERBS and checkin.is_open(now):
        await _skip(tx, checkin, _SKIP_VERBS[verb], now)
    elif verb == "undo" and now < checkin.closes_at:
        await checkins.change_state(
            tx,
            checkin_id=checkin.id,
            to=CheckinState.SENT,
            reason="taken back",
            at=now,
            only_from=frozenset(_SKIP_VERBS.values()),
        )
    elif verb == "back" and checkin.is_open(now):
        question = previous_question(asked, checkin.given)
        await answers.revisit(tx, checkin_id=checkin.id, question=question)
    elif verb in WISH_VERBS and is_completed and checkin.may_change(now):
        await _save_wish(tx, checkin, WISH_VERBS[verb], now)
    elif verb.startswith("q") and may_answer(checkin, now):
        names = questions(asked, checkin.given)
        question = names[int(verb[1:])] if verb[1:] in map(str, range(len(names))) else None
        await answers.revisit(tx, checkin_id=checkin.id, question=question)
    elif verb in ("words", "no-words") and is_completed:
        may_write = verb == "words" and may_comment(site, checkin, now)
        await answers.revisit(
            tx, checkin_id=checkin.id, question=AWAITING_COMMENT if may_write else None
        )
    return await checkins.by_id(tx, checkin.id) or checkin


async def postpone(tx: Tx, checkin: Checkin, verb: str, now: datetime) -> datetime:
    """Ask again later; return when, which is never after the check-in closes."""
    evening = this_evening(now, zone_named(checkin.zone))
    wanted = evening if verb == "evening" and evening is not None else now + AN_HOUR
    until = min(wanted, checkin.closes_at - timedelta(minutes=15))
    await checkins.postpone_by_request(tx, checkin_id=checkin.id, until=until)
    return until


async def _save_wish(tx: Tx, checkin: Checkin, wish: str, now: datetime) -> None:
    """Save a wish; a yes must reach the therapist."""
    await answers.save_wish(tx, checkin_id=checkin.id, wish=wish)
    if wish == "yes":
        await raise_alert.notify_of_wish(
            tx, checkin_id=checkin.id, patient_id=checkin.patient_id, at=now
        )


async def _skip(tx: Tx, checkin: Checkin, to: CheckinState, now: datetime) -> None:
    await checkins.change_state(
        tx,
        checkin_id=checkin.id,
        to=to,
        reason="the patient said so",
        at=now,
        only_from=ANSWERABLE,
    )
    await outbox.cancel_by_subject(tx, subject_id=checkin.id, reason="left out")
