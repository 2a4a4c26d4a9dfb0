"""Retention periods, and the cutoff dates that follow from them."""

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Retention:
    """A site's retention periods.

    Attributes:
        answers_months: How long answers are kept; 0 means as long as the patient's record.
        ended_months: How long a patient's record is kept after the end of treatment.
        messages_days: How long finished messages stay in the outbox.
        audit_months: How long entries of the audit log are kept; 0 means forever.
    """

    answers_months: int = 0
    ended_months: int = 120
    messages_days: int = 180
    audit_months: int = 0

    def answers_before(self, now: datetime) -> datetime | None:
        """Return the date before which answers are deleted; None if they are not."""
        return None if self.answers_months == 0 else months_before(now, self.answers_months)

    def ended_before(self, now: datetime) -> datetime:
        """Return the date before which treatments must have ended for patients to be erased."""
        return months_before(now, self.ended_months)

    def messages_before(self, now: datetime) -> datetime:
        """Return the date before which queued messages are deleted."""
        return now - timedelta(days=self.messages_days)

    def audit_before(self, now: datetime) -> datetime | None:
        """Return the date before which audit entries are deleted; None if they are not."""
        return None if self.audit_months == 0 else months_before(now, self.audit_months)


def months_before(now: datetime, months: int) -> datetime:
    """Return the same day some months earlier, or the last day of a shorter month.

    >>> months_before(datetime(2026, 3, 31), 13).isoformat()
    '2025-02-28T00:00:00'
    """
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    day = min(now.day, calendar.monthrange(year, month + 1)[1])
    return now.replace(year=year, month=month + 1, day=day)
