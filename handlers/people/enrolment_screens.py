"""What people see when they come: what they can do, in which language, where they stand."""

from zoneinfo import ZoneInfo

from handlers.app.screen import Button, Screen, in_rows
from handlers.taps import LanguageTap, pack
from handlers.texts import languages, long_day, say
from storage.people.people import Person


def home(language: str, role: str) -> Screen:
    """Return what therapists and coordinators see after /start or /help."""
    return Screen(say(language, f"help.{role}"))


def language_choice(language: str) -> Screen:
    """Return the choice of languages, each in its own words."""
    buttons = [
        Button(say(other, "language.name"), pack(LanguageTap(other))) for other in languages()
    ]
    return Screen(say(language, "language.which"), in_rows(buttons, 2))


def where_you_stand(person: Person) -> Screen:
    """Return what a coordinator's change means for a patient; it does not wake anybody."""
    if person.state == "paused" and person.paused_until is not None:
        until = person.paused_until.astimezone(ZoneInfo(person.zone)).date()
        day = long_day(until, person.language)
        return Screen(say(person.language, "stand.paused_until", day=day), silent=True)
    return Screen(say(person.language, f"stand.{person.state}"), silent=True)
