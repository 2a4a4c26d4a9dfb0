"""The simplest sound detector: below this patient's own mean by so many own SDs."""

from alliance.rupture.rules.rule import RatingsOnly, Reading, Session, rank
from alliance.rupture.shape import Shape
from alliance.rupture.state import Memory

LIMIT_SD = 2.0


class OwnBaseline(RatingsOnly):
    """Today's mean against the patient's own level, in own SDs.

    The level and spread are those of ``baseline``: a prior stands in for a short history and
    fades with it, so the rule speaks from the second check-in on. z = (level - mean) / SD, with
    the SD of a new observation: spread, error of the level and error of the items.
    """

    name = "own_baseline"
    version = 2
    limit: float | None = None

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def begin(self) -> Memory:
        """Remember nothing: the baseline is all it takes."""
        return ()

    def answered(self, memory: Memory, session: Session, /) -> Reading:
        """Rank by how many own SDs the mean lies below the own level."""
        if not session.before:
            return Reading(memory, None)
        mean, count = session.expected.mean(session.ratings)
        below = (session.expected.level - mean) / session.expected.deviation(count)
        return Reading(memory, rank(below, LIMIT_SD))
