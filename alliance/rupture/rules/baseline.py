"""A patient's own baseline: level, spread and item profile, updated after each check-in.

A Kalman filter for the level with an inverse-gamma spread, robust to single outliers. The prior
weighs as much as a handful of check-ins and allows verdicts from the second check-in on.
"""

import math
from typing import NamedTuple

from alliance.rupture.shape import Ratings

LEVEL, LEVEL_SD = 0.84, 0.20  # prior for the level of alliance ratings
SPREAD, SPREAD_WEIGHT = 0.055, 5.0  # prior session-to-session SD, and its weight in sessions
DRIFT_SD = 0.008  # drift of the level between two check-ins
NOISE_SD = 0.055  # measurement error of one item, besides rounding to a step
NOISE_WEIGHT = 6.0  # weight of that prior, in item errors
NOISE_FAR = 9.0  # item errors are clipped at 3 SD
NOISE_LEAST = 1e-5  # lower bound for patients who always rate all items alike
GROWTH = 0.002  # alliances grow slightly at first
OFFSET_PRIOR = 2.0  # number of check-ins after which the item profile counts about half
ODD, FAR = 2.5, 25.0  # sessions count less from 2.5 SD on, and are clipped at 5 SD
LEAST_TRUST = 0.02  # outliers count a little, or a new level would never be learned
CEILING, CEILING_ROOM = 0.7, 0.2  # SDs shrink to this factor within this range below the maximum
USUAL = 1.645  # the usual range contains 90 % of ordinary sessions


class Baseline(NamedTuple):
    """What is known about one patient with one therapist, on the unit scale.

    Attributes:
        level: Estimated usual mean of the items.
        variance: Its squared standard error.
        weight: Number of check-ins behind the spread, including the prior's.
        squares: Sum of squares behind the spread; ``squares / weight`` is the squared spread
            away from the ceiling.
        offsets: Weighted sums of each item's difference from the session mean.
        offset_weights: Weights behind ``offsets``.
        noise_weight: Number of items behind the patient's own item error, including the prior's.
        noise_squares: Sum of squared item errors, in units of the assumed error.
        check_ins: Number of answered check-ins.
    """

    level: float
    variance: float
    weight: float
    squares: float
    offsets: tuple[float, ...]
    offset_weights: tuple[float, ...]
    noise_weight: float
    noise_squares: float
    check_ins: int


class Expectation(NamedTuple):
    """What the baseline predicts for the next check-in, on the unit scale.

    Attributes:
        level: Usual level.
        variance: Squared standard error of the level, including drift.
        spread2: Squared session-to-session spread, reduced by the ceiling.
        noise2: Squared error of one item, including rounding, reduced by the ceiling.
        squeezed2: Factor by which the ceiling reduces both squares.
        offsets: Each item's usual difference from the level.
    """

    level: float
    variance: float
    spread2: float
    noise2: float
    squeezed2: float
    offsets: tuple[float, ...]

    @property
    def free_spread2(self) -> float:
        """Squared session-to-session spread without the ceiling."""
        return self.spread2 / self.squeezed2

    def of_item(self, index: int) -> float:
        """Return the usual level of one item."""
        return min(max(self.level + self.offsets[index], 0.0), 1.0)

    def deviation(self, count: int) -> float:
        """Return the SD of the mean of ``count`` items around the level."""
        return math.sqrt(self.variance + self.spread2 + self.noise2 / count)

    def usual_range(self, count: int) -> tuple[float, float]:
        """Return the usual range of the mean of ``count`` items, clipped to the scale."""
        margin = USUAL * self.deviation(count)
        low, high = self.level - margin, self.level + margin
        return min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)

    def mean(self, ratings: Ratings) -> tuple[float, int]:
        """Return the mean of the answered items, adjusted for the item profile, and their number.

        At least one item must be answered.
        """
        total, count = 0.0, 0
        for rating, offset in zip(ratings, self.offsets, strict=True):
            if rating is not None:
                total += rating - offset
                count += 1
        return total / count, count


def first_baseline(items: int) -> Baseline:
    """Return the prior for a new patient."""
    return Baseline(
        level=LEVEL,
        variance=LEVEL_SD**2,
        weight=SPREAD_WEIGHT,
        squares=SPREAD_WEIGHT * SPREAD**2,
        offsets=(0.0,) * items,
        offset_weights=(0.0,) * items,
        noise_weight=NOISE_WEIGHT,
        noise_squares=NOISE_WEIGHT,
        check_ins=0,
    )


def expectation_of(baseline: Baseline, step: float) -> Expectation:
    """Return what the baseline predicts for the next check-in.

    Args:
        baseline: The baseline so far.
        step: Distance between adjacent answers on the unit scale.
    """
    own_noise2 = baseline.noise_squares / baseline.noise_weight
    squeezed2 = _ceiling_factor(baseline.level) ** 2
    return Expectation(
        level=baseline.level,
        variance=baseline.variance + DRIFT_SD**2,
        spread2=squeezed2 * baseline.squares / baseline.weight,
        noise2=max(squeezed2 * own_noise2 * assumed_noise2(step), NOISE_LEAST),
        squeezed2=squeezed2,
        offsets=tuple(
            [
                total / (weight + OFFSET_PRIOR)
                for total, weight in zip(baseline.offsets, baseline.offset_weights, strict=True)
            ]
        ),
    )


def _ceiling_factor(level: float) -> float:
    """Return the factor by which SDs shrink near the top of the scale, where ratings are capped.

    >>> round(_ceiling_factor(1.0), 2), round(_ceiling_factor(0.5), 2)
    (0.7, 1.0)
    """
    return min(1.0, CEILING + max(1.0 - level, 0.0) / CEILING_ROOM)


def assumed_noise2(step: float) -> float:
    """Return the prior squared error of an item, including rounding."""
    return NOISE_SD**2 + (0.5 * step) ** 2


def learn(
    baseline: Baseline, ratings: Ratings, *, prior: Expectation, trust: float, step: float
) -> Baseline:
    """Return the baseline after one answered check-in.

    Args:
        baseline: The baseline before.
        ratings: The answers on the unit scale, at least one.
        prior: What the baseline predicted for this check-in.
        trust: How ordinary the session was, 0 to 1; a rupture must not become the usual level.
        step: Distance between adjacent answers on the unit scale.
    """
    mean, count = prior.mean(ratings)
    error2 = prior.spread2 + prior.noise2 / count
    total2 = prior.variance + error2
    residual = mean - prior.level
    distance = abs(residual) / math.sqrt(total2)
    weight = min(max(trust * min(1.0, ODD / distance if distance else 1.0), LEAST_TRUST), 1.0)
    gain = prior.variance / (prior.variance + error2 / weight)
    squares, spread_weight = baseline.squares, baseline.weight
    if baseline.check_ins:
        free = prior.free_spread2
        square = min(residual * residual, FAR * total2) * free / total2
        squares += weight * square + (1 - weight) * free
        spread_weight += 1
    noise_weight, noise_squares = _own_noise(baseline, ratings, prior, trust, step)
    offsets, offset_weights = _profile(baseline, ratings, mean, weight)
    return Baseline(
        level=prior.level + gain * residual + GROWTH / (baseline.check_ins + 1),
        variance=prior.variance * (1 - gain),
        weight=spread_weight,
        squares=squares,
        offsets=offsets,
        offset_weights=offset_weights,
        noise_weight=noise_weight,
        noise_squares=noise_squares,
        check_ins=baseline.check_ins + 1,
    )


def _profile(
    baseline: Baseline, ratings: Ratings, mean: float, weight: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the item profile, as weighted sums and weights, after one more check-in."""
    sums, weights = list(baseline.offsets), list(baseline.offset_weights)
    for index, rating in enumerate(ratings):
        if rating is not None:
            sums[index] += weight * (rating - mean)
            weights[index] += weight
    return tuple(sums), tuple(weights)


def _own_noise(
    baseline: Baseline, ratings: Ratings, prior: Expectation, trust: float, step: float
) -> tuple[float, float]:
    """Return weight and squares of the patient's own item error after one more check-in.

    Some patients rate erratically, others rate every item alike. The same drop of one item means
    little in the former and a lot in the latter.
    """
    errors = [
        prior.of_item(index) - rating for index, rating in enumerate(ratings) if rating is not None
    ]
    free = len(errors) - 1
    if not baseline.check_ins or not free:
        return baseline.noise_weight, baseline.noise_squares
    mean_error = sum(errors) / len(errors)
    assumed = prior.squeezed2 * assumed_noise2(step)
    squares = sum([(error - mean_error) ** 2 for error in errors]) / assumed
    return (
        baseline.noise_weight + trust * free,
        baseline.noise_squares + trust * min(squares, NOISE_FAR * free),
    )
