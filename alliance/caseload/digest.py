"""When a therapist's digest comes: weekly, or on the mornings of session days, local time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from alliance.calendar.timing import Quiet, instant, out_of_quiet

LONGEST_WAIT = timedelta(days=8)
"""From one weekly digest to the next, with a day for changes of the clocks: an alert waits at
most this long for a digest; where none comes before, it comes at once."""

USUAL_TIME = time(8, 0)
A_DAY = timedelta(days=1)


class Mode(StrEnum):
    """How often a digest comes."""

    OFF = "off"  # never
    WEEKLY = "weekly"  # on one day of the week
    SESSION_DAYS = "session_days"  # on each day with a session


@dataclass(frozen=True, slots=True)
class Habit:
    """How a therapist wants to be told.

    Attributes:
        mode: How often.
        weekday: On which day, if weekly; 0 is Monday.
        wall_time: Local time.
        alerts_wait: Whether alerts come with the digest instead of at once. What patients ask
            for never waits.
    """

    mode: Mode = Mode.OFF
    weekday: int = 0
    wall_time: time = USUAL_TIME
    alerts_wait: bool = False


HasSession = Callable[[date], bool]
"""Says whether a therapist has a session on a local day."""


def due_on(day: date, habit: Habit, *, quiet: Quiet, zone: ZoneInfo) -> datetime:
    """Return when the digest of a local day comes, in UTC; never in quiet hours."""
    return out_of_quiet(instant(day, habit.wall_time, zone), quiet, zone)


def is_day(day: date, habit: Habit, has_session: HasSession) -> bool:
    """Say whether there is a digest on that local day."""
    if habit.mode is Mode.WEEKLY:
        return day.weekday() == habit.weekday
    return habit.mode is Mode.SESSION_DAYS and has_session(day)


def day_due(
    now: datetime, habit: Habit, *, quiet: Quiet, zone: ZoneInfo, has_session: HasSession
) -> date | None:
    """Return today, local, when its digest should have come by now and still may; else None.

    After downtime a digest comes late as long as its day lasts, and not in quiet hours;
    yesterday's is of no use any more.
    """
    local = now.astimezone(zone)
    day = local.date()
    if not is_day(day, habit, has_session) or quiet.holds(local.time()):
        return None
    return day if due_on(day, habit, quiet=quiet, zone=zone) <= now else None


def next_due(
    after: datetime,
    habit: Habit,
    *,
    quiet: Quiet,
    zone: ZoneInfo,
    has_session: HasSession,
) -> datetime | None:
    """Return when the next digest comes after an instant; None when not in ``LONGEST_WAIT``."""
    day = after.astimezone(zone).date()
    for _ in range(LONGEST_WAIT.days + 1):
        due = due_on(day, habit, quiet=quiet, zone=zone)
        if due > after and is_day(day, habit, has_session):
            return due
        day += A_DAY
    return None


def next_look(after: datetime, habit: Habit, *, quiet: Quiet, zone: ZoneInfo) -> datetime | None:
    """Return when to look next whether a digest is due; None when there is none to wait for.

    A session may be planned up to the last moment, so every day with one is looked at.
    """
    if habit.mode is Mode.OFF:
        return None
    return next_due(after, habit, quiet=quiet, zone=zone, has_session=lambda _day: True)
