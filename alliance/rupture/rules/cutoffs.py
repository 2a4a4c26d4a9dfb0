"""Published cut-offs, the same for every patient.

The rules were published for four items from 0 to 10, a total of 0 to 40. For other instruments
the points are converted proportionally. The rules apply from the first check-in on.
"""

from alliance.checkins.scoring import MIN_ANSWERED_SHARE
from alliance.rupture.rules.rule import AnsweredSession, RatingsOnlyRule, RuleResult, rank
from alliance.rupture.shape import Ratings
from alliance.rupture.state import Memory

POINTS = 40.0
"""Highest published total; one point is 1/40 of the range."""

CUT_OFF = 36.0
TINY = 1e-6


def total(ratings: Ratings) -> float | None:
    """Return the mean of the answered items on the unit scale.

    None if fewer than three quarters of the items were answered; only rules on single items
    apply then.

    >>> total((1.0, 0.5, None, 0.0))
    0.5
    >>> total((1.0, 0.5, None, None)) is None
    True
    """
    given = [rating for rating in ratings if rating is not None]
    if len(given) < MIN_ANSWERED_SHARE * len(ratings):
        return None
    return sum(given) / len(given)


class OpenFit(RatingsOnlyRule):
    """Total below 36 of 40, or at least one point below the last session's.

    Source:
        OpenFIT's red signals for the Session Rating Scale; cut-off of Miller, Duncan & Johnson
        (2002), The Session Rating Scale 3.0.
    """

    name = "openfit"
    version = 1
    limit: float | None = 0.5

    def rank_answered(self, memory: Memory, session: AnsweredSession, /) -> RuleResult:
        """Rank by the points below the cut-off or below the last total minus one."""
        mean = total(session.ratings)
        if mean is None:
            return RuleResult(memory, None)
        margin = CUT_OFF - POINTS * mean - TINY
        if memory:
            margin = max(margin, POINTS * (memory[0] - mean) - 1 + TINY)
        return RuleResult((mean,), rank(margin, 0))


class SrsManual(RatingsOnlyRule):
    """Total at or below 36 of 40, or any item below 9 of 10.

    Source:
        Miller, Duncan & Johnson (2002), The Session Rating Scale 3.0, scoring manual.
    """

    name = "srs_manual"
    version = 1
    limit: float | None = 0.5

    def rank_answered(self, memory: Memory, session: AnsweredSession, /) -> RuleResult:
        """Rank by the points below the total's or the items' cut-off."""
        margin = below_line(session.ratings, 0.9)
        mean = total(session.ratings)
        if mean is not None:
            margin = max(margin, CUT_OFF - POINTS * mean + TINY)
        return RuleResult(memory, rank(margin, 0))


class ItemBelow9(RatingsOnlyRule):
    """Any item below 9 of 10.

    Source:
        Only the item rule of the Session Rating Scale's scoring manual, see ``SrsManual``.
    """

    name = "item_below_9"
    version = 1
    limit: float | None = 0.5
    line = 0.9

    def rank_answered(self, memory: Memory, session: AnsweredSession, /) -> RuleResult:
        """Rank by how far the lowest item is below the cut-off."""
        return RuleResult(memory, rank(below_line(session.ratings, self.line), 0))


class Hunhu(ItemBelow9):
    """Any dimension below 7.5 of 10.

    Source:
        The alert rule of Hunhu's therapy feedback.
    """

    name = "hunhu"
    line = 0.75


def below_line(ratings: Ratings, line: float) -> float:
    """Return by how many tenths of the range the lowest item is below a cut-off.

    A rating equal to the cut-off is not below it.
    """
    lowest = min(rating for rating in ratings if rating is not None)
    return 10 * (line - lowest) - TINY
