"""The simplest sound detector: a number of SDs below the patient's own mean."""

from alliance.rupture.rules.rule import AnsweredSession, RatingsOnlyRule, RuleResult, rank
from alliance.rupture.shape import Shape
from alliance.rupture.state import Memory

LIMIT_SD = 2.0


class OwnBaseline(RatingsOnlyRule):
    """Today's mean relative to the patient's own level, in the patient's own SDs.

    Level and spread are those of ``baseline``, whose prior makes up for a short history, so the
    rule applies from the second check-in on. z = (level - mean) / SD, with the SD of a new
    observation: spread, error of the level and error of the items.
    """

    name = "own_baseline"
    version = 2
    limit: float | None = None

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def begin(self) -> Memory:
        """Return an empty memory; the baseline is enough."""
        return ()

    def rank_answered(self, memory: Memory, session: AnsweredSession, /) -> RuleResult:
        """Rank by how many SDs the mean is below the patient's level."""
        if not session.before:
            return RuleResult(memory, None)
        mean, count = session.expected.mean(session.ratings)
        z = (session.expected.level - mean) / session.expected.deviation(count)
        return RuleResult(memory, rank(z, LIMIT_SD))
