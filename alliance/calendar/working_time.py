"""Working time: whole days on which somebody is at work, in their time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alliance.calendar.holidays import NO_HOLIDAYS, holiday_on, weekend_of
from alliance.calendar.timing import A_DAY, QuietHours, instant, skip_quiet_hours

LOOK_AHEAD_DAYS = 400
"""Somebody absent for longer is assumed not to come back."""


@dataclass(frozen=True, slots=True)
class Workdays:
    """On which days somebody is at work.

    Attributes:
        zone: Time zone that defines the days.
        region: Region whose weekends and public holidays are off.
        away: First and last day of each absence, both included.
    """

    zone: ZoneInfo
    region: str = NO_HOLIDAYS
    away: tuple[tuple[date, date], ...] = ()

    def is_workday(self, day: date) -> bool:
        """Whether that day is a workday."""
        if day.weekday() in weekend_of(self.region) or holiday_on(self.region, day) is not None:
            return False
        return not any(first <= day <= last for first, last in self.away)

    def is_workday_at(self, at: datetime) -> bool:
        """Whether that instant falls on a workday."""
        return self.is_workday(at.astimezone(self.zone).date())


def after_working_time(begin: datetime, length: timedelta, days: Workdays) -> datetime | None:
    """Return when that much working time has elapsed.

    A workday counts from midnight to midnight at its real length: 23 or 25 hours when the
    clocks change. The result always falls on a workday.

    Args:
        begin: Aware.
        length: > 0.
        days: The workdays that count.

    Returns:
        The instant in UTC; None if it is not within ``LOOK_AHEAD_DAYS`` days.

    >>> friday = datetime(2026, 3, 6, 10, tzinfo=UTC)
    >>> print(after_working_time(friday, timedelta(hours=48), Workdays(ZoneInfo("UTC"))))
    2026-03-10 10:00:00+00:00
    """
    day = begin.astimezone(days.zone).date()
    remaining = length
    for _ in range(LOOK_AHEAD_DAYS):
        first = max(begin, instant(day, time(), days.zone))
        last = instant(day + A_DAY, time(), days.zone)
        if days.is_workday(day):
            if remaining < last - first:
                return (first + remaining).astimezone(UTC)
            remaining -= last - first
        day += A_DAY
    return None


def next_working_time(at: datetime, quiet: QuietHours, days: Workdays) -> datetime:
    """Return ``at``, or the first instant after it on a workday outside the quiet hours.

    If there is no workday within ``LOOK_AHEAD_DAYS`` days, only the quiet hours count.
    """
    moment = skip_quiet_hours(at, quiet, days.zone)
    for _ in range(LOOK_AHEAD_DAYS):
        if days.is_workday_at(moment):
            return moment
        tomorrow = moment.astimezone(days.zone).date() + A_DAY
        moment = skip_quiet_hours(instant(tomorrow, time(), days.zone), quiet, days.zone)
    return skip_quiet_hours(at, quiet, days.zone)
