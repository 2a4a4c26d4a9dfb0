"""What people see when they come: who reads, what is agreed, what they can do."""

from zoneinfo import ZoneInfo

from handlers.screens import Button, Screen, in_rows
from handlers.taps import ConsentTap, LanguageTap, pack
from handlers.texts import languages, long_day, say
from storage.people import Person

CONSENT_VERSION = "1"
"""Counts up whenever the meaning of the consent text changes; kept with each decision."""


def consent(language: str, therapists: list[str]) -> Screen:
    """Return what a patient agrees to before the first check-in."""
    reads = ", ".join(therapists) or say(language, "consent.your_therapist")
    return Screen(
        say(language, "consent.text", therapists=reads),
        (
            (Button(say(language, "consent.agree"), pack(ConsentTap("agreed", CONSENT_VERSION))),),
            (
                Button(
                    say(language, "consent.decline"), pack(ConsentTap("declined", CONSENT_VERSION))
                ),
            ),
        ),
    )


def decided(language: str, decision: str) -> Screen:
    """Return what follows a decision; declining is as ordinary as agreeing."""
    return Screen(say(language, f"consent.{decision}"))


def home(language: str, role: str) -> Screen:
    """Return what somebody who takes part sees after /start or /help."""
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
