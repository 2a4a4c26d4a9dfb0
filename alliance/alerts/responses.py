"""What a therapist says to an alert, when a put-off alert comes again, how often one was right."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from alliance.calendar.timing import Quiet, instant, out_of_quiet


class Response(StrEnum):
    """What a therapist says to an alert. A later one takes the place of the earlier."""

    SEEN = "seen"  # read, no more
    TALKED = "talked"  # it was talked about with the patient
    NOT_RUPTURE = "not_rupture"  # it was nothing of that kind


class Snooze(StrEnum):
    """Until when an alert is put off; it stays open meanwhile."""

    TOMORROW = "tomorrow"
    SESSION = "session"  # before the patient's next session


MORNING = time(9, 0)
"""What "tomorrow" means, local time of the therapist."""

BEFORE_SESSION = timedelta(hours=1)
"""How long before the next session a put-off alert comes again."""

LAST_MINUTES = timedelta(minutes=5)
"""So long before quiet hours begin, where the hour before the session lies in them."""

ENOUGH = 20
"""Answered alerts from which on a site's own share is told. At 20 a true share of one in three
shows as anything from 15 to 55 % (95 % of the time, binomial); with fewer it says still less."""


def snoozed_until(
    snooze: Snooze, *, now: datetime, zone: ZoneInfo, quiet: Quiet, next_session_at: datetime | None
) -> datetime | None:
    """Return when a put-off alert comes again; None where that cannot be in time.

    Args:
        snooze: What was chosen.
        now: Aware.
        zone: The therapist's.
        quiet: The therapist's quiet hours, local; nothing comes in them.
        next_session_at: When the patient's next session begins, if one is planned.

    Returns:
        Tomorrow is the next local day at nine, moved behind the quiet hours. Before the session
        is one hour before it begins; where that hour is quiet, as soon as it no longer is, or,
        when that would be too late, just before the quiet hours began.
    """
    if snooze is Snooze.TOMORROW:
        day = now.astimezone(zone).date() + timedelta(days=1)
        return out_of_quiet(instant(day, MORNING, zone), quiet, zone)
    if next_session_at is None:
        return None
    wanted = next_session_at - BEFORE_SESSION
    at = out_of_quiet(wanted, quiet, zone)
    if at >= next_session_at:
        at = _before_quiet(wanted, quiet, zone)
    is_quiet = quiet.holds(at.astimezone(zone).time())
    return at if now < at < next_session_at and not is_quiet else None


def _before_quiet(at: datetime, quiet: Quiet, zone: ZoneInfo) -> datetime:
    """Return the last minutes before the quiet hours in which ``at`` lies."""
    local = at.astimezone(zone)
    begun = instant(local.date(), quiet.begin, zone)
    if begun > at:
        begun = instant(local.date() - timedelta(days=1), quiet.begin, zone)
    return begun - LAST_MINUTES


def own_share(*, right: int, wrong: int) -> float | None:
    """Return the share of a site's alerts that were right, 0 to 1; None with too few answers.

    Args:
        right: Alerts on ratings to which the therapist said "Talked about it".
        wrong: Those to which the therapist said "Not a rupture".

    >>> own_share(right=5, wrong=15), own_share(right=5, wrong=14)
    (0.25, None)
    """
    answered = right + wrong
    return right / answered if answered >= ENOUGH else None
