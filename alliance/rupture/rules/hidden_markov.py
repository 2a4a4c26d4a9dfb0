"""Our model: a hidden Markov chain of ordinary and rupture states, relative to the baseline.

There are three patterns (which items fall) times three depths, each in its first session or
lasting. The chain describes how ruptures begin and end; the likelihood compares today's items
with the patient's baseline. The constants were tuned on many kinds of simulated patients at once,
see docs/detection.
"""

import math
from functools import cache
from typing import NamedTuple

from alliance.checkins.instruments import ItemKind
from alliance.rupture.rules.baseline import SPREAD, Expectation
from alliance.rupture.rules.rule import AnsweredSession, MissedCheckin, RuleResult
from alliance.rupture.shape import Ratings, Shape
from alliance.rupture.state import Memory

DEPTHS = (0.07, 0.165, 0.36)  # share of the range; the deepest includes all larger drops
DEPTH_STARTS = (0.35, 0.47, 0.18)
PATTERNS: tuple[dict[ItemKind, float], ...] = (
    {"bond": 1.0, "goal": 1.0, "task": 1.0, "overall": 1.0, "other": 1.0},
    {"bond": 1.35, "goal": 0.34, "task": 0.34, "overall": 0.95, "other": 0.95},
    {"bond": 0.34, "goal": 1.35, "task": 1.08, "overall": 0.95, "other": 0.95},
)
PATTERN_STARTS = (0.55, 0.22, 0.23)
HAZARD = 0.035  # probability per session that a rupture begins
STAY_FIRST, STAY = 0.80, 0.50  # probability that it lasts into its second, and any later session
MEAN_TAILS, ITEM_TAILS = 6.0, 12.0  # degrees of freedom, for outlying sessions and single answers
WILD = 0.004  # share of check-ins answered without reading
ANYHOW = 0.1  # share of the deepest ruptures in which items fall independently
UNSEEN = 0.25  # share of ruptures that patients report but do not show in their ratings
SILENCE_ODDS = 2.2  # odds ratio of silence during a rupture
ANSWERED_BEFORE, MISSED_BEFORE = 7.0, 1.2  # prior counts of answered and missed check-ins

STATES = len(PATTERNS) * len(DEPTHS)
_NOTHING_RATED = (1.0,) * (1 + STATES)


class _Likelihoods(NamedTuple):
    """Likelihoods of the answers, up to a common factor.

    Attributes:
        states: Ordinary state first, then pattern by pattern from shallow to deep.
        wild: If answered without reading, so that all answers are equally likely.
    """

    states: tuple[float, ...]
    wild: float


class HiddenMarkov:
    """Probability of an ongoing rupture, given all answers and silences so far.

    The memory is the probability of each state: ordinary first, then ruptures in their first
    session, pattern by pattern from shallow to deep, then lasting ruptures in the same order. A
    rupture begins with probability ``HAZARD`` per session, lasts into its second session with
    ``STAY_FIRST`` and into each later one with ``STAY``. The mean of the items and their
    differences each have a t distribution around the level of each state.
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
        """Return a memory that is certain of the ordinary state."""
        return (1.0,) + (0.0,) * (2 * STATES)

    def rank_answered(self, memory: Memory, session: AnsweredSession, /) -> RuleResult:
        """Weigh the answers; the first check-in only updates the baseline.

        If the patient reports that something felt off, normal ratings do not cancel that.
        """
        if not session.before:
            return RuleResult(memory, None)
        likelihoods = self._likelihoods(session.ratings, session.expected)
        usual_rate, rupture_rate = silence_rates(session.unanswered, session.sent)
        odds = session.ratio * (1 - rupture_rate) / (1 - usual_rate)
        ordinary, *ruptures = likelihoods.states
        if session.ratio > 1:
            ruptures = [(1 - UNSEEN) * one + UNSEEN * ordinary for one in ruptures]
        ordinary_or_wild = ordinary + likelihoods.wild
        states = _apply_evidence(self._advance(memory), (ordinary_or_wild, *ruptures), odds)
        trust = states[0] * ordinary / ordinary_or_wild
        return RuleResult(states, 1 - states[0], trust=trust)

    def rank_unanswered(self, memory: Memory, silence: MissedCheckin, /) -> RuleResult:
        """Weigh an unanswered check-in."""
        if not silence.before:
            return RuleResult(memory, None)
        usual_rate, rupture_rate = silence_rates(silence.unanswered, silence.sent)
        odds = rupture_rate / usual_rate
        states = _apply_evidence(self._advance(memory), _NOTHING_RATED, odds)
        return RuleResult(states, 1 - states[0])

    def rank_unrated(self, memory: Memory, before: int, ratio: float, /) -> RuleResult:
        """Weigh only the direct answer."""
        if not before:
            return RuleResult(memory, None)
        states = _apply_evidence(self._advance(memory), _NOTHING_RATED, ratio)
        return RuleResult(states, 1 - states[0])

    def _advance(self, states: Memory) -> list[float]:
        """Return the prior probabilities of the next session."""
        ordinary, first, lasting = states[0], states[1 : 1 + STATES], states[1 + STATES :]
        ended = (1 - STAY_FIRST) * sum(first) + (1 - STAY) * sum(lasting)
        return [
            ordinary * (1 - HAZARD) + ended,
            *[ordinary * start for start in self.starts],
            *[STAY_FIRST * new + STAY * old for new, old in zip(first, lasting, strict=True)],
        ]

    def _likelihoods(self, ratings: Ratings, expected: Expectation) -> _Likelihoods:
        """Return the likelihood of the answers in each state.

        With residuals r of k items, their mean m and C = sum (r - m)^2, shared variance V and
        error e2 of each item, L = (1 + m^2 / (6 (V + e2 / k)))^(-7/2)
        (1 + C / (12 e2))^(-(12 + k - 1)/2). A state's drop is its depth times the pattern, larger
        in patients who vary more: times (spread / usual spread)^(1/2). Beyond the deepest drop m
        counts as 0, because an even larger drop does not speak against a rupture. In a share of
        the deepest ruptures all values of C are equally likely, as in answers given without
        reading; otherwise uneven large drops would be mistaken for random answers.
        """
        drops = [
            (index, expected.of_item(index) - rating)
            for index, rating in enumerate(ratings)
            if rating is not None
        ]
        count = len(drops)
        noise2 = expected.noise2
        mean_scale2 = MEAN_TAILS * (expected.variance + expected.spread2 + noise2 / count)
        item_scale2 = ITEM_TAILS * noise2
        mean_power, item_power = -(MEAN_TAILS + 1) / 2, -(ITEM_TAILS + count - 1) / 2
        depth_factor = (expected.free_spread2 / SPREAD**2) ** 0.25
        mean = sum([drop for _, drop in drops]) / count
        squares = sum([(drop - mean) ** 2 for _, drop in drops])
        anyhow = ANYHOW if count > 1 else 0.0
        item_peak = _t_peak(ITEM_TAILS, count - 1) * noise2 ** (-(count - 1) / 2)
        ordinary_fit = (1 + squares / item_scale2) ** item_power
        states = [(1 + mean * mean / mean_scale2) ** mean_power * ordinary_fit]
        for falls in self.falls:
            fall = sum([falls[index] for index, _ in drops]) / count
            fall2 = sum([(falls[index] - fall) ** 2 for index, _ in drops])
            cross = sum([(falls[index] - fall) * (drop - mean) for index, drop in drops])
            for depth in DEPTHS:
                scaled = depth * depth_factor
                rest = mean - scaled * fall
                square = max(squares - 2 * scaled * cross + scaled * scaled * fall2, 0.0)
                fit = (1 + square / item_scale2) ** item_power
                if depth == DEPTHS[-1]:
                    rest, fit = min(rest, 0.0), (1 - anyhow) * fit + anyhow / item_peak
                states.append((1 + rest * rest / mean_scale2) ** mean_power * fit)
        peak = _t_peak(MEAN_TAILS, 1) / math.sqrt(count * mean_scale2 / MEAN_TAILS)
        peak *= item_peak
        return _Likelihoods(tuple(states), WILD / peak if count > 1 else 0.0)


@cache
def _t_peak(tails: float, dimensions: int) -> float:
    """Return the density of a standard t distribution at its centre; 1 for 0 dimensions.

    Gamma((v + d)/2) / (Gamma(v/2) (v pi)^(d/2)) with v degrees of freedom and d dimensions.

    >>> round(_t_peak(1e9, 1), 4)  # the normal distribution: 1 / sqrt(2 pi)
    0.3989
    """
    gammas = math.lgamma((tails + dimensions) / 2) - math.lgamma(tails / 2)
    return math.exp(gammas - dimensions / 2 * math.log(tails * math.pi))


def silence_rates(unanswered: int, sent: int) -> tuple[float, float]:
    """Return the probability of an unanswered check-in: usually, and during a rupture."""
    usual = (MISSED_BEFORE + unanswered) / (ANSWERED_BEFORE + MISSED_BEFORE + sent)
    return usual, SILENCE_ODDS * usual / (1 - usual + SILENCE_ODDS * usual)


def _apply_evidence(states: list[float], likelihoods: tuple[float, ...], odds: float) -> Memory:
    """Return the posterior probabilities; ``odds`` multiplies every rupture state.

    New and lasting ruptures have the same likelihoods.
    """
    weighted = [states[0] * likelihoods[0]]
    ruptures = likelihoods[1:]
    for index, state in enumerate(states[1:]):
        weighted.append(state * ruptures[index % STATES] * odds)
    total = sum(weighted)
    return tuple([weight / total for weight in weighted])
