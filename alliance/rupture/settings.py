"""A site's settings for detection."""

import math
from dataclasses import dataclass

from alliance.errors import BadSettings
from alliance.rupture.observation import DirectAnswer, FeltOff, FollowUpAnswer

BUDGETS = (2, 5, 10)
"""False alarms per 100 ordinary sessions that a site can choose from."""

DEFAULT_BUDGET = 5


@dataclass(frozen=True, slots=True)
class LikelihoodRatios:
    """Likelihood ratios of the direct question: by how much each answer changes the odds.

    A ratio is P(answer | rupture) / P(answer | ordinary session), unitless, > 0. "Yes" and "no"
    follow from an assumed sensitivity of 50 % and specificity of 95 %: .50/.05 and .50/.95.
    The accuracy of "a little" is unknown, so its ratio is halfway between them in log odds:
    sqrt(10 x 0.53) = 2.3. "Yes" that is sorted counts as "a little", because the problem is
    over.
    """

    yes: float = 10.0
    a_little: float = 2.3
    no: float = 0.53

    def __post_init__(self) -> None:
        for name in ("yes", "a_little", "no"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise BadSettings(f"The likelihood ratio of {name!r} must be above 0, not {value}.")

    def ratio_of(self, direct: DirectAnswer | None) -> float:
        """Return the ratio of an answer; 1 without an answer."""
        if direct is None:
            return 1.0
        if direct.felt is FeltOff.NO:
            return self.no
        if direct.felt is FeltOff.A_LITTLE or direct.settled is FollowUpAnswer.YES:
            return self.a_little
        return self.yes


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """A site's settings for detection.

    Attributes:
        budget: Most false alarms per 100 ordinary sessions: 2, 5 or 10. Rules with a published
            limit ignore it.
        threshold: Replaces the threshold that follows from the budget, 0 < threshold < 1; see
            ``calibration``.
        silence_budget: Like ``budget``, for alerts on unanswered check-ins alone; None (the
            default) means no such alerts.
        missed_in_a_row: Number of consecutive unanswered check-ins from which the rule
            ``missed_in_a_row`` alerts, at least 1.
        ratios: Likelihood ratios of the direct question.

    Raises:
        BadSettings: A value is out of range.
    """

    budget: int = DEFAULT_BUDGET
    threshold: float | None = None
    silence_budget: int | None = None
    missed_in_a_row: int = 2
    ratios: LikelihoodRatios = LikelihoodRatios()

    def __post_init__(self) -> None:
        if self.budget not in BUDGETS or self.silence_budget not in (None, *BUDGETS):
            raise BadSettings(f"The budget of false alarms must be one of {BUDGETS}.")
        if self.threshold is not None and not 0 < self.threshold < 1:
            raise BadSettings(f"The threshold must be between 0 and 1, not {self.threshold}.")
        if self.missed_in_a_row < 1:
            raise BadSettings("The number of missed check-ins must be at least 1.")
