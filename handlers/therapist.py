"""What therapists can do besides reading alerts: say that a session has ended."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from telegram import Update

from alliance.errors import Refusal
from alliance.timetable import as_the_site_has_it
from handlers import guard, replies
from handlers.desk import Context, Desk, Page
from handlers.screens import Screen, code_of
from handlers.texts import day_and_time, say
from storage import audit, care, checkins, follow_up, people, plans, sessions
from storage.people import Person
from storage.tx import Tx

MOST_DELAY = 24 * 60
SAME_SESSION = timedelta(minutes=30)
"""Saying it twice within this time, before the patient has answered, means the same session."""


async def patient_in_care(tx: Tx, therapist: Person, code: str) -> Person:
    """Return the patient of that code; somebody else's patient does not exist."""
    patient = await people.by_code(tx, code)
    if (
        patient is None
        or patient.role != "patient"
        or not await care.is_in_care(tx, patient_id=patient.id, therapist_id=therapist.id)
    ):
        raise Refusal("unknown_patient")
    return patient


async def on_session(update: Update, context: Context) -> None:
    """/session CODE [MINUTES]: a session has just ended; the check-in follows after the delay."""
    message, desk = guard.written(update), context.desk
    args = context.args or []

    async with desk.keeping(update) as page:
        therapist = await guard.of_role(page.tx, guard.writer(message), "therapist")
        if not args or len(args) > 2:
            raise Refusal("session.how")
        patient = await patient_in_care(page.tx, therapist, args[0])
        delay = await _delay(desk, page.tx, patient, args[1] if len(args) == 2 else None)
        words = await _follow(desk, page, therapist, patient, delay)

    desk.knock()
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, Screen(words)))


async def _delay(desk: Desk, tx: Tx, patient: Person, said: str | None) -> timedelta:
    """Return the delay that was typed, else the plan's, else the site's."""
    if said is not None:
        if not said.isdecimal() or int(said) > MOST_DELAY:
            raise Refusal("session.how")
        return timedelta(minutes=int(said))
    plan = await plans.current(tx, patient.id)
    if plan is None:
        return desk.site.session_delay
    return plan.timetable.terms(desk.site.defaults).delay


async def _follow(
    desk: Desk, page: Page, therapist: Person, patient: Person, delay: timedelta
) -> str:
    """Keep the session and plan its check-in; return what to tell the therapist."""
    now, tx = desk.now(), page.tx
    reason = await follow_up.why_not_asked(tx, patient)
    if reason is not None:
        key = f"session.not_asked.{reason.replace(' ', '_')}"
        return say(therapist.language, key, patient=code_of(patient, therapist.language))
    if not page.fresh or await checkins.unfinished_since(
        tx, patient_id=patient.id, since=now - SAME_SESSION
    ):
        return say(
            therapist.language, "session.noted_before", patient=code_of(patient, therapist.language)
        )
    await checkins.close_earlier(tx, patient_id=patient.id, at=now)
    plan = await plans.current(tx, patient.id)
    zone, usual = patient.zone, as_the_site_has_it(desk.site.defaults)
    if plan is not None:
        zone, usual = plan.timetable.zone, plan.timetable.terms(desk.site.defaults)
    session = await sessions.just_ended(
        tx,
        patient_id=patient.id,
        zone=zone,
        delay=delay,
        instrument=usual.instrument,
        quiet=usual.quiet,
        duration=usual.duration,
        reminders=usual.reminders,
        expiry=usual.expiry,
        at=now,
    )
    await follow_up.plan_checkin(tx, session=session, at=now, reported=True)
    facts: audit.Facts = {"session": session.id, "delay": round(delay / timedelta(minutes=1))}
    await audit.record(
        tx, actor_id=therapist.id, action="session.reported", subject_id=patient.id,
        after=facts, at=now,
    )  # fmt: skip
    return _noted(therapist, patient, now=now, delay=delay)


def _noted(therapist: Person, patient: Person, *, now: datetime, delay: timedelta) -> str:
    if not delay:
        return say(
            therapist.language, "session.asked_now", patient=code_of(patient, therapist.language)
        )
    at = (now + delay).astimezone(ZoneInfo(therapist.zone))
    when = day_and_time(at, therapist.language)
    return say(
        therapist.language,
        "session.asked_at",
        patient=code_of(patient, therapist.language),
        at=when,
    )
