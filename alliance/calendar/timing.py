"""When a check-in is due, reminded and closed: wall times, zones, clock changes, quiet hours."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alliance.errors import BadPlan

WINDOW = timedelta(hours=48)
"""How long a check-in may be answered where nobody says otherwise."""

REMINDER_AT = time(9, 0)
"""Local time of reminders, on the mornings after."""

REMINDER_APART = timedelta(hours=10)
"""A reminder comes at least this long after the question, or after the reminder before."""

AWAKE = timedelta(hours=1)
"""So long after a session that somebody reports, or their own wish, a patient is taken to be up."""

CHANGE_WINDOW = timedelta(minutes=10)
"""How long finished answers may still be changed."""

EVENING = time(19, 0)
"""What "this evening" means, local time."""


_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,20}(/[A-Za-z0-9_+-]{1,20}){0,2}", re.ASCII)
"""How the names of zones look; Python would look for any other as a file, or as a module."""


@cache
def zone_named(name: str) -> ZoneInfo:
    """Return the IANA zone.

    Raises:
        BadPlan: There is no zone of that name.
    """
    if _ZONE.fullmatch(name) is not None:
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo(name)
    raise BadPlan(f"There is no time zone {name!r}; use a name like Europe/Berlin.")


def instant(day: date, wall_time: time, zone: ZoneInfo) -> datetime:
    """Return the UTC instant at which the clocks of a zone show that day and time.

    A time that a clock change leaves out moves on by the length of the gap (02:30 becomes
    03:30); a time that comes twice is the first of the two.
    """
    local = datetime.combine(day, wall_time, tzinfo=zone)
    return local.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nobody is written to, local time; may run over midnight.

    Equal ends mean that no hour is quiet.
    """

    begin: time
    end: time

    def holds(self, moment: time) -> bool:
        """Say whether a local time of day is quiet."""
        if self.begin <= self.end:
            return self.begin <= moment < self.end
        return moment >= self.begin or moment < self.end


NEVER_QUIET = Quiet(time(0), time(0))


def out_of_quiet(at: datetime, quiet: Quiet, zone: ZoneInfo) -> datetime:
    """Return ``at``, or the first instant after it that is not quiet.

    Args:
        at: Aware.
        quiet: Local hours.
        zone: Whose clocks are meant.
    """
    local = at.astimezone(zone)
    if not quiet.holds(local.time()):
        return at.astimezone(UTC)
    over = instant(local.date(), quiet.end, zone)
    if over <= at:
        over = instant(local.date() + timedelta(days=1), quiet.end, zone)
    return over


@dataclass(frozen=True, slots=True)
class Timing:
    """The instants of a check-in, in UTC.

    Attributes:
        remind_at: When it is brought up again for the first time; None is never.
        reminders: How many reminders it may have in all.
    """

    due_at: datetime
    remind_at: datetime | None
    closes_at: datetime
    reminders: int = 0


def timing(
    *,
    ended_at: datetime,
    delay: timedelta,
    quiet: Quiet,
    zone: ZoneInfo,
    next_session_at: datetime | None,
    may_disturb: bool = False,
    reminders: int = 1,
    expiry: timedelta = WINDOW,
) -> Timing:
    """Return when a check-in is due, reminded and closed.

    Args:
        ended_at: End of the session, aware.
        delay: From the end to the question, >= 0.
        quiet: Hours in which nothing is sent; the question moves behind them.
        zone: The zone in which the quiet hours and the reminders' mornings are meant.
        next_session_at: Start of the next session, if one is planned.
        may_disturb: Send the question even in quiet hours; a reminder never.
        reminders: How many there may be, >= 0.
        expiry: How long it may be answered, > 0.

    Returns:
        Due is at or after the end plus the delay. Closed is ``expiry`` after due, or when the
        next session begins if that is earlier; never before due, and the same as due when
        the next session begins before the question could be asked.
    """
    due_at = (ended_at + delay).astimezone(UTC)
    if not may_disturb:
        due_at = out_of_quiet(due_at, quiet, zone)
    closes_at = due_at + expiry
    if next_session_at is not None and next_session_at < closes_at:
        closes_at = max(due_at, next_session_at.astimezone(UTC))
    first = next_reminder(due_at, quiet=quiet, zone=zone, closes_at=closes_at)
    if first is None or reminders < 1:
        return Timing(due_at, None, closes_at)
    return Timing(due_at, first, closes_at, reminders)


def next_reminder(
    after: datetime, *, quiet: Quiet, zone: ZoneInfo, closes_at: datetime
) -> datetime | None:
    """Return when a check-in is brought up after the question, or after a reminder.

    Returns:
        The first morning at 09:00 at least ten hours later, moved out of the quiet hours;
        None when that is not before the close.
    """
    earliest = after + REMINDER_APART
    day = earliest.astimezone(zone).date()
    morning = instant(day, REMINDER_AT, zone)
    if morning < earliest:
        morning = instant(day + timedelta(days=1), REMINDER_AT, zone)
    morning = out_of_quiet(morning, quiet, zone)
    return morning if morning < closes_at else None


def may_leave(*, due_at: datetime, now: datetime, quiet: Quiet, zone: ZoneInfo) -> datetime:
    """Return when a question that is due leaves: now, or once the quiet hours are over.

    A question that is due in quiet hours follows a session that was just reported, or its
    patient has put it off until then: it may disturb for as long as they are taken to be up.
    """
    disturbs = out_of_quiet(due_at, quiet, zone) != due_at and now - due_at <= AWAKE
    return now if disturbs else out_of_quiet(now, quiet, zone)


def this_evening(now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return 19:00 today, local, or None when that is less than an hour away or over."""
    evening = instant(now.astimezone(zone).date(), EVENING, zone)
    return evening if evening - now >= timedelta(hours=1) else None
