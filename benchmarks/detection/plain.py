"""The plain model that ours must beat: one item error and one likelihood for everybody.

It has a level and a spread per patient, an item profile, and a hidden Markov chain of three
patterns by three depths. It shares no code with the shipped detector, so that no mistake can be in
both.
"""

import math
from collections.abc import Sequence

from alliance.checkins.instruments import ItemKind

Row = Sequence[float | None]
"""One value per item on the range scale, None where skipped; all None where unanswered."""

PATTERNS: tuple[dict[ItemKind, float], ...] = (
    {"bond": 1.0, "goal": 1.0, "task": 1.0, "overall": 1.0, "other": 1.0},
    {"bond": 1.0, "goal": 0.25, "task": 0.25, "overall": 0.7, "other": 0.7},
    {"bond": 0.25, "goal": 1.0, "task": 0.8, "overall": 0.7, "other": 0.7},
)
DEPTHS = (0.08, 0.165, 0.27)
STARTS = [shape * depth for shape in (0.45, 0.30, 0.25) for depth in (0.40, 0.38, 0.22)]
HAZARD, STAY, DEEPEN = 0.04, 0.55, 0.05
SPREAD, TAILS = 0.055, 8.0


def plain_scores(
    course: Sequence[Row], ratios: Sequence[float], kinds: Sequence[ItemKind], step: float
) -> list[float | None]:
    """Return the probability of a rupture after each session, None without a verdict.

    Args:
        course: One patient's sessions.
        ratios: Likelihood ratio of the direct question in each session, 1 without it.
        kinds: Kind of each item.
        step: Distance between neighbouring answers on the range scale.
    """
    patient = _PatientModel(kinds, 0.05**2 + (0.5 * step) ** 2)
    return [patient.score_session(row, ratio) for row, ratio in zip(course, ratios, strict=True)]


class _PatientModel:
    def __init__(self, kinds: Sequence[ItemKind], error2: float) -> None:
        self.falls = [[pattern[kind] for kind in kinds] for pattern in PATTERNS]
        self.error2 = error2
        self.level, self.variance = 0.86, 0.30**2
        self.weight, self.squares = 6.0, 6.0 * SPREAD**2
        self.sums, self.weights = [0.0] * len(kinds), [0.0] * len(kinds)
        self.states = [1.0] + [0.0] * 9
        self.answered = self.sent = self.missed = 0

    def score_session(self, row: Row, ratio: float) -> float | None:
        """Process one session and return its probability, None without a verdict."""
        usual = (1.2 + self.missed) / (8.2 + self.sent)
        silent = 2.5 * usual / (1 - usual + 2.5 * usual)
        self.sent += 1
        given = {index: value for index, value in enumerate(row) if value is not None}
        score = None
        if not given:
            self.missed += 1
            if self.answered:
                self._weigh([1.0] * 10, silent / usual)
            return None
        self.variance += 0.006**2
        spread2 = self.squares / self.weight
        usual_of = [
            total / (weight + 2) for total, weight in zip(self.sums, self.weights, strict=True)
        ]
        if self.answered:
            gaps = {
                index: min(self.level + usual_of[index], 1.0) - value
                for index, value in given.items()
            }
            self._weigh(self._likelihoods(gaps, spread2), ratio * (1 - silent) / (1 - usual))
            score = 1 - self.states[0]
        self._learn(given, usual_of, spread2)
        return score

    def _likelihoods(self, gaps: dict[int, float], spread2: float) -> list[float]:
        deeper = (spread2 / SPREAD**2) ** 0.25
        drops = [[0.0] * len(self.falls[0])] + [
            [depth * deeper * fall for fall in falls] for falls in self.falls for depth in DEPTHS
        ]
        shared, count = self.variance + spread2, len(gaps)
        common = shared / (self.error2 + count * shared)
        likelihoods = []
        for drop in drops:
            rest = [gap - drop[index] for index, gap in gaps.items()]
            misfit = (sum(r * r for r in rest) - common * sum(rest) ** 2) / self.error2
            likelihoods.append((1 + misfit / TAILS) ** (-(TAILS + count) / 2))
        return likelihoods

    def _weigh(self, likelihoods: list[float], odds: float) -> None:
        before, moved = self.states, [0.0] * 10
        moved[0] = before[0] * (1 - HAZARD) + sum(before[1:]) * (1 - STAY)
        for state, start in enumerate(STARTS, start=1):
            deepens = state % 3 != 0
            moved[state] += before[0] * HAZARD * start
            moved[state] += before[state] * STAY * (1 - DEEPEN if deepens else 1)
            if deepens:
                moved[state + 1] += before[state] * STAY * DEEPEN
        weighed = [
            chance * likelihood * (odds if state else 1)
            for state, (chance, likelihood) in enumerate(zip(moved, likelihoods, strict=True))
        ]
        self.states = [weight / sum(weighed) for weight in weighed]

    def _learn(self, given: dict[int, float], usual_of: list[float], spread2: float) -> None:
        count = len(given)
        mean = sum(value - usual_of[index] for index, value in given.items()) / count
        error2 = spread2 + self.error2 / count
        whole, surprise = self.variance + error2, mean - self.level
        odd = abs(surprise) / math.sqrt(whole)
        trust = min(max(self.states[0] * min(1.0, 2.5 / max(odd, 1e-12)), 0.02), 1.0)
        gain = self.variance / (self.variance + error2 / trust)
        if self.answered:
            square = min(surprise**2, 25 * whole) * spread2 / whole
            self.squares += trust * square + (1 - trust) * spread2
            self.weight += 1
        for index, value in given.items():
            self.sums[index] += trust * (value - mean)
            self.weights[index] += trust
        self.level += gain * surprise + 0.002 / (self.answered + 1)
        self.variance *= 1 - gain
        self.answered += 1
