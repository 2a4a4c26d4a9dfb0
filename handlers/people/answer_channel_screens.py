"""The choice of where to answer, for a patient and for a coordinator."""

from handlers.app.screen import Button, Screen, code_of
from handlers.people.screens import back_button, person_button
from handlers.taps import AnswerChannelTap, pack
from handlers.texts import say
from storage.people.people import Person

CHANNELS = ("chat", "page")
SITE_DEFAULT = "site"
"""A coordinator's choice that lets the site default apply again."""
COORDINATOR_CHOICES = (*CHANNELS, SITE_DEFAULT)


def patient_choice(patient: Person, *, is_on_page: bool) -> Screen:
    """Return the choice for a patient; a dot marks where they answer now."""
    current = "page" if is_on_page else "chat"
    rows = tuple(
        (
            Button(
                _label(patient.language, channel, is_current=channel == current),
                pack(AnswerChannelTap(channel)),
            ),
        )
        for channel in CHANNELS
    )
    return Screen(say(patient.language, "answers.which"), rows)


def coordinator_choice(language: str, patient: Person) -> Screen:
    """Return the choice for a coordinator; a dot marks the patient's current setting."""
    current = patient.answers_on or SITE_DEFAULT
    rows = tuple(
        (
            person_button(
                patient,
                "answers",
                _label(language, channel, is_current=channel == current),
                channel,
            ),
        )
        for channel in COORDINATOR_CHOICES
    )
    text = say(language, "answers.where", code=code_of(patient, language))
    return Screen(text, (*rows, (back_button(language, patient),)))


def _label(language: str, channel: str, *, is_current: bool) -> str:
    return f"{'• ' if is_current else ''}{say(language, f'answers.{channel}')}"
