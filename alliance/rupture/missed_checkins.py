"""Check-ins missed in a row, as a rule of its own."""

from alliance.rupture.rules.rule import Reading, Session, Silence
from alliance.rupture.shape import Shape
from alliance.rupture.state import Memory


class MissedInARow:
    """So many unanswered check-ins in a row, whatever the ratings say.

    Source:
        Greenspace's rule for lapsed measurement; how many is the site's setting.
    """

    name = "missed_in_a_row"
    version = 1
    limit: float | None = 0.5

    def __init__(self, _shape: Shape) -> None:
        pass

    def begin(self) -> Memory:
        """Remember nothing: the count is kept for every rule."""
        return ()

    def answered(self, memory: Memory, _session: Session, /) -> Reading:
        """Say nothing about ratings."""
        return Reading(memory, None)

    def unanswered(self, memory: Memory, silence: Silence, /) -> Reading:
        """Rank by how many there were in a row, this one included."""
        return Reading(memory, lapse_rank(silence.missed + 1))

    def unrated(self, memory: Memory, _before: int, _ratio: float, /) -> Reading:
        """Let it pass."""
        return Reading(memory, None)


def lapse_rank(missed: int) -> float:
    """Return a number of check-ins missed in a row as a rank from 0 to 1: n / (n + 1).

    >>> lapse_rank(0), lapse_rank(1)
    (0.0, 0.5)
    """
    return missed / (missed + 1)
