"""Published rules that compare a total with the patient's own earlier totals.

The total is the mean of the answered items on the unit scale. Rules that use the patient's own SD
need three earlier totals.
"""

import math
from abc import ABC, abstractmethod
from typing import NamedTuple

from alliance.rupture.rules.cutoffs import total
from alliance.rupture.rules.rule import AnsweredSession, RatingsOnlyRule, RuleResult, rank
from alliance.rupture.shape import Shape
from alliance.rupture.state import Memory

MIN_EARLIER_TOTALS = 3
SAMPLE_SD = 0.10
"""Norm SD of totals across patients on the unit scale; a site's may differ."""

RELIABILITY = 0.62
"""Retest reliability of a session rating: the midpoint of the published .54 to .70."""

RANGES_TO_SIGMA = 1.128
"""Mean moving range of two consecutive values divided by sigma, for a normal process."""

MIN_SD = 1e-6
"""Used instead of an SD of 0, so that any drop exceeds the limit."""


class Totals(NamedTuple):
    """Summary of a patient's earlier totals.

    Attributes:
        seen: Number of totals.
        mean: Their mean.
        squares: Sum of squared differences from the mean.
        last: The last one.
        ranges: Sum of absolute differences between consecutive totals.
        chart: State of a running chart.
    """

    seen: float = 0.0
    mean: float = 0.0
    squares: float = 0.0
    last: float = 0.0
    ranges: float = 0.0
    chart: float = 0.0

    @property
    def sd(self) -> float:
        """Standard deviation; needs two totals."""
        return max(math.sqrt(self.squares / (self.seen - 1)), MIN_SD)

    @property
    def sigma(self) -> float:
        """Sigma from the mean moving range; needs two totals."""
        return max(self.ranges / (self.seen - 1) / RANGES_TO_SIGMA, MIN_SD)

    def with_value(self, value: float, chart: float) -> "Totals":
        """Return the totals with one more (Welford's update)."""
        count = self.seen + 1
        difference = value - self.mean
        mean = self.mean + difference / count
        return Totals(
            seen=count,
            mean=mean,
            squares=self.squares + difference * (value - mean),
            last=value,
            ranges=self.ranges + (abs(value - self.last) if self.seen else 0.0),
            chart=chart,
        )


class TotalsRule(RatingsOnlyRule, ABC):
    """Base of these rules: a statistic of the earlier totals against its published limit."""

    name: str
    version = 1
    limit: float | None = 0.5
    published: float
    earlier = MIN_EARLIER_TOTALS

    def __init__(self, _shape: Shape) -> None:
        pass

    def begin(self) -> Memory:
        """Return a memory without totals."""
        return tuple(Totals())

    def rank_answered(self, memory: Memory, session: AnsweredSession, /) -> RuleResult:
        """Rank the total by the rule's statistic relative to its published limit."""
        totals, now = Totals(*memory), total(session.ratings)
        if now is None:
            return RuleResult(memory, None)
        if totals.seen < self.earlier:
            return RuleResult(tuple(totals.with_value(now, totals.chart)), None)
        statistic, chart = self.statistic(totals, now)
        return RuleResult(tuple(totals.with_value(now, chart)), rank(statistic, self.published))

    @abstractmethod
    def statistic(self, totals: Totals, now: float) -> tuple[float, float]:
        """Return the statistic (higher is more alarming) and the new state of the chart."""


class OwnMean(TotalsRule):
    """Own mean minus 2 own SD.

    Source:
        Stiles, Glick, Osatuke et al. (2004), J Couns Psychol 51(1), 81-92.
    """

    name = "own_mean_2sd"
    published = 2.0

    def statistic(self, totals: Totals, now: float) -> tuple[float, float]:
        """Return the drop below the patient's mean in the patient's SDs."""
        return (totals.mean - now) / totals.sd, 0.0


class SampleSd(TotalsRule):
    """Own mean minus 1 SD of the sample.

    Source:
        Strauss, Hayes, Johnson et al. (2006), J Consult Clin Psychol 74(2), 337-345.
    """

    name = "own_mean_sample_sd"
    published = 1.0
    earlier = 1

    def statistic(self, totals: Totals, now: float) -> tuple[float, float]:
        """Return the drop below the patient's mean in sample SDs."""
        return (totals.mean - now) / SAMPLE_SD, 0.0


class StricterSd(TotalsRule):
    """Own mean minus 2 SD, with the larger of the patient's own SD and the sample's.

    Source:
        Gumz, Bauer & Brähler (2012), BMC Med Res Methodol 12:10: the stricter criterion.
    """

    name = "own_mean_stricter_sd"
    published = 2.0

    def statistic(self, totals: Totals, now: float) -> tuple[float, float]:
        """Return the drop below the patient's mean in units of the larger SD."""
        return (totals.mean - now) / max(totals.sd, SAMPLE_SD), 0.0


class IndividualsChart(TotalsRule):
    """Own mean minus 3 sigma, sigma from the mean moving range.

    Source:
        Eubanks-Carter, Gorman & Muran (2012), Psychother Res 22(1): Shewhart charts of a
        patient's alliance ratings.
    """

    name = "individuals_chart_3"
    published = 3.0

    def statistic(self, totals: Totals, now: float) -> tuple[float, float]:
        """Return the drop below the patient's mean in sigmas."""
        return (totals.mean - now) / totals.sigma, 0.0


class IndividualsChart2(IndividualsChart):
    """Own mean minus 2 sigma, the chart's warning line; same source as ``IndividualsChart``."""

    name = "individuals_chart_2"
    published = 2.0


class ReliableChange(TotalsRule):
    """A drop since the last session that exceeds measurement error.

    RCI = (last - now) / (SD sqrt(2 (1 - r))), reliable from 1.96 on.

    Source:
        Jacobson & Truax (1991), J Consult Clin Psychol 59(1), 12-19.
    """

    name = "reliable_change"
    published = 1.96
    earlier = 1

    def statistic(self, totals: Totals, now: float) -> tuple[float, float]:
        """Return the drop in standard errors of the difference."""
        return (totals.last - now) / (SAMPLE_SD * math.sqrt(2 * (1 - RELIABILITY))), 0.0


class SelfStartingCusum(TotalsRule):
    """A cumulative sum of drops without predefined parameters; k = 1/2, h = 4.

    S = max(0, S - Q - 1/2), with Q the total as a standard normal score given all earlier ones.
    The sum is not reset after a signal; the quiet period prevents repeated alerts.

    Source:
        Hawkins (1987), The Statistician 36, 299-315.
    """

    name = "self_starting_cusum"
    published = 4.0

    def statistic(self, totals: Totals, now: float) -> tuple[float, float]:
        """Return the sum, which is also the state of the chart."""
        cusum = max(0.0, totals.chart - normal_score(totals, now) - 0.5)
        return cusum, cusum


class Ewma(TotalsRule):
    """An exponentially weighted mean of normal scores; weight 1/4, limit 2.9 of its own SDs.

    Source:
        Quesenberry (1993), J Qual Technol 25: Q charts; Roberts (1959), Technometrics 1(3).
    """

    name = "ewma"
    published = 2.9
    weight = 0.25

    def statistic(self, totals: Totals, now: float) -> tuple[float, float]:
        """Return the drop of the weighted mean in its own long-run SDs."""
        mean = (1 - self.weight) * totals.chart + self.weight * normal_score(totals, now)
        return -mean / math.sqrt(self.weight / (2 - self.weight)), mean


def normal_score(totals: Totals, now: float) -> float:
    """Return Q, the total as a standard normal score given all earlier totals.

    t = sqrt(n / (n + 1)) (x - mean) / sd has a t distribution with v = n - 1 degrees of freedom;
    it is transformed to normal by z = (8v + 1) / (8v + 3) sqrt(v ln(1 + t^2 / v)).

    Source:
        Quesenberry (1991), J Qual Technol 23(3), 213-224; Wallace (1959), Ann Math Stat 30(4),
        1121-1130 for the transformation.

    >>> seen = Totals(seen=9, mean=0.8, squares=0.02)
    >>> round(normal_score(seen, 0.675), 2)
    -2.0
    """
    t = math.sqrt(totals.seen / (totals.seen + 1)) * (now - totals.mean) / totals.sd
    free = totals.seen - 1
    size = (8 * free + 1) / (8 * free + 3) * math.sqrt(free * math.log1p(t * t / free))
    return math.copysign(size, t)
