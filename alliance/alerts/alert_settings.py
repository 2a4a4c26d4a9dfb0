"""A site's waiting times and quiet hours for alerts."""

from dataclasses import dataclass
from datetime import timedelta

from alliance.alerts.episodes import UNREPAIRED_AFTER
from alliance.alerts.escalation import ESCALATE_AFTER
from alliance.calendar.holidays import NO_HOLIDAYS
from alliance.calendar.timing import NIGHT, QuietHours


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """A site's settings for alerts.

    Attributes:
        unrepaired_after: Sessions after an alert within which the ratings should recover, >= 1.
        escalate_after: Working time within which an alert should be seen, > 0.
        quiet: Hours in which only urgent messages are sent, in the person's local time.
        region: Region whose weekends and public holidays do not count as working time.
    """

    unrepaired_after: int = UNREPAIRED_AFTER
    escalate_after: timedelta = ESCALATE_AFTER
    quiet: QuietHours = NIGHT
    region: str = NO_HOLIDAYS
