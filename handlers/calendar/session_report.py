"""A therapist says what became of a session: typed in one line, corrected by buttons."""

from datetime import timedelta

from telegram import Update

from alliance.calendar.session_outcomes import CORRECTABLE, Outcome, meant, read_delay, read_outcome
from alliance.calendar.timetable import as_the_site_has_it
from alliance.calendar.timing import zone_named
from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.screen import Screen
from handlers.app.services import Context, Desk, Page
from handlers.calendar import group_session_report
from handlers.calendar import session_report_screens as screens
from handlers.taps import OutcomeTap, unpack
from storage.audit import audit_log
from storage.calendar import (
    plan_checkins,
    plans,
    session_changes,
    session_outcomes,
    sessions,
)
from storage.calendar.sessions import Session
from storage.checkins import checkins, due
from storage.database.tx import Tx
from storage.groups import groups
from storage.people import people, relationships
from storage.people.people import Person

NOT_HELD = frozenset({Outcome.NO_SHOW, Outcome.CANCELLED})
A_WHILE = timedelta(hours=2)
"""So long after a session, saying that it has just ended means that one."""

SAME_SESSION = timedelta(minutes=30)
"""Saying it twice within this time, before the patient has answered, means the same session."""


async def on_session(update: Update, context: Context) -> None:
    """/session CODE [MINUTES, held, no-show, cancelled, ended early]; of a group only minutes."""
    message, desk = access.written(update), context.desk
    args = context.args or []

    async with desk.keeping(update) as page:
        therapist = await access.admitted(context, page.tx, access.writer(message))
        if not args:
            raise Refusal("session.how")
        said = " ".join(args[1:])
        group = await groups.by_code(page.tx, args[0])
        if group is not None:
            theirs = await relationships.to_group(page.tx, therapist, group.id, at=desk.now())
            access.allow(context, therapist, theirs, otherwise="unknown_patient")
            screen = await group_session_report.report(desk, page, therapist, group, said)
        else:
            patient = await patient_of(context, page.tx, therapist, args[0])
            screen = await _of_patient(desk, page, therapist, patient, said)

    desk.knock()
    desk.ring()
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def _of_patient(
    desk: Desk, page: Page, therapist: Person, patient: Person, said: str
) -> Screen:
    outcome = read_outcome(said)
    if outcome is None or outcome is Outcome.HELD:
        delay = await _delay(desk, page.tx, patient, "" if outcome else said)
        return await _just_ended(desk, page, therapist, patient, delay)
    return await _say(desk, page, therapist, patient, outcome)


async def on_session_tap(update: Update, context: Context) -> None:
    """A correction: what was said of a session a moment ago was something else."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(OutcomeTap, query.data)

    async with desk.keeping(update) as page:
        therapist = await access.admitted(context, page.tx, query.from_user)
        session = await sessions.by_id(page.tx, tap.session_id)
        if (
            session is None
            or session.patient_id is None
            or tap.outcome not in set(Outcome)
            or session.starts_at < desk.now() - CORRECTABLE
        ):
            raise Refusal("stale_button")
        theirs = await relationships.to_patient(
            page.tx, therapist, session.patient_id, at=desk.now()
        )
        access.allow(context, therapist, theirs)
        patient = await people.by_id(page.tx, session.patient_id)
        outcome = Outcome(tap.outcome)
        screen = await _keep(desk, page.tx, therapist, patient, session, outcome)

    desk.knock()
    desk.ring()
    await replies.show(query, screen)


async def patient_of(context: Context, tx: Tx, therapist: Person, code: str) -> Person:
    """Return the patient of that code; somebody else's patient does not exist."""
    patient = await people.by_code(tx, code)
    if patient is None:
        raise Refusal("unknown_patient")
    theirs = await relationships.to_patient(tx, therapist, patient.id, at=context.desk.now())
    access.allow(context, therapist, theirs, otherwise="unknown_patient")
    return patient


async def _delay(desk: Desk, tx: Tx, patient: Person, said: str) -> timedelta:
    """Return the delay that was typed, else the plan's, else the site's."""
    if said:
        delay = read_delay(said)
        if delay is None:
            raise Refusal("session.how")
        return delay
    plan = await plans.current(tx, patient.id)
    if plan is None:
        return desk.site.session_delay
    return plan.timetable.terms(desk.site.defaults).delay


async def _just_ended(
    desk: Desk, page: Page, therapist: Person, patient: Person, delay: timedelta
) -> Screen:
    """Keep a session that has just ended and plan its check-in."""
    now, tx = desk.now(), page.tx
    reason = await plan_checkins.why_not_asked(tx, patient)
    if reason is not None:
        return screens.not_asked(therapist, patient, reason)
    known = await _meant(desk, tx, patient, Outcome.HELD)
    if not page.fresh or await due.unfinished_since(
        tx, patient_id=patient.id, since=now - SAME_SESSION
    ):
        return screens.noted_before(therapist, patient, known)
    if known is not None and known.state in NOT_HELD and known.ends_at > now - A_WHILE:
        return await _keep(desk, tx, therapist, patient, known, Outcome.HELD)
    await checkins.close_earlier(tx, patient_id=patient.id, at=now)
    session = await _reported(desk, tx, patient, delay)
    await plan_checkins.plan_checkin(tx, session=session, at=now, reported=True)
    await _record(desk, tx, therapist, session, Outcome.HELD)
    return screens.asked(therapist, patient, session, Outcome.HELD, at=now + delay, now=now)


async def _reported(desk: Desk, tx: Tx, patient: Person, delay: timedelta) -> Session:
    """Return the session that has just ended, planned or not."""
    plan = await plans.current(tx, patient.id)
    zone, usual = patient.zone, as_the_site_has_it(desk.site.defaults)
    if plan is not None:
        zone, usual = plan.timetable.zone, plan.timetable.terms(desk.site.defaults)
    return await sessions.just_ended(
        tx,
        patient_id=patient.id,
        zone=zone,
        delay=delay,
        instrument=usual.instrument,
        quiet=usual.quiet,
        duration=usual.duration,
        reminders=usual.reminders,
        expiry=usual.expiry,
        at=desk.now(),
    )


async def _meant(desk: Desk, tx: Tx, patient: Person, outcome: Outcome) -> Session | None:
    around = await session_outcomes.around(tx, patient_id=patient.id, at=desk.now())
    return meant(around, outcome, now=desk.now(), zone=zone_named(patient.zone))


async def _say(
    desk: Desk, page: Page, therapist: Person, patient: Person, outcome: Outcome
) -> Screen:
    """Keep what is said of the session around now, or of the last one of today.

    Raises:
        Refusal: There is no session that it could be said of.
    """
    session = await _meant(desk, page.tx, patient, outcome)
    if session is None and outcome is Outcome.CANCELLED:
        raise Refusal("session.none", patient=patient.code)
    if session is None and await _meant(desk, page.tx, patient, Outcome.CANCELLED) is not None:
        raise Refusal("session.not_yet", patient=patient.code)
    if session is None:
        await checkins.close_earlier(page.tx, patient_id=patient.id, at=desk.now())
        session = await _reported(desk, page.tx, patient, timedelta())
    return await _keep(desk, page.tx, therapist, patient, session, outcome)


async def _keep(
    desk: Desk,
    tx: Tx,
    therapist: Person,
    patient: Person,
    session: Session,
    outcome: Outcome,
) -> Screen:
    """Keep what became of a session and return how things stand then."""
    if session.starts_at > desk.now():
        screen = await _ahead(desk, tx, therapist, patient, session, outcome)
    elif outcome.took_place:
        screen = await _held(desk, tx, therapist, patient, session, outcome)
    elif await session_outcomes.did_not_take_place(
        tx, session=session, outcome=outcome, at=desk.now()
    ):
        screen = screens.not_held(therapist, patient, session, outcome)
    else:
        return screens.answered(therapist, patient)
    await _record(desk, tx, therapist, session, outcome)
    return screen


async def _held(
    desk: Desk,
    tx: Tx,
    therapist: Person,
    patient: Person,
    session: Session,
    outcome: Outcome,
) -> Screen:
    now = desk.now()
    reason = await plan_checkins.why_not_asked(tx, patient)
    asked_at = await session_outcomes.took_place(
        tx,
        session=session,
        patient=patient,
        early=outcome is Outcome.ENDED_EARLY,
        may_ask=reason is None,
        at=now,
    )
    if reason is not None:
        return screens.not_asked(therapist, patient, reason)
    return screens.asked(therapist, patient, session, outcome, at=asked_at or now, now=now)


async def _ahead(
    desk: Desk,
    tx: Tx,
    therapist: Person,
    patient: Person,
    session: Session,
    outcome: Outcome,
) -> Screen:
    """Call off a session that has not begun, or let it take place after all.

    Raises:
        Refusal: Nothing else can be said of it yet.
    """
    plan_id, planned_for = session.plan_id, session.planned_for
    done = False
    if plan_id is not None and planned_for is not None:
        if outcome is Outcome.CANCELLED:
            done = await session_changes.cancel(
                tx, plan_id=plan_id, planned_for=planned_for, at=desk.now()
            )
        elif outcome is Outcome.HELD:
            done = await session_changes.move(
                tx,
                plan_id=plan_id,
                planned_for=planned_for,
                starts_at=session.starts_at,
                ends_at=session.ends_at,
                at=desk.now(),
            )
    if not done:
        raise Refusal("stale_button")
    return screens.ahead(therapist, patient, session, outcome)


async def _record(
    desk: Desk, tx: Tx, therapist: Person, session: Session, outcome: Outcome
) -> None:
    await audit_log.record(
        tx,
        actor_id=therapist.id,
        action="session.reported",
        subject_id=session.patient_id,
        before={"session": session.id, "state": session.state},
        after={"session": session.id, "state": outcome},
        at=desk.now(),
    )
