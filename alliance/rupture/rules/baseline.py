"""A patient's own level, spread and item profile, learned check-in by check-in.

A Kalman filter for the level with an inverse-gamma spread, robust to single odd sessions. The
prior lets it speak from the second check-in on; it weighs as much as a handful of check-ins.
"""

import math
from typing import NamedTuple

from alliance.rupture.shape import Ratings

LEVEL, LEVEL_SD = 0.84, 0.20  # where ratings of the alliance lie before anything is known
SPREAD, SPREAD_WEIGHT = 0.055, 5.0  # a patient's session-to-session SD, and its weight in sessions
DRIFT_SD = 0.008  # how far a level may wander between two check-ins
NOISE_SD = 0.055  # one item's own error, besides the rounding to a step
NOISE_WEIGHT = 6.0  # how many items' errors it takes to doubt that figure for one patient
NOISE_FAR = 9.0  # 3 SD are the most an item's error may count
NOISE_LEAST = 1e-5  # who always rates all items alike still rounds
GROWTH = 0.002  # alliances grow a little at first
OFFSET_PRIOR = 2.0  # an item's profile is believed after about this many check-ins
ODD, FAR = 2.5, 25.0  # from 2.5 SD on a session counts less; 5 SD is the most it may count
LEAST_TRUST = 0.02  # an odd session teaches too, or a new level would never be learned
CEILING, CEILING_ROOM = (
    0.7,
    0.2,
)  # at the top of the scale SDs are so much smaller
USUAL = 1.645  # the usual range holds nine of ten ordinary sessions


class Baseline(NamedTuple):
    """What is known of one patient with one therapist, on the range scale.

    Attributes:
        level: Estimated usual mean of the items.
        variance: Its squared standard error.
        weight: Check-ins behind the spread, the prior's among them.
        squares: Sum of squares behind the spread; ``squares / weight`` is the squared spread
            away from the ceiling.
        offsets: Weighted sum of each item's distance from the session's mean.
        offset_weights: Weights behind ``offsets``.
        noise_weight: Items behind the patient's own item error, the prior's among them.
        noise_squares: Sum of squared item errors, in units of the error assumed of everybody.
        check_ins: How many answered check-ins there were.
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


class Expected(NamedTuple):
    """What the baseline expects of the next check-in, on the range scale.

    Attributes:
        level: Usual level.
        variance: Squared standard error of the level, drift included.
        spread2: Squared session-to-session spread, the ceiling considered.
        noise2: Squared error of one item, rounding included and the ceiling considered.
        squeezed2: Share of their squares that the ceiling leaves of spread and error.
        offsets: Each item's usual distance from the level.
    """

    level: float
    variance: float
    spread2: float
    noise2: float
    squeezed2: float
    offsets: tuple[float, ...]

    @property
    def free_spread2(self) -> float:
        """Squared session-to-session spread as it would be away from the ceiling."""
        return self.spread2 / self.squeezed2

    def of_item(self, index: int) -> float:
        """Return the usual level of one item."""
        return min(max(self.level + self.offsets[index], 0.0), 1.0)

    def deviation(self, count: int) -> float:
        """Return the SD of the mean of ``count`` items around the level."""
        return math.sqrt(self.variance + self.spread2 + self.noise2 / count)

    def usual_range(self, count: int) -> tuple[float, float]:
        """Return where the mean of ``count`` items usually lies, cut at the scale's ends."""
        reach = USUAL * self.deviation(count)
        low, high = self.level - reach, self.level + reach
        return min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)

    def mean(self, ratings: Ratings) -> tuple[float, int]:
        """Return the mean of the answered items, freed of the item profile, and their number.

        At least one item must be answered.
        """
        total, count = 0.0, 0
        for rating, offset in zip(ratings, self.offsets, strict=True):
            if rating is not None:
                total += rating - offset
                count += 1
        return total / count, count


def first_baseline(items: int) -> Baseline:
    """Return what is believed of a patient of whom nothing is known yet."""
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


def expected(baseline: Baseline, step: float) -> Expected:
    """Return what the baseline expects of the next check-in.

    Args:
        baseline: What is known so far.
        step: Distance between neighbouring answers on the range scale.
    """
    own = baseline.noise_squares / baseline.noise_weight
    squeezed2 = _squeezed(baseline.level) ** 2
    return Expected(
        level=baseline.level,
        variance=baseline.variance + DRIFT_SD**2,
        spread2=squeezed2 * baseline.squares / baseline.weight,
        noise2=max(squeezed2 * own * assumed_noise2(step), NOISE_LEAST),
        squeezed2=squeezed2,
        offsets=tuple(
            [
                total / (weight + OFFSET_PRIOR)
                for total, weight in zip(baseline.offsets, baseline.offset_weights, strict=True)
            ]
        ),
    )


def _squeezed(level: float) -> float:
    """Return the share of their SD that ups and downs keep near the top of the scale.

    What would go above the maximum is answered as the maximum.

    >>> round(_squeezed(1.0), 2), round(_squeezed(0.5), 2)
    (0.7, 1.0)
    """
    return min(1.0, CEILING + max(1.0 - level, 0.0) / CEILING_ROOM)


def assumed_noise2(step: float) -> float:
    """Return the squared error of an item that is assumed of everybody, rounding included."""
    return NOISE_SD**2 + (0.5 * step) ** 2


def learn(
    baseline: Baseline, ratings: Ratings, *, prior: Expected, trust: float, step: float
) -> Baseline:
    """Return the baseline after one answered check-in.

    Args:
        baseline: What was known before.
        ratings: At least one answered item, on the range scale.
        prior: What the baseline expected of this check-in.
        trust: How ordinary the session was, 0 to 1; a rupture must not become the usual level.
        step: Distance between neighbouring answers on the range scale.
    """
    mean, count = prior.mean(ratings)
    error2 = prior.spread2 + prior.noise2 / count
    whole = prior.variance + error2
    surprise = mean - prior.level
    odd = abs(surprise) / math.sqrt(whole)
    weight = min(max(trust * min(1.0, ODD / odd if odd else 1.0), LEAST_TRUST), 1.0)
    gain = prior.variance / (prior.variance + error2 / weight)
    squares, spread_weight = baseline.squares, baseline.weight
    if baseline.check_ins:
        free = prior.free_spread2
        square = min(surprise * surprise, FAR * whole) * free / whole
        squares += weight * square + (1 - weight) * free
        spread_weight += 1
    noise_weight, noise_squares = _own_noise(baseline, ratings, prior, trust, step)
    offsets, offset_weights = _profile(baseline, ratings, mean, weight)
    return Baseline(
        level=prior.level + gain * surprise + GROWTH / (baseline.check_ins + 1),
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
    baseline: Baseline, ratings: Ratings, prior: Expected, trust: float, step: float
) -> tuple[float, float]:
    """Return weight and squares of the patient's own item error after one more check-in.

    Some rate erratically and some rate every item alike: the same fall of one item is nothing in
    the first and a lot in the second.
    """
    errors = [
        prior.of_item(index) - rating for index, rating in enumerate(ratings) if rating is not None
    ]
    free = len(errors) - 1
    if not baseline.check_ins or not free:
        return baseline.noise_weight, baseline.noise_squares
    middle = sum(errors) / len(errors)
    assumed = prior.squeezed2 * assumed_noise2(step)
    squares = sum([(error - middle) ** 2 for error in errors]) / assumed
    return (
        baseline.noise_weight + trust * free,
        baseline.noise_squares + trust * min(squares, NOISE_FAR * free),
    )
