"""The data of patients' buttons, and of buttons for everybody."""

from typing import NamedTuple


class AnswerTap(NamedTuple):
    """One answer to a question of a check-in.

    Attributes:
        question: ``0`` to ``11`` for items, ``d`` for the direct question, ``f`` for its follow-up.
        choice: Index of the choice, lowest first; ``s`` to skip the question.
    """

    checkin_id: str
    question: str
    choice: str


class CheckinTap(NamedTuple):
    """Any other action on a check-in: back, later, no session ..."""

    checkin_id: str
    verb: str


class ConsentTap(NamedTuple):
    """A decision about that version of the consent text."""

    decision: str
    version: str


class LanguageTap(NamedTuple):
    """A choice of language."""

    language: str


class AnswerChannelTap(NamedTuple):
    """A choice of where to answer: ``chat`` or ``page``."""

    channel: str


PatientTap = AnswerTap | CheckinTap | ConsentTap | LanguageTap | AnswerChannelTap
