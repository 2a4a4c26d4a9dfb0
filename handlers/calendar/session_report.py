"""A therapist reports what became of a session: typed in one line, corrected by buttons."""

from dataclasses import replace
from datetime import timedelta

from alliance.calendar.session_outcomes import (
    CORRECTABLE_FOR,
    REPORT_WINDOW,
    SessionOutcome,
    parse_delay,
    parse_outcome,
    reported_session,
)
from alliance.calendar.timetable import PlanSettings
from alliance.calendar.timing import zone_named
from alliance.errors import Refusal
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.calendar import group_session_report
from handlers.calendar import session_report_screens as screens
from handlers.calendar.owner import patient_owner
from handlers.taps import OutcomeTap, unpack
from storage.calendar import plan_checkins, session_outcomes, session_reports, sessions
from storage.calendar.sessions import Session
from storage.checkins import due
from storage.groups import groups
from storage.people import people, relationships
from storage.people.people import Person

NOT_HELD = frozenset({SessionOutcome.NO_SHOW, SessionOutcome.CANCELLED})
REPEAT_WINDOW = timedelta(minutes=30)
"""A second report within this time, before the patient has answered, means the same session."""


async def on_session(request: Request) -> None:
    """/session CODE [MINUTES, held, no-show, cancelled, ended early]; for a group only minutes."""
    async with request.transaction() as tx:
        therapist = await access.require_role(request)
        if not request.args:
            raise Refusal("session.how")
        code, words = request.args[0], " ".join(request.args[1:])
        group = await groups.by_code(tx, code)
        if group is not None:
            relations = await relationships.to_group(tx, therapist, group.id, at=request.now)
            access.require_relation(request, relations, refusal_key="unknown_patient")
            screen = await group_session_report.report(request, group, words)
        else:
            screen = await _report(request, await access.require_patient(request, code), words)

    request.services.wake_scheduler()
    request.services.wake_sender()
    await request.reply.send(screen)


async def on_session_tap(request: Request) -> None:
    """A correction: something else became of the session than was just reported."""
    tap = unpack(OutcomeTap, request.data)

    async with request.transaction() as tx:
        therapist = await access.require_role(request)
        session = await sessions.by_id(tx, tap.session_id)
        if (
            session is None
            or session.patient_id is None
            or tap.outcome not in set(SessionOutcome)
            or session.starts_at < request.now - CORRECTABLE_FOR
        ):
            raise Refusal("stale_button")
        relations = await relationships.to_patient(
            tx, therapist, session.patient_id, at=request.now
        )
        access.require_relation(request, relations)
        patient = await people.by_id(tx, session.patient_id)
        screen = await _save_outcome(request, patient, session, SessionOutcome(tap.outcome))

    request.services.wake_scheduler()
    request.services.wake_sender()
    await request.reply.show(screen)


async def _report(request: Request, patient: Person, words: str) -> Screen:
    """Record what was typed after a patient's code: an outcome, minutes or nothing."""
    outcome = parse_outcome(words)
    if outcome is not None and outcome is not SessionOutcome.HELD:
        return await _record_outcome(request, patient, outcome)
    settings, zone = await _session_settings(request, patient)
    if outcome is None and words:
        delay = parse_delay(words)
        if delay is None:
            raise Refusal("session.how")
        settings = replace(settings, delay=delay)
    return await _record_ended_session(request, patient, settings, zone)


async def _session_settings(request: Request, patient: Person) -> tuple[PlanSettings, str]:
    owner = patient_owner(patient, request.language)
    return await owner.session_settings(request.tx, request.services.site)


async def _record_ended_session(
    request: Request, patient: Person, settings: PlanSettings, zone: str
) -> Screen:
    """Record a session that has just ended and plan its check-in."""
    therapist, tx, change = request.person, request.tx, request.change()
    now = change.at
    reason = await plan_checkins.why_not_asked(tx, patient)
    if reason is not None:
        return screens.not_asked_notice(therapist, patient, reason)
    known = await _find_session(request, patient, SessionOutcome.HELD)
    if not request.is_new or await due.has_unfinished_since(
        tx, patient_id=patient.id, since=now - REPEAT_WINDOW
    ):
        return screens.duplicate_notice(therapist, patient, known)
    if known is not None and known.state in NOT_HELD and known.ends_at > now - REPORT_WINDOW:
        return await _save_outcome(request, patient, known, SessionOutcome.HELD)
    session = await session_reports.report_patient_session(change, patient, settings, zone)
    return screens.held_notice(
        therapist, patient, session, SessionOutcome.HELD, at=now + settings.delay, now=now
    )


async def _find_session(
    request: Request, patient: Person, outcome: SessionOutcome
) -> Session | None:
    around = await session_outcomes.sessions_around(
        request.tx, patient_id=patient.id, at=request.now
    )
    return reported_session(around, outcome, now=request.now, zone=zone_named(patient.zone))


async def _record_outcome(request: Request, patient: Person, outcome: SessionOutcome) -> Screen:
    """Record the outcome of the session around now, or of the last one of today.

    Raises:
        Refusal: There is no session that it could be about.
    """
    session = await _find_session(request, patient, outcome)
    if session is None and outcome is SessionOutcome.CANCELLED:
        raise Refusal("session.none", patient=patient.code)
    if (
        session is None
        and await _find_session(request, patient, SessionOutcome.CANCELLED) is not None
    ):
        raise Refusal("session.not_yet", patient=patient.code)
    if session is None:
        settings, zone = await _session_settings(request, patient)
        session = await session_reports.add_ended_session(
            request.change(), replace(settings, delay=timedelta()), zone, patient_id=patient.id
        )
    return await _save_outcome(request, patient, session, outcome)


async def _save_outcome(
    request: Request, patient: Person, session: Session, outcome: SessionOutcome
) -> Screen:
    """Record the outcome of a session and return the resulting notice.

    Raises:
        Refusal: A session that has not begun cannot have this outcome.
    """
    therapist = request.person
    if session.starts_at > request.now:
        if not await session_reports.report_upcoming(request.change(), session, outcome):
            raise Refusal("stale_button")
        return screens.upcoming_notice(therapist, patient, session, outcome)
    if outcome.took_place:
        return await _record_held(request, patient, session, outcome)
    if not await session_reports.report_not_held(request.change(), session, outcome):
        return screens.already_answered_notice(therapist, patient)
    return screens.not_held_notice(therapist, patient, session, outcome)


async def _record_held(
    request: Request, patient: Person, session: Session, outcome: SessionOutcome
) -> Screen:
    therapist, change = request.person, request.change()
    reason = await plan_checkins.why_not_asked(request.tx, patient)
    asked_at = await session_reports.report_held(
        change, session, patient, outcome, may_ask=reason is None
    )
    if reason is not None:
        return screens.not_asked_notice(therapist, patient, reason)
    now = change.at
    return screens.held_notice(therapist, patient, session, outcome, at=asked_at or now, now=now)
