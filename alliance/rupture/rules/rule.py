"""What makes one detector differ from another: how it ranks a session."""

from typing import NamedTuple, Protocol

from alliance.rupture.rules.baseline import Expected
from alliance.rupture.shape import Ratings, Shape
from alliance.rupture.state import Memory


class Session(NamedTuple):
    """One answered check-in as a rule sees it.

    Attributes:
        ratings: One value per item on the range scale, None where skipped; at least one given.
        expected: What the patient's own baseline expected.
        before: Answered check-ins before this one.
        sent: Check-ins before this one, answered or not.
        unanswered: How many of those went unanswered.
        missed: How many of those went unanswered since the last answer.
        ratio: Likelihood ratio of further evidence, 1 where there is none.
    """

    ratings: Ratings
    expected: Expected
    before: int
    sent: int
    unanswered: int
    missed: int
    ratio: float


class Silence(NamedTuple):
    """One unanswered check-in as a rule sees it; the counts are those before it."""

    before: int
    sent: int
    unanswered: int
    missed: int


class Reading(NamedTuple):
    """What a rule makes of a session.

    Attributes:
        memory: What it remembers from now on.
        score: 0 to 1, higher is more alarming; None where the rule has nothing to say.
        trust: How ordinary the session was, 0 to 1: its weight in the baseline.
    """

    memory: Memory
    score: float | None
    trust: float = 1.0


class Rule(Protocol):
    """A way to rank sessions, bound to one shape of instrument.

    Attributes:
        name: What it is called in settings.
        version: Counts up whenever its verdicts change.
        limit: The published score from which on it raises; None where a budget decides.
    """

    name: str
    version: int
    limit: float | None

    def __init__(self, shape: Shape) -> None: ...

    def begin(self) -> Memory:
        """Return what is remembered of a patient before the first check-in."""

    def answered(self, memory: Memory, session: Session, /) -> Reading:
        """Rank an answered check-in; a score is asked for from the second one on."""

    def unanswered(self, memory: Memory, silence: Silence, /) -> Reading:
        """Rank a check-in that went unanswered."""

    def unrated(self, memory: Memory, before: int, ratio: float, /) -> Reading:
        """Rank a session in which no item was rated, and which is no silence either.

        Args:
            memory: What is remembered.
            before: Answered check-ins before this session.
            ratio: Likelihood ratio of further evidence, 1 where there is none.
        """


class RatingsOnly:
    """What rules share that rank ratings and say nothing about silence."""

    def unanswered(self, memory: Memory, _silence: Silence, /) -> Reading:
        """Say nothing."""
        return Reading(memory, None)

    def unrated(self, memory: Memory, _before: int, _ratio: float, /) -> Reading:
        """Let it pass."""
        return Reading(memory, None)


def rank(statistic: float, limit: float) -> float:
    """Return a statistic as a rank between 0 and 1 that is 0.5 at its limit.

    Any rising curve would do: only the order and the place of the limit matter. This one,
    1/2 + d / (2 (1 + |d|)) with d = statistic - limit, never flattens into ties.

    >>> rank(2.0, 2.0), rank(3.0, 2.0)
    (0.5, 0.75)
    """
    distance = statistic - limit
    return 0.5 + 0.5 * distance / (1.0 + abs(distance))
