"""What can be done with a check-in besides answering, wherever it is done: chat or page."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alliance.calendar.timing import this_evening
from alliance.checkins.instruments import instrument
from alliance.checkins.review import ANSWERABLE, WISHES, CheckinState, questions
from alliance.checkins.review import question_before as before
from handlers.app.services import Desk
from handlers.app.site import Site
from handlers.checkins.answer import may_answer
from storage.alerts import raise_alert
from storage.checkins import answers, checkins
from storage.checkins.checkins import Checkin, Holder
from storage.database.tx import Tx
from storage.messages import outbox

AN_HOUR = timedelta(hours=1)
WISH_VERBS = {f"wish-{wish}": wish for wish in WISHES}
PUT_OFF = ("hour", "evening")

_LEFT_OUT = {"none": CheckinState.NO_SESSION, "skip": CheckinState.SKIPPED}
WORDS = "words"
"""Stands where the question stands that a patient went back to, while they may type words."""


def may_comment(site: Site, checkin: Checkin, now: datetime) -> bool:
    """Say whether words may be added now.

    After a group's session they may not: its leaders open no single course, so nobody might
    read them.
    """
    is_finished = checkin.state == CheckinState.COMPLETED and may_answer(checkin, now)
    return site.comments and checkin.group_id is None and is_finished


async def carry_out(desk: Desk, tx: Tx, holder: Holder, verb: str) -> Holder:
    """Do what a button's verb says where it can be done now; return the check-in as it is then."""
    now, checkin = desk.now(), holder.checkin
    asked = instrument(checkin.instrument)
    if verb in _LEFT_OUT and checkin.is_open(now):
        await _leave_out(tx, holder, _LEFT_OUT[verb], now)
    elif verb == "undo" and now < checkin.closes_at:
        await checkins.move(
            tx,
            checkin_id=checkin.id,
            to=CheckinState.SENT,
            reason="taken back",
            at=now,
            only_from=frozenset(_LEFT_OUT.values()),
        )
    elif verb == "back" and checkin.is_open(now):
        place = before(asked, checkin.given)
        await answers.revisit(tx, checkin_id=checkin.id, question=place)
    elif verb in WISH_VERBS and checkin.state == CheckinState.COMPLETED:
        await _wish(tx, holder, WISH_VERBS[verb], now)
    elif verb.startswith("q") and may_answer(checkin, now):
        names = questions(asked, checkin.given)
        place = names[int(verb[1:])] if verb[1:] in map(str, range(len(names))) else None
        await answers.revisit(tx, checkin_id=checkin.id, question=place)
    elif verb in ("words", "no-words") and checkin.state == CheckinState.COMPLETED:
        may_write = verb == "words" and may_comment(desk.site, checkin, now)
        await answers.revisit(tx, checkin_id=checkin.id, question=WORDS if may_write else None)
    return await checkins.by_id(tx, checkin.id) or holder


async def put_off(tx: Tx, holder: Holder, verb: str, now: datetime) -> datetime:
    """Ask again later; return when, never after the check-in closes."""
    evening = this_evening(now, ZoneInfo(holder.zone))
    wanted = evening if verb == "evening" and evening is not None else now + AN_HOUR
    until = min(wanted, holder.checkin.closes_at - timedelta(minutes=15))
    await checkins.set_reminder(tx, checkin_id=holder.checkin.id, at=until)
    return until


async def _wish(tx: Tx, holder: Holder, wish: str, now: datetime) -> None:
    """Keep a wish while answers may be changed; a request must reach the therapist."""
    checkin = holder.checkin
    if not may_answer(checkin, now):
        return
    await answers.wish(tx, checkin_id=checkin.id, wish=wish)
    if wish == "yes":
        await raise_alert.heed_wish(
            tx, checkin_id=checkin.id, patient_id=checkin.patient_id, at=now
        )


async def _leave_out(tx: Tx, holder: Holder, to: CheckinState, now: datetime) -> None:
    await checkins.move(
        tx,
        checkin_id=holder.checkin.id,
        to=to,
        reason="the patient said so",
        at=now,
        only_from=ANSWERABLE,
    )
    await outbox.cancel_about(tx, subject_id=holder.checkin.id, reason="left out")
