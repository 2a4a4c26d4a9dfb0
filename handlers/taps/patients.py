"""What the buttons of patients carry, and those that everybody has."""

from typing import NamedTuple


class AnswerTap(NamedTuple):
    """One answer: to which check-in, which question, which of its choices.

    Attributes:
        question: ``0`` to ``11`` for items, ``d`` for the direct question, ``f`` for what follows.
        choice: Place among the choices, lowest first; ``s`` to skip the question.
    """

    checkin_id: str
    question: str
    choice: str


class CheckinTap(NamedTuple):
    """Anything else on a check-in's message: back, later, no session ..."""

    checkin_id: str
    verb: str


class ConsentTap(NamedTuple):
    """A decision about the text of that version."""

    decision: str
    version: str


class LanguageTap(NamedTuple):
    """The language somebody wants to read."""

    language: str


class PlaceTap(NamedTuple):
    """Where a patient wants to answer: ``chat`` or ``page``."""

    place: str


PatientTap = AnswerTap | CheckinTap | ConsentTap | LanguageTap | PlaceTap
