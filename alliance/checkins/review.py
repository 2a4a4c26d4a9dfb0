"""The state of one check-in: what has been answered, what is asked next, when it is complete."""

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
"""Should the therapist bring the session up next time? ``self`` means "I will"."""


class CheckinState(StrEnum):
    """The state of a check-in; docs/checkin-states.md has the diagram."""

    PLANNED = "planned"
    """The session is over; the delay is running."""
    DUE = "due"
    """The question is in the outbox."""
    SENT = "sent"
    """The question was delivered."""
    OPENED = "opened"
    """At least one answer is saved."""
    COMPLETED = "completed"
    """Every question was answered or skipped."""
    SKIPPED = "skipped"
    """The patient chose not to answer this check-in."""
    NO_SESSION = "no_session"
    """The patient reports that there was no session, or the group met without them."""
    EXPIRED = "expired"
    """It was sent, but not answered in time."""
    MISSED = "missed"
    """It could not be sent in time because of a technical fault."""
    UNDELIVERABLE = "undeliverable"
    """Messages to the patient are refused."""
    CANCELLED = "cancelled"
    """It was withdrawn before it was answered; the reason is stored with it."""


ANSWERABLE = frozenset({CheckinState.DUE, CheckinState.SENT, CheckinState.OPENED})
UNFINISHED = ANSWERABLE | {CheckinState.PLANNED}


@dataclass(frozen=True, slots=True)
class GivenAnswers:
    """The answers of one check-in so far.

    Attributes:
        answers: Item id to value; None if skipped, absent if not asked yet.
        direct: Answer to the direct question, one of ``DIRECT_CHOICES`` or ``skipped``.
        after: Answer to the follow-up question, one of ``AFTER_CHOICES`` or ``skipped``.
        revisited: The question the patient went back to, if any.
    """

    answers: Answers = field(default_factory=dict)
    direct: str | None = None
    after: str | None = None
    revisited: str | None = None


def questions(instrument: Instrument, given: GivenAnswers) -> tuple[str, ...]:
    """Return the questions of this check-in so far, in order.

    The follow-up is included once the direct question is answered "a little" or "yes".
    """
    asked = tuple(item.id for item in instrument.items)
    if instrument.direct_question:
        asked += (DIRECT,)
        if given.direct in ("little", "yes"):
            asked += (AFTER,)
    return asked


def current_question(instrument: Instrument, given: GivenAnswers) -> str | None:
    """Return the question to ask now, or None if the check-in is complete."""
    asked = questions(instrument, given)
    if given.revisited in asked:
        return given.revisited
    return next((question for question in asked if not is_answered(given, question)), None)


def is_answered(given: GivenAnswers, question: str) -> bool:
    """Whether a question was answered or skipped."""
    if question == DIRECT:
        return given.direct is not None
    if question == AFTER:
        return given.after is not None
    return question in given.answers


def previous_question(instrument: Instrument, given: GivenAnswers) -> str | None:
    """Return the question before the current one; None at the first."""
    asked = questions(instrument, given)
    current = current_question(instrument, given)
    index = len(asked) if current is None else asked.index(current)
    return asked[index - 1] if index > 0 else None


def with_answer(
    instrument: Instrument, given: GivenAnswers, question: str, value: float | str | None
) -> GivenAnswers:
    """Return the answers with one more.

    Args:
        instrument: The instrument that is answered.
        given: The answers so far.
        question: An item's id, ``direct`` or ``after``.
        value: A number for items, a choice for the others, None for "skip this question".

    Raises:
        BadAnswer: There is no such question, or it does not allow the value.
    """
    if question == DIRECT and instrument.direct_question:
        direct = _choice(value, DIRECT_CHOICES)
        after = given.after if direct in ("little", "yes") else None
        return replace(given, direct=direct, after=after, revisited=None)
    if question == AFTER and instrument.direct_question:
        return replace(given, after=_choice(value, AFTER_CHOICES), revisited=None)
    if isinstance(value, str):
        raise BadAnswer(f"{question} needs a number")
    instrument.item(question)
    answer = None if value is None else instrument.check(question, value)
    return replace(given, answers={**given.answers, question: answer}, revisited=None)


def _choice(value: float | str | None, choices: tuple[str, ...]) -> str:
    if value is None:
        return SKIPPED
    if value not in choices:
        raise BadAnswer(f"{value!r} is not one of {', '.join(choices)}")
    return str(value)
