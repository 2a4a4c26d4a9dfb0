"""Published cut-offs: the same line for every patient.

The rules were published for four items from 0 to 10, a total of 0 to 40. On another instrument
their points stand for the same shares of the range. They speak from the first check-in on.
"""

from alliance.rupture.rules.rule import RatingsOnly, Reading, Session, rank
from alliance.rupture.shape import Ratings, Shape
from alliance.rupture.state import Memory

POINTS = 40.0
"""The published total's range; one point is a fortieth of the range."""

CUT_OFF = 36.0
TINY = 1e-6
ENOUGH = 0.75
"""A total needs three of four items, or as large a share of another instrument's."""


def total(ratings: Ratings) -> float | None:
    """Return the mean of the answered items on the range scale.

    None where fewer than three quarters of the items were answered: then there is no total, and
    only rules on single items speak.

    >>> total((1.0, 0.5, None, 0.0))
    0.5
    >>> total((1.0, 0.5, None, None)) is None
    True
    """
    given = [rating for rating in ratings if rating is not None]
    if len(given) < ENOUGH * len(ratings):
        return None
    return sum(given) / len(given)


class OpenFit(RatingsOnly):
    """Total below 36 of 40, or one point or more below the last session's.

    Source:
        OpenFIT's red signals for the Session Rating Scale; cut-off of Miller, Duncan & Johnson
        (2002), The Session Rating Scale 3.0.
    """

    name = "openfit"
    version = 1
    limit: float | None = 0.5

    def __init__(self, _shape: Shape) -> None:
        pass

    def begin(self) -> Memory:
        """Remember no last total."""
        return ()

    def answered(self, memory: Memory, session: Session, /) -> Reading:
        """Rank by the points below the cut-off, or below the last total less one."""
        mean = total(session.ratings)
        if mean is None:
            return Reading(memory, None)
        margin = CUT_OFF - POINTS * mean - TINY
        if memory:
            margin = max(margin, POINTS * (memory[0] - mean) - 1 + TINY)
        return Reading((mean,), rank(margin, 0))


class SrsManual(RatingsOnly):
    """Total at or below 36 of 40, or any item below 9 of 10.

    Source:
        Miller, Duncan & Johnson (2002), The Session Rating Scale 3.0, scoring manual.
    """

    name = "srs_manual"
    version = 1
    limit: float | None = 0.5

    def __init__(self, _shape: Shape) -> None:
        pass

    def begin(self) -> Memory:
        """Remember nothing."""
        return ()

    def answered(self, memory: Memory, session: Session, /) -> Reading:
        """Rank by the points below either line, each in points of its own."""
        margin = below_line(session.ratings, 0.9)
        mean = total(session.ratings)
        if mean is not None:
            margin = max(margin, CUT_OFF - POINTS * mean + TINY)
        return Reading(memory, rank(margin, 0))


class ItemBelow9(RatingsOnly):
    """Any item below 9 of 10.

    Source:
        The item rule alone of the Session Rating Scale's scoring manual, see ``SrsManual``.
    """

    name = "item_below_9"
    version = 1
    limit: float | None = 0.5
    line = 0.9

    def __init__(self, _shape: Shape) -> None:
        pass

    def begin(self) -> Memory:
        """Remember nothing."""
        return ()

    def answered(self, memory: Memory, session: Session, /) -> Reading:
        """Rank by how far the lowest item lies below the line."""
        return Reading(memory, rank(below_line(session.ratings, self.line), 0))


class Hunhu(ItemBelow9):
    """Any dimension below 7.5 of 10.

    Source:
        The alert rule of Hunhu's therapy feedback.
    """

    name = "hunhu"
    line = 0.75


def below_line(ratings: Ratings, line: float) -> float:
    """Return by how many tenths of the range the lowest item lies below a line.

    On the line is not below it.
    """
    lowest = min(rating for rating in ratings if rating is not None)
    return 10 * (line - lowest) - TINY
