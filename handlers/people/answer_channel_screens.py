"""The choice of where to answer, for a patient and for a coordinator."""

from handlers.app.screen import Button, Screen, code_of
from handlers.people.screens import back, do
from handlers.taps import PlaceTap, pack
from handlers.texts import say
from storage.people.people import Person

PLACES = ("chat", "page")
AS_THE_SITE = "site"
"""A coordinator's word for: as for all who have not chosen."""


def choice(patient: Person, *, is_on_page: bool) -> Screen:
    """Return the choice for a patient; a dot marks how it is now."""
    language = patient.language
    rows = tuple(
        (
            Button(
                f"{'• ' * (is_on_page == (place == 'page'))}{say(language, f'answers.{place}')}",
                pack(PlaceTap(place)),
            ),
        )
        for place in PLACES
    )
    return Screen(say(language, "answers.which"), rows)


def choice_for(language: str, patient: Person) -> Screen:
    """Return the choice for a coordinator; a dot marks what stands for this patient."""
    now = patient.answers_on or AS_THE_SITE
    rows = tuple(
        (
            do(
                patient,
                "answers",
                f"{'• ' * (place == now)}{say(language, f'answers.{place}')}",
                place,
            ),
        )
        for place in (*PLACES, AS_THE_SITE)
    )
    text = say(language, "answers.where", code=code_of(patient, language))
    return Screen(text, (*rows, (back(language, patient),)))
