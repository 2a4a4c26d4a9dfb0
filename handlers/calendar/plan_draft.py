"""A plan in the making: what was filled in so far, and the timetable it becomes. Pure."""

from datetime import date, time, timedelta

from alliance.calendar.holidays import NO_HOLIDAYS
from alliance.calendar.recurrence import WEEKDAYS, Rule, read_rule
from alliance.calendar.timetable import Terms, Timetable
from alliance.calendar.timing import NEVER_QUIET, Quiet
from alliance.errors import Refusal

Filled = dict[str, str]
"""Values by name, each as its reader returned it. What is not there is as the site has it:

``days`` (``MO,WE``; ``2TU`` or ``-1FR`` for months), ``every`` (weeks or months), ``first``,
``until``, ``count``, ``time``, ``zone``, ``duration``, ``delay``, ``instrument``, ``reminders``,
``quiet``, ``expiry`` (hours), ``holidays``.
"""

NEEDED = ("days", "time")
NONE = "none"


def missing(filled: Filled) -> str | None:
    """Return the first thing that a plan cannot do without and that is not said yet."""
    return next((name for name in NEEDED if name not in filled), None)


def rule_of(filled: Filled) -> Rule:
    """Return on which days the sessions are."""
    days = filled["days"]
    parts = [
        f"FREQ={'WEEKLY' if days[:2] in WEEKDAYS else 'MONTHLY'}",
        f"INTERVAL={filled.get('every', '1')}",
        f"BYDAY={days}",
    ]
    if "until" in filled:
        parts.append(f"UNTIL={filled['until'].replace('-', '')}")
    if "count" in filled:
        parts.append(f"COUNT={filled['count']}")
    return read_rule(";".join(parts))


def timetable_of(filled: Filled, *, today: date) -> Timetable:
    """Return the plan once nothing is missing; it begins today where no first day was said.

    The first day of a plan that is changed stays: "every second week" counts from there.

    Raises:
        Refusal: Something is missing; the button is one of another step.
    """
    if missing(filled) is not None:
        raise Refusal("stale_button")
    return Timetable(
        rule=rule_of(filled),
        first_day=date.fromisoformat(filled["first"]) if "first" in filled else today,
        wall_time=time.fromisoformat(filled["time"]),
        zone=filled["zone"],
        duration=_minutes(filled.get("duration")),
        delay=_minutes(filled.get("delay")),
        instrument=filled.get("instrument"),
        quiet=_quiet(filled.get("quiet")),
        reminders=int(filled["reminders"]) if "reminders" in filled else None,
        expiry=_hours(filled.get("expiry")),
        holidays=_region(filled.get("holidays")),
    )


def filled_from(plan: Timetable) -> Filled:
    """Return what a coordinator would have filled in for a plan that there is."""
    rule = plan.rule
    days = ",".join(WEEKDAYS[day] for day in rule.weekdays)
    said = {
        "days": days if rule.nth is None else f"{rule.nth}{days}",
        "every": str(rule.interval) if rule.interval > 1 else None,
        "first": plan.first_day.isoformat(),
        "until": rule.until and rule.until.isoformat(),
        "count": rule.count and str(rule.count),
        "time": f"{plan.wall_time:%H:%M}",
        "zone": plan.zone,
    }
    return {name: value for name, value in said.items() if value} | settings_from(plan)


def settings_from(settings: Timetable | Terms) -> Filled:
    """Return the settings that are said, in the form that is kept."""
    said = {
        "duration": _count(settings.duration, timedelta(minutes=1)),
        "delay": _count(settings.delay, timedelta(minutes=1)),
        "instrument": settings.instrument,
        "reminders": None if settings.reminders is None else str(settings.reminders),
        "quiet": None if settings.quiet is None else _quiet_text(settings.quiet),
        "expiry": _count(settings.expiry, timedelta(hours=1)),
        "holidays": NONE if settings.holidays == NO_HOLIDAYS else settings.holidays,
    }
    return {name: value for name, value in said.items() if value is not None}


def _count(length: timedelta | None, unit: timedelta) -> str | None:
    return None if length is None else str(round(length / unit))


def _minutes(kept: str | None) -> timedelta | None:
    return None if kept is None else timedelta(minutes=int(kept))


def _hours(kept: str | None) -> timedelta | None:
    return None if kept is None else timedelta(hours=int(kept))


def _quiet(kept: str | None) -> Quiet | None:
    if kept is None:
        return None
    if kept == NONE:
        return NEVER_QUIET
    begin, _, end = kept.partition("-")
    return Quiet(time.fromisoformat(begin), time.fromisoformat(end))


def _quiet_text(quiet: Quiet) -> str:
    return NONE if quiet.begin == quiet.end else f"{quiet.begin:%H:%M}-{quiet.end:%H:%M}"


def _region(kept: str | None) -> str | None:
    return NO_HOLIDAYS if kept == NONE else kept
