"""How long what is kept: from settings to the moments before which things are forgotten."""

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Retention:
    """What a site decides about keeping.

    Attributes:
        answers_months: So long answers are kept; 0 is as long as their patient is here.
        ended_months: So long after the end of a treatment everything of a patient is kept.
        letters_days: So long a message that is done with stays in the outbox.
        audit_months: So long a line of the audit log is kept; 0 is for ever.
    """

    answers_months: int = 0
    ended_months: int = 120
    letters_days: int = 180
    audit_months: int = 0

    def answers_before(self, now: datetime) -> datetime | None:
        """Return before when answers are forgotten; None when they are not."""
        return None if self.answers_months == 0 else months_before(now, self.answers_months)

    def ended_before(self, now: datetime) -> datetime:
        """Return before when a treatment must have ended for its patient to be erased."""
        return months_before(now, self.ended_months)

    def letters_before(self, now: datetime) -> datetime:
        """Return before when a message must have been posted to be forgotten."""
        return now - timedelta(days=self.letters_days)

    def audit_before(self, now: datetime) -> datetime | None:
        """Return before when lines of the audit log are forgotten; None when they are not."""
        return None if self.audit_months == 0 else months_before(now, self.audit_months)


def months_before(now: datetime, months: int) -> datetime:
    """Return the same day so many months earlier, or the last day of a month that is shorter.

    >>> months_before(datetime(2026, 3, 31), 13).isoformat()
    '2025-02-28T00:00:00'
    """
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    day = min(now.day, calendar.monthrange(year, month + 1)[1])
    return now.replace(year=year, month=month + 1, day=day)
