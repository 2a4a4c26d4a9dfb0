"""Working time: the part of the days on which somebody is at work, by the clocks of their zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alliance.calendar.holidays import NO_HOLIDAYS, holiday_on, weekend_of
from alliance.calendar.timing import Quiet, instant, out_of_quiet

LOOK_AHEAD = 400
"""Days after which nobody is taken to come back to work."""

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Workdays:
    """On which days somebody is at work.

    Attributes:
        zone: Whose midnights begin and end the days.
        region: Whose weekends and public holidays are free.
        away: First and last day of each absence, both included.
    """

    zone: ZoneInfo
    region: str = NO_HOLIDAYS
    away: tuple[tuple[date, date], ...] = ()

    def work_on(self, day: date) -> bool:
        """Say whether that day counts."""
        if day.weekday() in weekend_of(self.region) or holiday_on(self.region, day) is not None:
            return False
        return not any(first <= day <= last for first, last in self.away)

    def work_at(self, at: datetime) -> bool:
        """Say whether the day of that instant counts."""
        return self.work_on(at.astimezone(self.zone).date())


def after_working(begin: datetime, length: timedelta, days: Workdays) -> datetime | None:
    """Return when that much working time has gone by.

    A working day counts from midnight to midnight, with the hours that it really has: 23 or 25
    when the clocks change. The result always lies within a working day.

    Args:
        begin: Aware.
        length: > 0.
        days: Whose.

    Returns:
        The instant in UTC; None when it does not come within ``LOOK_AHEAD`` days.

    >>> friday = datetime(2026, 3, 6, 10, tzinfo=UTC)
    >>> print(after_working(friday, timedelta(hours=48), Workdays(ZoneInfo("UTC"))))
    2026-03-10 10:00:00+00:00
    """
    day = begin.astimezone(days.zone).date()
    left = length
    for _ in range(LOOK_AHEAD):
        first = max(begin, instant(day, time(), days.zone))
        last = instant(day + A_DAY, time(), days.zone)
        if days.work_on(day):
            if left < last - first:
                return (first + left).astimezone(UTC)
            left -= last - first
        day += A_DAY
    return None


def in_working_hours(at: datetime, quiet: Quiet, days: Workdays) -> datetime:
    """Return ``at``, or the first instant after it on a working day outside the quiet hours.

    Somebody who is not back within ``LOOK_AHEAD`` days is written to at the next waking hour.
    """
    moment = out_of_quiet(at, quiet, days.zone)
    for _ in range(LOOK_AHEAD):
        if days.work_at(moment):
            return moment
        tomorrow = moment.astimezone(days.zone).date() + A_DAY
        moment = out_of_quiet(instant(tomorrow, time(), days.zone), quiet, days.zone)
    return out_of_quiet(at, quiet, days.zone)
