"""Our model: an ordinary state and states of rupture, over the patient's own baseline.

Three patterns (which items fall) times three depths, each just begun or going on. The chain says
how ruptures begin and end, the likelihood how far today's items lie from the own baseline of
``baseline``. Constants were chosen on simulated patients of many kinds at once, see docs/detection.
"""

import math
from functools import cache
from typing import NamedTuple

from alliance.checkins.instruments import ItemKind
from alliance.rupture.rules.baseline import SPREAD, Expected
from alliance.rupture.rules.rule import Reading, Session, Silence
from alliance.rupture.shape import Ratings, Shape
from alliance.rupture.state import Memory

DEPTHS = (0.07, 0.165, 0.36)  # of the range; the deepest holds whatever falls further
DEPTH_STARTS = (0.35, 0.47, 0.18)
PATTERNS: tuple[dict[ItemKind, float], ...] = (
    {"bond": 1.0, "goal": 1.0, "task": 1.0, "overall": 1.0, "other": 1.0},
    {"bond": 1.35, "goal": 0.34, "task": 0.34, "overall": 0.95, "other": 0.95},
    {"bond": 0.34, "goal": 1.35, "task": 1.08, "overall": 0.95, "other": 0.95},
)
PATTERN_STARTS = (0.55, 0.22, 0.23)
HAZARD = 0.035  # a rupture begins
STAY_FIRST, STAY = 0.80, 0.50  # it lasts into its second session; into each one after
MEAN_TAILS, ITEM_TAILS = 6.0, 12.0  # degrees of freedom: odd sessions, and odd single answers
WILD = 0.004  # share of check-ins answered without reading
ANYHOW = 0.1  # share of the deepest ruptures in which each item falls as far as it likes
UNSEEN = 0.25  # share of ruptures that patients speak of and their ratings do not show
SILENCE_ODDS = 2.2  # how many times likelier silence is during a rupture
ANSWERED_BEFORE, MISSED_BEFORE = 7.0, 1.2  # what is believed of answering beforehand

STATES = len(PATTERNS) * len(DEPTHS)
_NOTHING_RATED = (1.0,) * (1 + STATES)


class _Likelihoods(NamedTuple):
    """How likely the answers are, up to a common factor.

    Attributes:
        states: In an ordinary session first, then pattern by pattern from shallow to deep.
        wild: Answered without reading, any answer as likely as any other.
    """

    states: tuple[float, ...]
    wild: float


class HiddenMarkov:
    """How likely a rupture is going on, given all answers and silences so far.

    Memory is the probability of each state: ordinary first, then ruptures in their first session,
    pattern by pattern from shallow to deep, then ruptures that go on, likewise. A rupture begins
    with ``HAZARD`` a session; it lasts into its second session with ``STAY_FIRST``, from there
    into each next one with ``STAY``. The mean of the items and what sets them apart from each
    other are weighed by a Student t each, around the level of each state.
    """

    name = "hidden_markov"
    version = 5
    limit: float | None = None

    def __init__(self, shape: Shape) -> None:
        self.falls = tuple(tuple(pattern[kind] for kind in shape.kinds) for pattern in PATTERNS)
        self.starts = tuple(
            HAZARD * pattern * depth for pattern in PATTERN_STARTS for depth in DEPTH_STARTS
        )

    def begin(self) -> Memory:
        """Believe in an ordinary beginning."""
        return (1.0,) + (0.0,) * (2 * STATES)

    def answered(self, memory: Memory, session: Session, /) -> Reading:
        """Weigh the answers; the first check-in only teaches the baseline.

        What a patient says felt off is not taken back by ratings that do not show it.
        """
        if not session.before:
            return Reading(memory, None)
        found = self._likelihoods(session.ratings, session.expected)
        usual, silent = silence_rates(session.unanswered, session.sent)
        odds = session.ratio * (1 - silent) / (1 - usual)
        ordinary, *ruptures = found.states
        if session.ratio > 1:
            ruptures = [(1 - UNSEEN) * one + UNSEEN * ordinary for one in ruptures]
        states = _weighed(self._moved(memory), (ordinary + found.wild, *ruptures), odds)
        trust = states[0] * ordinary / (ordinary + found.wild)
        return Reading(states, 1 - states[0], trust=trust)

    def unanswered(self, memory: Memory, silence: Silence, /) -> Reading:
        """Weigh an unanswered check-in."""
        if not silence.before:
            return Reading(memory, None)
        usual, silent = silence_rates(silence.unanswered, silence.sent)
        states = _weighed(self._moved(memory), _NOTHING_RATED, silent / usual)
        return Reading(states, 1 - states[0])

    def unrated(self, memory: Memory, before: int, ratio: float, /) -> Reading:
        """Weigh nothing but a direct answer."""
        if not before:
            return Reading(memory, None)
        states = _weighed(self._moved(memory), _NOTHING_RATED, ratio)
        return Reading(states, 1 - states[0])

    def _moved(self, states: Memory) -> list[float]:
        """Return the probabilities one session later, before anything is seen of it."""
        ordinary, fresh, lasting = states[0], states[1 : 1 + STATES], states[1 + STATES :]
        over = (1 - STAY_FIRST) * sum(fresh) + (1 - STAY) * sum(lasting)
        return [
            ordinary * (1 - HAZARD) + over,
            *[ordinary * start for start in self.starts],
            *[
                STAY_FIRST * first + STAY * later
                for first, later in zip(fresh, lasting, strict=True)
            ],
        ]

    def _likelihoods(self, ratings: Ratings, expected: Expected) -> _Likelihoods:
        """Return the likelihood of the answers in each state.

        With residuals r of k items, their mean m and C = sum (r - m)^2, shared variance V and
        error e2 of each item, L = (1 + m^2 / (6 (V + e2 / k)))^(-7/2)
        (1 + C / (12 e2))^(-(12 + k - 1)/2). A state's drop is its depth times the pattern, deeper
        in patients who vary more: (spread / usual spread)^(1/2). Beyond the deepest drop m counts
        as 0: a fall that is worse than any state foresees is no reason to doubt a rupture. And in
        a share of the deepest ruptures any C is as likely as any other, as it is in answers given
        without reading: whose mean has fallen as far has not only answered at random.
        """
        below = [
            (index, expected.of_item(index) - rating)
            for index, rating in enumerate(ratings)
            if rating is not None
        ]
        count = len(below)
        noise2 = expected.noise2
        error2 = MEAN_TAILS * (expected.variance + expected.spread2 + noise2 / count)
        apart2 = ITEM_TAILS * noise2
        power, apart_power = -(MEAN_TAILS + 1) / 2, -(ITEM_TAILS + count - 1) / 2
        scale = (expected.free_spread2 / SPREAD**2) ** 0.25
        mean = sum([gap for _, gap in below]) / count
        apart = sum([(gap - mean) ** 2 for _, gap in below])
        anyhow = ANYHOW if count > 1 else 0.0
        apart_peak = _t_peak(ITEM_TAILS, count - 1) * noise2 ** (-(count - 1) / 2)
        states = [(1 + mean * mean / error2) ** power * (1 + apart / apart2) ** apart_power]
        for falls in self.falls:
            fall = sum([falls[index] for index, _ in below]) / count
            fall2 = sum([(falls[index] - fall) ** 2 for index, _ in below])
            cross = sum([(falls[index] - fall) * (gap - mean) for index, gap in below])
            for depth in DEPTHS:
                drop = depth * scale
                rest = mean - drop * fall
                square = max(apart - 2 * drop * cross + drop * drop * fall2, 0.0)
                fit = (1 + square / apart2) ** apart_power
                if depth == DEPTHS[-1]:
                    rest, fit = min(rest, 0.0), (1 - anyhow) * fit + anyhow / apart_peak
                states.append((1 + rest * rest / error2) ** power * fit)
        peak = _t_peak(MEAN_TAILS, 1) / math.sqrt(count * error2 / MEAN_TAILS)
        peak *= apart_peak
        return _Likelihoods(tuple(states), WILD / peak if count > 1 else 0.0)


@cache
def _t_peak(tails: float, dimensions: int) -> float:
    """Return the density of a standard t at its centre; 1 without dimensions.

    Gamma((v + d)/2) / (Gamma(v/2) (v pi)^(d/2)) with v degrees of freedom and d dimensions.

    >>> round(_t_peak(1e9, 1), 4)  # a normal one: 1 / sqrt(2 pi)
    0.3989
    """
    gammas = math.lgamma((tails + dimensions) / 2) - math.lgamma(tails / 2)
    return math.exp(gammas - dimensions / 2 * math.log(tails * math.pi))


def silence_rates(unanswered: int, sent: int) -> tuple[float, float]:
    """Return how likely this patient leaves a check-in unanswered: usually, and in a rupture."""
    usual = (MISSED_BEFORE + unanswered) / (ANSWERED_BEFORE + MISSED_BEFORE + sent)
    return usual, SILENCE_ODDS * usual / (1 - usual + SILENCE_ODDS * usual)


def _weighed(states: list[float], likelihoods: tuple[float, ...], odds: float) -> Memory:
    """Return the probabilities after evidence; ``odds`` multiplies every state of rupture.

    Ruptures that have just begun and ruptures that go on look alike in the answers.
    """
    weighed = [states[0] * likelihoods[0]]
    ruptures = likelihoods[1:]
    for place, state in enumerate(states[1:]):
        weighed.append(state * ruptures[place % STATES] * odds)
    total = sum(weighed)
    return tuple([weight / total for weight in weighed])
