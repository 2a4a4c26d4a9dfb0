"""When a therapist's digest is sent: weekly, or on days with sessions, in local time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from alliance.calendar.timing import A_DAY, QuietHours, instant, skip_quiet_hours

LONGEST_WAIT = timedelta(days=8)
"""Longest time an alert waits for a digest: a week, and a day for clock changes. If no digest is
due by then, the alert is sent at once."""

DEFAULT_TIME = time(8, 0)


class DigestMode(StrEnum):
    """How often a digest is sent."""

    OFF = "off"  # never
    WEEKLY = "weekly"  # once a week
    SESSION_DAYS = "session_days"  # on each day with a session


@dataclass(frozen=True, slots=True)
class DigestSettings:
    """A therapist's digest settings.

    Attributes:
        mode: How often it is sent.
        weekday: Day of a weekly digest; 0 is Monday.
        wall_time: Local time.
        alerts_wait: Whether alerts come with the digest instead of at once. Patients' requests
            never wait.
    """

    mode: DigestMode = DigestMode.OFF
    weekday: int = 0
    wall_time: time = DEFAULT_TIME
    alerts_wait: bool = False


HasSession = Callable[[date], bool]
"""Whether a therapist has a session on a local day."""


def due_on(day: date, settings: DigestSettings, *, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """Return when the digest of a local day is due, in UTC; never in quiet hours."""
    return skip_quiet_hours(instant(day, settings.wall_time, zone), quiet, zone)


def has_digest_on(day: date, settings: DigestSettings, has_session: HasSession) -> bool:
    """Whether there is a digest on that local day."""
    if settings.mode is DigestMode.WEEKLY:
        return day.weekday() == settings.weekday
    return settings.mode is DigestMode.SESSION_DAYS and has_session(day)


def due_day(
    now: datetime,
    settings: DigestSettings,
    *,
    quiet: QuietHours,
    zone: ZoneInfo,
    has_session: HasSession,
) -> date | None:
    """Return today's local date if its digest is due now; else None.

    After downtime a digest is still sent late on the same day, outside the quiet hours, but not
    on the next day.
    """
    local = now.astimezone(zone)
    day = local.date()
    if not has_digest_on(day, settings, has_session) or quiet.contains(local.time()):
        return None
    return day if due_on(day, settings, quiet=quiet, zone=zone) <= now else None


def next_due(
    after: datetime,
    settings: DigestSettings,
    *,
    quiet: QuietHours,
    zone: ZoneInfo,
    has_session: HasSession,
) -> datetime | None:
    """Return when the next digest is due; None if not within ``LONGEST_WAIT``."""
    day = after.astimezone(zone).date()
    for _ in range(LONGEST_WAIT.days + 1):
        due = due_on(day, settings, quiet=quiet, zone=zone)
        if due > after and has_digest_on(day, settings, has_session):
            return due
        day += A_DAY
    return None


def next_check_at(
    after: datetime, settings: DigestSettings, *, quiet: QuietHours, zone: ZoneInfo
) -> datetime | None:
    """Return when to check again whether a digest is due; None if digests are off.

    Sessions can be planned at the last minute, so every possible day is checked.
    """
    if settings.mode is DigestMode.OFF:
        return None
    return next_due(after, settings, quiet=quiet, zone=zone, has_session=lambda _day: True)
