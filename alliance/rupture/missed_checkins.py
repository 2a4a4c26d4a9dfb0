"""A rule based only on the number of check-ins missed in a row."""

from alliance.rupture.rules.rule import AnsweredSession, MissedCheckin, RuleResult
from alliance.rupture.shape import Shape
from alliance.rupture.state import Memory


class MissedInARow:
    """A number of unanswered check-ins in a row, regardless of the ratings.

    Source:
        Greenspace's rule for lapsed measurement; the number is a site setting.
    """

    name = "missed_in_a_row"
    version = 1
    limit: float | None = 0.5

    def __init__(self, _shape: Shape) -> None:
        pass

    def begin(self) -> Memory:
        """Return an empty memory; the detector's state already counts missed check-ins."""
        return ()

    def rank_answered(self, memory: Memory, _session: AnsweredSession, /) -> RuleResult:
        """Ignore ratings."""
        return RuleResult(memory, None)

    def rank_unanswered(self, memory: Memory, silence: MissedCheckin, /) -> RuleResult:
        """Rank by the number missed in a row, including this one."""
        return RuleResult(memory, missed_rank(silence.missed + 1))

    def rank_unrated(self, memory: Memory, _before: int, _ratio: float, /) -> RuleResult:
        """Ignore sessions without ratings."""
        return RuleResult(memory, None)


def missed_rank(missed: int) -> float:
    """Return the rank of n check-ins missed in a row, from 0 to 1: n / (n + 1).

    >>> missed_rank(0), missed_rank(1)
    (0.0, 0.5)
    """
    return missed / (missed + 1)
