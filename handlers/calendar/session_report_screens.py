"""What a therapist reads after reporting a session, with buttons to correct the report."""

from datetime import datetime
from typing import Literal

from alliance.calendar.session_outcomes import SessionOutcome
from alliance.calendar.timing import zone_named
from handlers.app.screen import Button, Screen, code_of, in_rows
from handlers.taps import OutcomeTap, pack
from handlers.texts import day_and_time, say
from storage.calendar.sessions import Session
from storage.groups.groups import Group
from storage.people.people import Person


def held_notice(
    therapist: Person,
    patient: Person,
    session: Session,
    outcome: SessionOutcome,
    *,
    at: datetime,
    now: datetime,
) -> Screen:
    """Say that a session was held, and when its patient is asked."""
    language = therapist.language
    when = day_and_time(at.astimezone(zone_named(therapist.zone)), language)
    text = (
        say(language, "session.asked_at", patient=code_of(patient, language), at=when)
        if at > now
        else say(language, "session.asked_now", patient=code_of(patient, language))
    )
    if outcome is SessionOutcome.ENDED_EARLY:
        text = f"{say(language, 'session.ended_early')} {text}"
    return Screen(text, _corrections(language, session, outcome), protected=True)


def group_notice(
    therapist: Person,
    group: Group,
    kind: Literal["now", "at", "before"],
    at: datetime | None = None,
) -> Screen:
    """Say that a group's session is recorded: its members are asked now, or at a time."""
    language = therapist.language
    when = "" if at is None else day_and_time(at.astimezone(zone_named(therapist.zone)), language)
    return Screen(say(language, f"session.group_{kind}", group=group.code, at=when))


def duplicate_notice(therapist: Person, patient: Person, session: Session | None) -> Screen:
    """Say that a session has been reported already; the report can still be corrected."""
    language = therapist.language
    text = say(language, "session.noted_before", patient=code_of(patient, language))
    if session is None:
        return Screen(text, protected=True)
    return Screen(text, _corrections(language, session, SessionOutcome.HELD), protected=True)


def not_asked_notice(therapist: Person, patient: Person, reason: str) -> Screen:
    """Say why the patient is not asked."""
    key = f"session.not_asked.{reason.replace(' ', '_')}"
    language = therapist.language
    return Screen(say(language, key, patient=code_of(patient, language)), protected=True)


def not_held_notice(
    therapist: Person, patient: Person, session: Session, outcome: SessionOutcome
) -> Screen:
    """Say that a session was not held."""
    language = therapist.language
    text = say(language, f"session.{outcome}", patient=code_of(patient, language))
    return Screen(text, _corrections(language, session, outcome), protected=True)


def already_answered_notice(therapist: Person, patient: Person) -> Screen:
    """Say that the patient has answered already, so the session was held."""
    language = therapist.language
    words = say(language, "session.answered", patient=code_of(patient, language))
    return Screen(words, protected=True)


def upcoming_notice(
    therapist: Person, patient: Person, session: Session, outcome: SessionOutcome
) -> Screen:
    """Say that a session that has not begun is cancelled, or held after all."""
    language = therapist.language
    at = day_and_time(session.starts_at.astimezone(zone_named(therapist.zone)), language)
    if outcome is SessionOutcome.CANCELLED:
        text = say(language, "session.called_off", patient=code_of(patient, language), at=at)
        reverse = _button(language, session, SessionOutcome.HELD, "session.button.after_all")
    else:
        text = say(language, "session.after_all", patient=code_of(patient, language), at=at)
        reverse = _button(language, session, SessionOutcome.CANCELLED, "session.button.cancelled")
    return Screen(text, ((reverse,),), protected=True)


def _corrections(
    language: str, session: Session, outcome: SessionOutcome
) -> tuple[tuple[Button, ...], ...]:
    """Return a button for each other outcome."""
    others = [other for other in SessionOutcome if other is not outcome]
    buttons = [_button(language, session, other, f"session.button.{other}") for other in others]
    return in_rows(buttons, len(buttons))


def _button(language: str, session: Session, outcome: SessionOutcome, key: str) -> Button:
    return Button(say(language, key), pack(OutcomeTap(session.id, outcome)))
