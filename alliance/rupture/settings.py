"""What a site decides about detection."""

import math
from dataclasses import dataclass

from alliance.errors import BadSettings
from alliance.rupture.observation import DirectAnswer, Felt, Settled

BUDGETS = (2, 5, 10)
"""False alarms per 100 ordinary sessions that a site can choose from."""

USUAL_BUDGET = 5


@dataclass(frozen=True, slots=True)
class Ratios:
    """Likelihood ratios of the direct question: how much each answer moves the odds.

    A ratio is P(answer | rupture) / P(answer | ordinary session), unitless, > 0. "Yes" and "no"
    follow from an assumed sensitivity of 50 % and specificity of 95 %: .50/.05 and .50/.95.
    No accuracy of "a little" is known, so it stands halfway between them on the scale of log
    odds, sqrt(10 x 0.53) = 2.3. "Yes, and it is sorted" counts as "a little": something was
    off, and it is not going on.
    """

    yes: float = 10.0
    a_little: float = 2.3
    no: float = 0.53

    def __post_init__(self) -> None:
        for name in ("yes", "a_little", "no"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise BadSettings(f"The likelihood ratio of {name!r} must be above 0, not {value}.")

    def of(self, direct: DirectAnswer | None) -> float:
        """Return the ratio of this answer; 1 where there is none."""
        if direct is None:
            return 1.0
        if direct.felt is Felt.NO:
            return self.no
        if direct.felt is Felt.A_LITTLE or direct.settled is Settled.YES:
            return self.a_little
        return self.yes


@dataclass(frozen=True, slots=True)
class Settings:
    """What a site decides about detection.

    Attributes:
        budget: At most this many false alarms per 100 ordinary sessions: 2, 5 or 10. Rules with
            a published limit keep that limit whatever the budget.
        threshold: Replaces the threshold behind the budget, 0 < threshold < 1; what
            ``calibration`` finds from a site's own sessions.
        silence_budget: As ``budget``, for alerts raised by unanswered check-ins alone; None
            (as shipped) leaves them out.
        missed_in_a_row: How many unanswered check-ins in a row the rule ``missed_in_a_row``
            waits for, at least 1.
        ratios: Likelihood ratios of the direct question.

    Raises:
        BadSettings: A value is outside what it may be.
    """

    budget: int = USUAL_BUDGET
    threshold: float | None = None
    silence_budget: int | None = None
    missed_in_a_row: int = 2
    ratios: Ratios = Ratios()

    def __post_init__(self) -> None:
        if self.budget not in BUDGETS or self.silence_budget not in (None, *BUDGETS):
            raise BadSettings(f"A budget of false alarms is one of {BUDGETS}.")
        if self.threshold is not None and not 0 < self.threshold < 1:
            raise BadSettings(f"A threshold lies between 0 and 1, not at {self.threshold}.")
        if self.missed_in_a_row < 1:
            raise BadSettings("At least one check-in must be missed before silence counts.")
