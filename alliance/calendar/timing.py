"""When a check-in is due, reminded of and closed; time zones, clock changes, quiet hours."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alliance.errors import BadPlan

A_DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)

ANSWER_WINDOW = timedelta(hours=48)
"""Default time within which a check-in can be answered."""

MAX_DELAY = timedelta(hours=24)
"""Longest delay from the end of a session to the question."""

REMINDER_AT = time(9, 0)
"""Local time of reminders, on the following mornings."""

MIN_REMINDER_GAP = timedelta(hours=10)
"""Shortest time between the question, or the previous reminder, and a reminder."""

AWAKE_AFTER_SESSION = timedelta(hours=1)
"""How long a patient is assumed to be awake after a reported session or their own request."""

CHANGE_WINDOW = timedelta(minutes=10)
"""How long the answers of a completed check-in can still be changed."""

EVENING = time(19, 0)
"""The local time that "this evening" means."""


_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,20}(/[A-Za-z0-9_+-]{1,20}){0,2}", re.ASCII)
"""Shape of zone names; ``ZoneInfo`` would look up anything else as a file or module."""


@cache
def zone_named(name: str) -> ZoneInfo:
    """Return the IANA time zone of that name.

    Raises:
        BadPlan: There is none.
    """
    if _ZONE.fullmatch(name) is not None:
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo(name)
    raise BadPlan(f"There is no time zone {name!r}; use a name like Europe/Berlin.")


def instant(day: date, wall_time: time, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of a local day and time in a zone.

    A time skipped by a clock change moves forward by the length of the gap (02:30 becomes
    03:30); of a time that occurs twice, the first is meant.
    """
    local = datetime.combine(day, wall_time, tzinfo=zone)
    return local.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours in which no messages are sent, local time; may span midnight.

    If ``begin`` equals ``end``, there are no quiet hours.
    """

    begin: time
    end: time

    def contains(self, moment: time) -> bool:
        """Whether a local time of day is quiet."""
        if self.begin <= self.end:
            return self.begin <= moment < self.end
        return moment >= self.begin or moment < self.end

    def text(self) -> str:
        """Return the text that ``parse_quiet_hours`` reads."""
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


def parse_quiet_hours(text: str) -> QuietHours:
    """Return quiet hours from ``HH:MM-HH:MM``.

    Raises:
        ValueError: The text has another form.
    """
    begin, dash, end = text.partition("-")
    if not dash:
        raise ValueError("quiet hours look like 21:00-08:00")
    return QuietHours(time.fromisoformat(begin.strip()), time.fromisoformat(end.strip()))


NO_QUIET_HOURS = QuietHours(time(0), time(0))
NIGHT = QuietHours(time(21), time(8))
"""Default quiet hours."""


def skip_quiet_hours(at: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """Return ``at``, or the end of the quiet hours that contain it.

    Args:
        at: Aware.
        quiet: The quiet hours, local time.
        zone: Time zone of the quiet hours.
    """
    local = at.astimezone(zone)
    if not quiet.contains(local.time()):
        return at.astimezone(UTC)
    ends_at = instant(local.date(), quiet.end, zone)
    if ends_at <= at:
        ends_at = instant(local.date() + A_DAY, quiet.end, zone)
    return ends_at


@dataclass(frozen=True, slots=True)
class Timing:
    """The instants of a check-in, in UTC.

    Attributes:
        remind_at: When the first reminder is sent; None for never.
        reminders: Greatest total number of reminders.
        awake_until: Until when the question may be sent in quiet hours; None if it may not.
    """

    due_at: datetime
    remind_at: datetime | None
    closes_at: datetime
    reminders: int = 0
    awake_until: datetime | None = None


def checkin_timing(
    *,
    ended_at: datetime,
    delay: timedelta,
    quiet: QuietHours,
    zone: ZoneInfo,
    next_session_at: datetime | None,
    may_disturb: bool = False,
    reminders: int = 1,
    expiry: timedelta = ANSWER_WINDOW,
) -> Timing:
    """Return when a check-in is due, reminded of and closed.

    Args:
        ended_at: End of the session, aware.
        delay: From the end to the question, >= 0.
        quiet: Quiet hours; a question that falls into them moves to their end.
        zone: Time zone of the quiet hours and of the reminders.
        next_session_at: Start of the next session, if one is planned.
        may_disturb: Whether the question may be sent in quiet hours; reminders never are.
        reminders: Greatest number of reminders, >= 0.
        expiry: How long the check-in can be answered, > 0.

    Returns:
        It is due at or after the end plus the delay. It closes ``expiry`` after that, or when
        the next session begins if that is earlier, but never before it is due: both are equal
        if the next session begins before the question could be asked.
    """
    due_at = (ended_at + delay).astimezone(UTC)
    if not may_disturb:
        due_at = skip_quiet_hours(due_at, quiet, zone)
    closes_at = due_at + expiry
    if next_session_at is not None and next_session_at < closes_at:
        closes_at = max(due_at, next_session_at.astimezone(UTC))
    first = next_reminder(due_at, quiet=quiet, zone=zone, closes_at=closes_at)
    awake_until = due_at + AWAKE_AFTER_SESSION if may_disturb else None
    if first is None or reminders < 1:
        return Timing(due_at, None, closes_at, awake_until=awake_until)
    return Timing(due_at, first, closes_at, reminders, awake_until)


def next_reminder(
    after: datetime, *, quiet: QuietHours, zone: ZoneInfo, closes_at: datetime
) -> datetime | None:
    """Return when the next reminder after the question, or after a reminder, is sent.

    Returns:
        The first 09:00 at least ten hours later, moved out of the quiet hours; None if that is
        not before the check-in closes.
    """
    earliest = after + MIN_REMINDER_GAP
    day = earliest.astimezone(zone).date()
    morning = instant(day, REMINDER_AT, zone)
    if morning < earliest:
        morning = instant(day + A_DAY, REMINDER_AT, zone)
    morning = skip_quiet_hours(morning, quiet, zone)
    return morning if morning < closes_at else None


def send_time(
    *, now: datetime, awake_until: datetime | None, quiet: QuietHours, zone: ZoneInfo
) -> datetime:
    """Return when a due question is sent: now, or once the quiet hours are over.

    Quiet hours do not hold it back while the patient is assumed to be awake, because their
    session was just reported or they put the question off until then. That is recorded, not
    inferred from the time at which it is due: the zone or the quiet hours may have changed since.
    """
    is_awake = awake_until is not None and now <= awake_until
    return now if is_awake else skip_quiet_hours(now, quiet, zone)


def this_evening(now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return 19:00 today, local time; None if that is past or less than an hour away."""
    evening = instant(now.astimezone(zone).date(), EVENING, zone)
    return evening if evening - now >= timedelta(hours=1) else None
