"""Published rules that compare a total with the patient's own earlier totals.

All of them take the total as the mean of the answered items on the range scale, and need three
earlier totals before an SD of them says anything.
"""

import math
from abc import ABC, abstractmethod
from typing import NamedTuple

from alliance.rupture.rules.cutoffs import total
from alliance.rupture.rules.rule import RatingsOnly, Reading, Session, rank
from alliance.rupture.shape import Shape
from alliance.rupture.state import Memory

EARLIER = 3
SAMPLE_SD = 0.10
"""SD of totals over patients on the range scale, where a rule wants a norm; a site's may differ."""

RELIABILITY = 0.62
"""Retest reliability of a session rating: the middle of the published .54 to .70."""

RANGES_TO_SIGMA = 1.128
"""Mean moving range of two neighbours over sigma, for a normal process."""

NO_SD = 1e-6
"""Stands for an SD of 0: any fall is then beyond all limits."""


class Totals(NamedTuple):
    """Earlier totals of one patient, summed up.

    Attributes:
        seen: How many.
        mean: Their mean.
        squares: Sum of their squared distances from the mean.
        last: The last one.
        ranges: Sum of distances between neighbours.
        chart: What a running chart remembers.
    """

    seen: float = 0.0
    mean: float = 0.0
    squares: float = 0.0
    last: float = 0.0
    ranges: float = 0.0
    chart: float = 0.0

    @property
    def sd(self) -> float:
        """Their SD; needs two."""
        return max(math.sqrt(self.squares / (self.seen - 1)), NO_SD)

    @property
    def sigma(self) -> float:
        """Their sigma from the mean moving range; needs two."""
        return max(self.ranges / (self.seen - 1) / RANGES_TO_SIGMA, NO_SD)

    def and_then(self, value: float, chart: float) -> "Totals":
        """Return the totals with one more (Welford's update)."""
        count = self.seen + 1
        off = value - self.mean
        mean = self.mean + off / count
        return Totals(
            seen=count,
            mean=mean,
            squares=self.squares + off * (value - mean),
            last=value,
            ranges=self.ranges + (abs(value - self.last) if self.seen else 0.0),
            chart=chart,
        )


class TotalsRule(RatingsOnly, ABC):
    """What these rules share: earlier totals in, a statistic and its published limit out."""

    name: str
    version = 1
    limit: float | None = 0.5
    published: float
    earlier = EARLIER

    def __init__(self, _shape: Shape) -> None:
        pass

    def begin(self) -> Memory:
        """Remember no totals."""
        return tuple(Totals())

    def answered(self, memory: Memory, session: Session, /) -> Reading:
        """Rank the total by the rule's statistic over its published limit."""
        totals, now = Totals(*memory), total(session.ratings)
        if now is None:
            return Reading(memory, None)
        if totals.seen < self.earlier:
            return Reading(tuple(totals.and_then(now, totals.chart)), None)
        statistic, chart = self.statistic(totals, now)
        return Reading(tuple(totals.and_then(now, chart)), rank(statistic, self.published))

    @abstractmethod
    def statistic(self, totals: Totals, now: float) -> tuple[float, float]:
        """Return the statistic, higher is more alarming, and what the chart remembers."""


class OwnMean(TotalsRule):
    """Own mean minus 2 own SD.

    Source:
        Stiles, Glick, Osatuke et al. (2004), J Couns Psychol 51(1), 81-92.
    """

    name = "own_mean_2sd"
    published = 2.0

    def statistic(self, totals: Totals, now: float) -> tuple[float, float]:
        """Return the fall below the own mean in own SDs."""
        return (totals.mean - now) / totals.sd, 0.0


class SampleSd(TotalsRule):
    """One SD of the sample below the own mean.

    Source:
        Strauss, Hayes, Johnson et al. (2006), J Consult Clin Psychol 74(2), 337-345.
    """

    name = "own_mean_sample_sd"
    published = 1.0
    earlier = 1

    def statistic(self, totals: Totals, now: float) -> tuple[float, float]:
        """Return the fall below the own mean in sample SDs."""
        return (totals.mean - now) / SAMPLE_SD, 0.0


class StricterSd(TotalsRule):
    """Two SD below the own mean, SD the larger of the patient's own and the sample's.

    Source:
        Gumz, Bauer & Brähler (2012), BMC Med Res Methodol 12:10: the stricter of the criteria.
    """

    name = "own_mean_stricter_sd"
    published = 2.0

    def statistic(self, totals: Totals, now: float) -> tuple[float, float]:
        """Return the fall below the own mean in the larger SD."""
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
        """Return the fall below the own mean in sigmas."""
        return (totals.mean - now) / totals.sigma, 0.0


class IndividualsChart2(IndividualsChart):
    """Own mean minus 2 sigma, the chart's warning line; source as ``IndividualsChart``."""

    name = "individuals_chart_2"
    published = 2.0


class ReliableChange(TotalsRule):
    """A fall since the last session beyond what unreliability explains.

    RCI = (last - now) / (SD sqrt(2 (1 - r))), reliable from 1.96 on.

    Source:
        Jacobson & Truax (1991), J Consult Clin Psychol 59(1), 12-19.
    """

    name = "reliable_change"
    published = 1.96
    earlier = 1

    def statistic(self, totals: Totals, now: float) -> tuple[float, float]:
        """Return the fall in standard errors of the difference."""
        return (totals.last - now) / (SAMPLE_SD * math.sqrt(2 * (1 - RELIABILITY))), 0.0


class SelfStartingCusum(TotalsRule):
    """A cumulative sum of falls that needs no parameters beforehand; k = 1/2, h = 4.

    S = max(0, S - Q - 1/2), with Q the total as a standard normal score given all earlier ones.
    The sum goes on after a signal; quiet sessions keep it from repeating.

    Source:
        Hawkins (1987), The Statistician 36, 299-315.
    """

    name = "self_starting_cusum"
    published = 4.0

    def statistic(self, totals: Totals, now: float) -> tuple[float, float]:
        """Return the sum, which is also what is remembered."""
        upto = max(0.0, totals.chart - normal_score(totals, now) - 0.5)
        return upto, upto


class Ewma(TotalsRule):
    """An exponentially weighted mean of normal scores; weight 1/4, limit 2.9 of its own SDs.

    Source:
        Quesenberry (1993), J Qual Technol 25: Q charts; Roberts (1959), Technometrics 1(3).
    """

    name = "ewma"
    published = 2.9
    weight = 0.25

    def statistic(self, totals: Totals, now: float) -> tuple[float, float]:
        """Return how far the weighted mean has fallen, in its own long-run SDs."""
        mean = (1 - self.weight) * totals.chart + self.weight * normal_score(totals, now)
        return -mean / math.sqrt(self.weight / (2 - self.weight)), mean


def normal_score(totals: Totals, now: float) -> float:
    """Return Q, the total as a standard normal score given all earlier totals.

    t = sqrt(n / (n + 1)) (x - mean) / sd has Student's t with n - 1 degrees of freedom; it is
    brought to normal by z = (8v + 1) / (8v + 3) sqrt(v ln(1 + t^2 / v)).

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
