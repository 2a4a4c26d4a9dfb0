"""What a therapist reads after saying what became of a session, and how to correct it."""

from datetime import datetime

from alliance.calendar.session_outcomes import Outcome
from alliance.calendar.timing import zone_named
from handlers.app.screen import Button, Screen, code_of, in_rows
from handlers.taps import OutcomeTap, pack
from handlers.texts import day_and_time, say
from storage.calendar.sessions import Session
from storage.groups.groups import Group
from storage.people.people import Person


def asked(
    therapist: Person,
    patient: Person,
    session: Session,
    outcome: Outcome,
    *,
    at: datetime,
    now: datetime,
) -> Screen:
    """Return that a session took place, and when its patient is asked."""
    language = therapist.language
    when = day_and_time(at.astimezone(zone_named(therapist.zone)), language)
    said = (
        say(language, "session.asked_at", patient=code_of(patient, language), at=when)
        if at > now
        else say(language, "session.asked_now", patient=code_of(patient, language))
    )
    if outcome is Outcome.ENDED_EARLY:
        said = f"{say(language, 'session.ended_early')} {said}"
    return Screen(said, _corrections(language, session, outcome), protected=True)


def of_group(therapist: Person, group: Group, said: str, at: datetime | None = None) -> Screen:
    """Return that a group's session is noted: its members are asked now, or at a time."""
    language = therapist.language
    when = "" if at is None else day_and_time(at.astimezone(zone_named(therapist.zone)), language)
    return Screen(say(language, f"session.group_{said}", group=group.code, at=when))


def noted_before(therapist: Person, patient: Person, session: Session | None) -> Screen:
    """Return that a session is known already; it can still be corrected."""
    language = therapist.language
    said = say(language, "session.noted_before", patient=code_of(patient, language))
    if session is None:
        return Screen(said, protected=True)
    return Screen(said, _corrections(language, session, Outcome.HELD), protected=True)


def not_asked(therapist: Person, patient: Person, reason: str) -> Screen:
    """Return why nothing is asked."""
    key = f"session.not_asked.{reason.replace(' ', '_')}"
    language = therapist.language
    return Screen(say(language, key, patient=code_of(patient, language)), protected=True)


def not_held(therapist: Person, patient: Person, session: Session, outcome: Outcome) -> Screen:
    """Return that a session did not take place."""
    language = therapist.language
    said = say(language, f"session.{outcome}", patient=code_of(patient, language))
    return Screen(said, _corrections(language, session, outcome), protected=True)


def answered(therapist: Person, patient: Person) -> Screen:
    """Return that the patient has answered already: then there was a session."""
    language = therapist.language
    words = say(language, "session.answered", patient=code_of(patient, language))
    return Screen(words, protected=True)


def ahead(therapist: Person, patient: Person, session: Session, outcome: Outcome) -> Screen:
    """Return what was said of a session that has not begun; it can be taken back."""
    language = therapist.language
    at = day_and_time(session.starts_at.astimezone(zone_named(therapist.zone)), language)
    if outcome is Outcome.CANCELLED:
        said = say(language, "session.called_off", patient=code_of(patient, language), at=at)
        back = _button(language, session, Outcome.HELD, "session.button.after_all")
    else:
        said = say(language, "session.after_all", patient=code_of(patient, language), at=at)
        back = _button(language, session, Outcome.CANCELLED, "session.button.cancelled")
    return Screen(said, ((back,),), protected=True)


def _corrections(
    language: str, session: Session, outcome: Outcome
) -> tuple[tuple[Button, ...], ...]:
    """Return what else may have become of the session."""
    others = [other for other in Outcome if other is not outcome]
    buttons = [_button(language, session, other, f"session.button.{other}") for other in others]
    return in_rows(buttons, len(buttons))


def _button(language: str, session: Session, outcome: Outcome, key: str) -> Button:
    return Button(say(language, key), pack(OutcomeTap(session.id, outcome)))
