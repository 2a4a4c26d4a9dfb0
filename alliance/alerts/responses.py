"""A therapist's response to an alert, snoozing, and a site's share of correct alerts."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from alliance.calendar.timing import A_DAY, QuietHours, instant, skip_quiet_hours


class Response(StrEnum):
    """A therapist's response to an alert; a later one replaces it."""

    SEEN = "seen"  # read, nothing more
    TALKED = "talked"  # talked about with the patient
    NOT_RUPTURE = "not_rupture"  # a false alarm


class Snooze(StrEnum):
    """How long an alert is snoozed; it stays open meanwhile."""

    TOMORROW = "tomorrow"
    SESSION = "session"  # before the patient's next session


MORNING = time(9, 0)
"""The time that "tomorrow" means, in the therapist's local time."""

BEFORE_SESSION = timedelta(hours=1)
"""How long before the next session a snoozed alert comes back."""

BEFORE_QUIET_HOURS = timedelta(minutes=5)
"""How long before the quiet hours it comes back if they cover the hour before the session."""

MIN_ANSWERED_ALERTS = 20
"""Fewest answered alerts for which a site's own share is shown. At 20, a true share of one in
three is observed as anything from 15 to 55 % (95 % interval, binomial)."""


def snooze_end(
    snooze: Snooze,
    *,
    now: datetime,
    zone: ZoneInfo,
    quiet: QuietHours,
    next_session_at: datetime | None,
) -> datetime | None:
    """Return when a snoozed alert comes back; None if that cannot be in time.

    Args:
        snooze: The therapist's choice.
        now: Aware.
        zone: The therapist's time zone.
        quiet: The therapist's quiet hours, local time.
        next_session_at: Start of the patient's next session, if one is planned.

    Returns:
        "Tomorrow" is 09:00 on the next local day, or the end of the quiet hours if later.
        "Session" is one hour before it starts. If that falls into quiet hours, it is their end;
        if that is too late, it is just before they begin.
    """
    if snooze is Snooze.TOMORROW:
        day = now.astimezone(zone).date() + A_DAY
        return skip_quiet_hours(instant(day, MORNING, zone), quiet, zone)
    if next_session_at is None:
        return None
    wanted = next_session_at - BEFORE_SESSION
    at = skip_quiet_hours(wanted, quiet, zone)
    if at >= next_session_at:
        at = _before_quiet(wanted, quiet, zone)
    is_quiet = quiet.contains(at.astimezone(zone).time())
    return at if now < at < next_session_at and not is_quiet else None


def _before_quiet(at: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """Return the moment just before the quiet hours that contain ``at``."""
    local = at.astimezone(zone)
    began_at = instant(local.date(), quiet.begin, zone)
    if began_at > at:
        began_at = instant(local.date() - A_DAY, quiet.begin, zone)
    return began_at - BEFORE_QUIET_HOURS


def site_right_share(*, right: int, wrong: int) -> float | None:
    """Return a site's share of correct alerts, 0 to 1; None with too few responses.

    Args:
        right: Alerts on ratings that the therapist answered with "Talked about it".
        wrong: Alerts on ratings that the therapist answered with "Not a rupture".

    >>> site_right_share(right=5, wrong=15), site_right_share(right=5, wrong=14)
    (0.25, None)
    """
    answered = right + wrong
    return right / answered if answered >= MIN_ANSWERED_ALERTS else None
