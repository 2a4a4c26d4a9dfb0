"""The interface of detection rules, which rank sessions."""

from typing import NamedTuple, Protocol

from alliance.rupture.rules.baseline import Expectation
from alliance.rupture.shape import Ratings, Shape
from alliance.rupture.state import Memory


class AnsweredSession(NamedTuple):
    """One answered check-in as input of a rule.

    Attributes:
        ratings: One value per item on the unit scale, None if skipped; at least one is given.
        expected: What the patient's baseline predicted.
        before: Answered check-ins before this one.
        sent: Check-ins before this one, answered or not.
        unanswered: Unanswered check-ins before this one.
        missed: Unanswered check-ins since the last answer.
        ratio: Likelihood ratio of the direct answer; 1 without one.
    """

    ratings: Ratings
    expected: Expectation
    before: int
    sent: int
    unanswered: int
    missed: int
    ratio: float


class MissedCheckin(NamedTuple):
    """One unanswered check-in as input of a rule, with the counts before it."""

    before: int
    sent: int
    unanswered: int
    missed: int


class RuleResult(NamedTuple):
    """A rule's result for one session.

    Attributes:
        memory: The new memory.
        score: 0 to 1, higher is more alarming; None if the rule does not apply.
        trust: How ordinary the session was, 0 to 1; its weight in the baseline.
    """

    memory: Memory
    score: float | None
    trust: float = 1.0


class DetectionRule(Protocol):
    """A rule that ranks sessions, for one shape of instrument.

    Attributes:
        name: Its name in the settings.
        version: Goes up whenever its verdicts change.
        limit: The published score from which it raises; None if a budget decides.
    """

    name: str
    version: int
    limit: float | None

    def __init__(self, shape: Shape) -> None: ...

    def begin(self) -> Memory:
        """Return the memory before a patient's first check-in."""

    def rank_answered(self, memory: Memory, session: AnsweredSession, /) -> RuleResult:
        """Rank an answered check-in; the first one may have no score."""

    def rank_unanswered(self, memory: Memory, silence: MissedCheckin, /) -> RuleResult:
        """Rank an unanswered check-in."""

    def rank_unrated(self, memory: Memory, before: int, ratio: float, /) -> RuleResult:
        """Rank a session without ratings that is not silence either.

        Args:
            memory: The memory so far.
            before: Answered check-ins before this session.
            ratio: Likelihood ratio of the direct answer; 1 without one.
        """


class RatingsOnlyRule:
    """Base of rules that only rank ratings; by default they remember nothing."""

    def __init__(self, _shape: Shape) -> None:
        pass

    def begin(self) -> Memory:
        """Return an empty memory."""
        return ()

    def rank_unanswered(self, memory: Memory, _silence: MissedCheckin, /) -> RuleResult:
        """Ignore unanswered check-ins."""
        return RuleResult(memory, None)

    def rank_unrated(self, memory: Memory, _before: int, _ratio: float, /) -> RuleResult:
        """Ignore sessions without ratings."""
        return RuleResult(memory, None)


def rank(statistic: float, limit: float) -> float:
    """Convert a statistic to a rank between 0 and 1 that is 0.5 at its limit.

    Any increasing function would do; only the order and the limit matter. This one,
    1/2 + d / (2 (1 + |d|)) with d = statistic - limit, never saturates into ties.

    >>> rank(2.0, 2.0), rank(3.0, 2.0)
    (0.5, 0.75)
    """
    distance = statistic - limit
    return 0.5 + 0.5 * distance / (1.0 + abs(distance))
