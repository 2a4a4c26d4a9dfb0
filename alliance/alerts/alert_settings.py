"""When a site waits before it tells or asks a therapist something, and for how long."""

from dataclasses import dataclass
from datetime import time, timedelta

from alliance.alerts.episodes import UNREPAIRED_AFTER
from alliance.alerts.escalation import UNSEEN_FOR
from alliance.calendar.holidays import NO_HOLIDAYS
from alliance.calendar.timing import Quiet

NIGHT = Quiet(time(21), time(8))


@dataclass(frozen=True, slots=True)
class Patience:
    """What a site decides about waiting.

    Attributes:
        unrepaired_after: Sessions after an alert by which the ratings should be back, >= 1.
        escalate_after: Working time in which an alert should be seen, > 0.
        quiet: Hours in which nothing is sent that can wait, local time of the person.
        region: Whose weekends and holidays are no working time.
    """

    unrepaired_after: int = UNREPAIRED_AFTER
    escalate_after: timedelta = UNSEEN_FOR
    quiet: Quiet = NIGHT
    region: str = NO_HOLIDAYS
