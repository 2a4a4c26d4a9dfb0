"""What therapists can do: say that a session has ended, and read alerts."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from telegram import Update

from alliance.errors import Refusal
from alliance.timetable import as_the_site_has_it
from handlers import guard, replies
from handlers.desk import Context, Desk, Page
from handlers.screens import Screen
from handlers.screens import alert as screens
from handlers.taps import AlertTap, unpack
from handlers.texts import day_and_time, say
from storage import alerts, audit, care, checkins, follow_up, outbox, people, plans, sessions
from storage.alerts import Alert
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
        return say(therapist.language, key, patient=patient.code)
    if not page.fresh or await checkins.unfinished_since(
        tx, patient_id=patient.id, since=now - SAME_SESSION
    ):
        return say(therapist.language, "session.noted_before", patient=patient.code)
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
    await audit.record(
        tx,
        actor_id=therapist.id,
        action="session.reported",
        subject_id=patient.id,
        after={"session": session.id, "delay": round(delay / timedelta(minutes=1))},
        at=now,
    )
    return _noted(therapist, patient, now=now, delay=delay)


def _noted(therapist: Person, patient: Person, *, now: datetime, delay: timedelta) -> str:
    if not delay:
        return say(therapist.language, "session.asked_now", patient=patient.code)
    at = (now + delay).astimezone(ZoneInfo(therapist.zone))
    when = day_and_time(at, therapist.language)
    return say(therapist.language, "session.asked_at", patient=patient.code, at=when)


async def on_alerts(update: Update, context: Context) -> None:
    """/alerts: what is open, oldest first."""
    message = guard.written(update)
    async with context.desk.keeping(update) as page:
        therapist = await guard.of_role(page.tx, guard.writer(message), "therapist")
        waiting = await alerts.open_of(page.tx, therapist.id, at=context.desk.now())
    screen = screens.listing(therapist.language, list(waiting))
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_alert(update: Update, context: Context) -> None:
    """A tap on an alert: show, hide, seen. Seeing it twice changes nothing."""
    query, desk = guard.tapped(update), context.desk
    tap = unpack(AlertTap, query.data)

    async with desk.keeping(update) as page:
        therapist = await guard.of_role(page.tx, query.from_user, "therapist")
        alert = await alerts.for_therapist(
            page.tx, alert_id=tap.alert_id, therapist_id=therapist.id, at=desk.now()
        )
        if alert is None or tap.verb not in ("show", "hide", "seen"):
            raise Refusal("stale_button")
        if tap.verb == "seen":
            alert = await _acknowledge(desk, page.tx, therapist, alert)

    desk.ring()
    screen = (
        screens.hidden(therapist.language, alert)
        if tap.verb == "hide"
        else screens.opened(therapist.language, therapist.zone, alert)
    )
    await replies.show(query, screen)


async def _acknowledge(desk: Desk, tx: Tx, therapist: Person, alert: Alert) -> Alert:
    """Note that it was seen, once, and let the patient know, without a sound."""
    now = desk.now()
    if not await alerts.acknowledge(tx, alert_id=alert.id, therapist_id=therapist.id, at=now):
        return alert
    patient = await people.by_id(tx, alert.patient_id)
    await audit.record(
        tx,
        actor_id=therapist.id,
        action="alert.seen",
        subject_id=patient.id,
        after={"alert": alert.id},
        at=now,
    )
    await outbox.post(
        tx,
        key=f"seen:{alert.id}",
        kind="seen",
        person_id=patient.id,
        subject_id=alert.id,
        at=now,
    )
    return replace(alert, seen_at=now, seen_by=therapist.id)
