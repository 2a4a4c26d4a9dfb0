"""What people see when they join: what they can do, in which language, and their status."""

from alliance.calendar.timing import zone_named
from alliance.people.roles_and_states import PersonState
from handlers.app.screen import Button, Screen, in_rows
from handlers.taps import LanguageTap, pack
from handlers.texts import languages, long_day, say
from storage.people.people import Person


def home(language: str, role: str) -> Screen:
    """Return what therapists and coordinators see after /start or /help."""
    return Screen(say(language, f"help.{role}"))


def language_choice(language: str) -> Screen:
    """Return the choice of languages, each by its own name."""
    buttons = [
        Button(say(other, "language.name"), pack(LanguageTap(other))) for other in languages()
    ]
    return Screen(say(language, "language.which"), in_rows(buttons, 2))


def status_notice(person: Person) -> Screen:
    """Return a patient's status after a coordinator changed it; it comes without a sound."""
    if person.state == PersonState.PAUSED and person.paused_until is not None:
        until = person.paused_until.astimezone(zone_named(person.zone)).date()
        day = long_day(until, person.language)
        return Screen(say(person.language, "stand.paused_until", day=day), silent=True)
    return Screen(say(person.language, f"stand.{person.state}"), silent=True)
