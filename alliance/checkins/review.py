"""One check-in: what has been answered, what is asked next, and when it is complete."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from alliance.checkins.instruments import Answers, Instrument
from alliance.errors import BadAnswer

DIRECT = "direct"
AFTER = "after"

DIRECT_CHOICES = ("no", "little", "yes")
TALK = "talk"
AFTER_CHOICES = ("sorted", "not_yet", TALK)
SKIPPED = "skipped"

WISHES = ("yes", "no", "self")
"""Shall the therapist bring the session up next time? ``self`` is "I will"."""


class CheckinState(StrEnum):
    """Where a check-in stands. The diagram is in docs/checkin-states.md."""

    PLANNED = "planned"
    """The session is over; the delay runs."""
    DUE = "due"
    """The question lies in the outbox."""
    SENT = "sent"
    """Telegram has taken the question."""
    OPENED = "opened"
    """At least one answer is kept."""
    COMPLETED = "completed"
    """Everything was asked."""
    SKIPPED = "skipped"
    """The patient chose not to answer this one."""
    NO_SESSION = "no_session"
    """There was none for this patient: they say so, or the group met without them."""
    EXPIRED = "expired"
    """It was asked, and its time went by."""
    MISSED = "missed"
    """It could not be asked in time; the fault is ours."""
    UNDELIVERABLE = "undeliverable"
    """Telegram does not let us write to the patient."""
    CANCELLED = "cancelled"
    """It was not to be asked after all; the reason stands beside it."""


ANSWERABLE = frozenset({CheckinState.DUE, CheckinState.SENT, CheckinState.OPENED})


@dataclass(frozen=True, slots=True)
class Given:
    """What one check-in holds so far.

    Attributes:
        answers: Item id to value; None is a question that was skipped; absent is not yet asked.
        direct: Answer to the direct question, one of ``DIRECT_CHOICES`` or ``skipped``.
        after: What became of it, one of ``AFTER_CHOICES`` or ``skipped``.
        revisited: The question the patient went back to, if any.
    """

    answers: Answers = field(default_factory=dict)
    direct: str | None = None
    after: str | None = None
    revisited: str | None = None


def questions(instrument: Instrument, given: Given) -> tuple[str, ...]:
    """Return the questions of this check-in in order, as far as they are known.

    The follow-up belongs to it only once the direct question was answered with something
    other than "no".
    """
    asked = tuple(item.id for item in instrument.items)
    if instrument.direct_question:
        asked += (DIRECT,)
        if given.direct in ("little", "yes"):
            asked += (AFTER,)
    return asked


def open_question(instrument: Instrument, given: Given) -> str | None:
    """Return the question to ask now, or None when the check-in is complete."""
    asked = questions(instrument, given)
    if given.revisited in asked:
        return given.revisited
    return next((question for question in asked if not is_answered(given, question)), None)


def is_answered(given: Given, question: str) -> bool:
    """Say whether a question has an answer or was skipped."""
    if question == DIRECT:
        return given.direct is not None
    if question == AFTER:
        return given.after is not None
    return question in given.answers


def question_before(instrument: Instrument, given: Given) -> str | None:
    """Return where Back leads from the open question; None at the first one."""
    asked = questions(instrument, given)
    current = open_question(instrument, given)
    place = len(asked) if current is None else asked.index(current)
    return asked[place - 1] if place > 0 else None


def answered(
    instrument: Instrument, given: Given, question: str, value: float | str | None
) -> Given:
    """Return what the check-in holds after one more answer.

    Args:
        instrument: What is asked.
        given: What it held before.
        question: An item's id, ``direct`` or ``after``.
        value: A number for items, a choice for the others, None for "skip this question".

    Raises:
        BadAnswer: No such question, or a value that it does not allow.
    """
    if question == DIRECT and instrument.direct_question:
        direct = _choice(value, DIRECT_CHOICES)
        after = given.after if direct in ("little", "yes") else None
        return replace(given, direct=direct, after=after, revisited=None)
    if question == AFTER and instrument.direct_question:
        return replace(given, after=_choice(value, AFTER_CHOICES), revisited=None)
    if isinstance(value, str):
        raise BadAnswer(f"{question} takes a number")
    instrument.item(question)
    kept = None if value is None else instrument.check(question, value)
    return replace(given, answers={**given.answers, question: kept}, revisited=None)


def _choice(value: float | str | None, choices: tuple[str, ...]) -> str:
    if value is None:
        return SKIPPED
    if value not in choices:
        raise BadAnswer(f"{value!r} is not one of {', '.join(choices)}")
    return str(value)


def wants_to_talk(given: Given) -> bool:
    """Say whether the patient asked, in so many words, that this be taken up."""
    return given.after == TALK or (given.direct == "yes" and given.after == "not_yet")
