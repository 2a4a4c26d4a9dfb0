"""Wall times of sessions: what stays the same when the rules of a time zone change.

A session is agreed by the clock on the wall. Its instant is only computed, and computed again
when a country changes its clocks.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from alliance.calendar.timing import A_DAY, instant

MAX_RULE_CHANGE = timedelta(hours=1)
"""No country has moved its clocks by more in our time, short of crossing the date line."""


def wall_time_of(moment: datetime, zone: ZoneInfo) -> str:
    """Return what clocks in a zone show at a moment, e.g. ``2025-04-01T14:00``."""
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}"


def rule_time_of(planned_for: datetime, wall_time: time, zone: ZoneInfo) -> str:
    """Return the local day and wall time that a plan's rule gives for a session.

    It is what clocks show then, except for a time that a clock change skips: a session at 02:30
    begins when clocks show 03:30.
    """
    skipped = instant(planned_for.astimezone(zone).date(), wall_time, zone)
    if skipped == planned_for:
        return f"{planned_for.astimezone(zone):%Y-%m-%d}T{wall_time:%H:%M}"
    return wall_time_of(planned_for, zone)


def nearest_rule_time(planned_for: datetime, wall_time: time, zone: ZoneInfo) -> str:
    """Return a session's local day and wall time if the zone's rules may have changed since.

    ``planned_for`` may be an hour off. A session that is not at the plan's time at all was
    carried over from another plan; it keeps the time that clocks show.
    """
    today = planned_for.astimezone(zone).date()
    for day in (today, today - A_DAY, today + A_DAY):
        if abs(instant(day, wall_time, zone) - planned_for) <= MAX_RULE_CHANGE:
            return f"{day.isoformat()}T{wall_time:%H:%M}"
    return wall_time_of(planned_for, zone)


def instant_of(wall_time: str, zone: ZoneInfo, computed: datetime) -> datetime:
    """Return the instant of a wall time by the rules of today.

    Args:
        wall_time: As ``wall_time_of`` returns it.
        zone: The time zone.
        computed: The instant as last computed. It stays if clocks still show that time then: of
            a time that occurs twice, it may be the second.
    """
    if wall_time_of(computed, zone) == wall_time:
        return computed
    local = datetime.fromisoformat(wall_time)
    return instant(local.date(), local.time(), zone)
