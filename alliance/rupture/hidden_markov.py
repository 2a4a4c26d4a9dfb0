"""The reference model: an ordinary state and nine of rupture, over the patient's own baseline.

Three patterns (which items fall) times three depths. The chain says how ruptures begin and end,
the likelihood how far today's items lie from the own baseline of ``baseline``.
"""

from alliance.instruments import ItemKind
from alliance.rupture.baseline import SPREAD, Expected
from alliance.rupture.rule import Reading, Session, Silence
from alliance.rupture.shape import Ratings, Shape
from alliance.rupture.state import Memory

DEPTHS = (0.08, 0.165, 0.27)  # of the range
DEPTH_STARTS = (0.40, 0.38, 0.22)
PATTERNS: tuple[dict[ItemKind, float], ...] = (
    {"bond": 1.0, "goal": 1.0, "task": 1.0, "overall": 1.0, "other": 1.0},
    {"bond": 1.0, "goal": 0.25, "task": 0.25, "overall": 0.7, "other": 0.7},
    {"bond": 0.25, "goal": 1.0, "task": 0.8, "overall": 0.7, "other": 0.7},
)
PATTERN_STARTS = (0.45, 0.30, 0.25)
HAZARD, STAY, DEEPEN = 0.04, 0.55, 0.05
TAILS = 8.0  # degrees of freedom: single odd answers are common
SILENCE_ODDS = 2.5  # how many times likelier silence is during a rupture
ANSWERED_BEFORE, MISSED_BEFORE = 7.0, 1.2  # what is believed of answering beforehand

_NOTHING_RATED = (1.0,) * (1 + len(PATTERNS) * len(DEPTHS))


class HiddenMarkov:
    """How likely a rupture is going on, given all answers and silences so far.

    Memory is the probability of each state: ordinary first, then pattern by pattern from shallow
    to deep. A rupture begins with ``HAZARD`` a session, stays with ``STAY`` and, staying, goes
    one depth further with ``DEEPEN``. Answers weigh by a multivariate t around the level of each
    state, items sharing the spread of the session.
    """

    name = "hidden_markov"
    version = 1
    limit: float | None = None

    def __init__(self, shape: Shape) -> None:
        self.falls = tuple(tuple(pattern[kind] for kind in shape.kinds) for pattern in PATTERNS)
        self.starts = tuple(
            HAZARD * pattern * depth for pattern in PATTERN_STARTS for depth in DEPTH_STARTS
        )

    def begin(self) -> Memory:
        """Believe in an ordinary beginning."""
        return (1.0,) + (0.0,) * len(self.starts)

    def answered(self, memory: Memory, session: Session, /) -> Reading:
        """Weigh the answers; the first check-in only teaches the baseline."""
        if not session.before:
            return Reading(memory, None)
        likelihoods = self._likelihoods(session.ratings, session.expected)
        usual, silent = silence_rates(session.unanswered, session.sent)
        odds = session.ratio * (1 - silent) / (1 - usual)
        states = _weighed(self._moved(memory), likelihoods, odds)
        return Reading(states, 1 - states[0], trust=states[0])

    def unanswered(self, memory: Memory, silence: Silence, /) -> Reading:
        """Weigh an unanswered check-in."""
        if not silence.before:
            return Reading(memory, None)
        usual, silent = silence_rates(silence.unanswered, silence.sent)
        states = _weighed(self._moved(memory), _NOTHING_RATED, silent / usual)
        return Reading(states, 1 - states[0])

    def unrated(self, memory: Memory, before: int, ratio: float, /) -> Memory:
        """Let a session pass, weighing nothing but a direct answer."""
        if not before:
            return memory
        return _weighed(self._moved(memory), _NOTHING_RATED, ratio)

    def _moved(self, states: Memory) -> list[float]:
        """Return the probabilities one session later, before anything is seen of it."""
        ordinary = states[0]
        moved = [ordinary * (1 - HAZARD) + (1 - ordinary) * (1 - STAY)]
        depths = len(DEPTHS)
        shallower = 0.0
        for index, start in enumerate(self.starts):
            here = states[index + 1]
            depth = index % depths
            kept = here if depth == depths - 1 else here * (1 - DEEPEN)
            moved.append(ordinary * start + STAY * (kept + shallower))
            shallower = 0.0 if depth == depths - 1 else here * DEEPEN
        return moved

    def _likelihoods(self, ratings: Ratings, expected: Expected) -> list[float]:
        """Return the likelihood of the answers in each state, up to a common factor.

        With residuals r of k items, V the variance they share and e2 the error of each,
        Q = (sum r^2 - V / (e2 + k V) (sum r)^2) / e2 and L = (1 + Q/8)^(-(8 + k)/2).
        A state's drop is its depth times the pattern, deeper in patients who vary more:
        (spread / usual spread)^(1/2).
        """
        below = [
            (index, expected.of_item(index) - rating)
            for index, rating in enumerate(ratings)
            if rating is not None
        ]
        count = len(below)
        shared = expected.variance + expected.spread2
        noise2 = expected.noise2
        common = shared / (noise2 + count * shared)
        depth_scale = (expected.spread2 / SPREAD**2) ** 0.25
        power = -(TAILS + count) / 2
        total = sum([gap for _, gap in below])
        squares = sum([gap * gap for _, gap in below])
        misfit = (squares - common * total * total) / noise2
        likelihoods = [(1 + misfit / TAILS) ** power]
        for falls in self.falls:
            fall = sum([falls[index] for index, _ in below])
            fall2 = sum([falls[index] ** 2 for index, _ in below])
            cross = sum([falls[index] * gap for index, gap in below])
            for depth in DEPTHS:
                drop = depth * depth_scale
                rest = total - drop * fall
                square = squares - 2 * drop * cross + drop * drop * fall2
                misfit = (square - common * rest * rest) / noise2
                likelihoods.append((1 + misfit / TAILS) ** power)
        return likelihoods


def silence_rates(unanswered: int, sent: int) -> tuple[float, float]:
    """Return how likely this patient leaves a check-in unanswered: usually, and in a rupture."""
    usual = (MISSED_BEFORE + unanswered) / (ANSWERED_BEFORE + MISSED_BEFORE + sent)
    return usual, SILENCE_ODDS * usual / (1 - usual + SILENCE_ODDS * usual)


def _weighed(states: list[float], likelihoods: list[float] | Memory, odds: float) -> Memory:
    """Return the probabilities after evidence; ``odds`` multiplies every state of rupture."""
    weighed = [states[0] * likelihoods[0]]
    for state, likelihood in zip(states[1:], likelihoods[1:], strict=True):
        weighed.append(state * likelihood * odds)
    total = sum(weighed)
    return tuple([weight / total for weight in weighed])
