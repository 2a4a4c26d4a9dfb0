"""A plan that is being entered, and the timetable that it becomes. Pure."""

from datetime import date, time, timedelta

from alliance.calendar.holidays import NO_HOLIDAYS
from alliance.calendar.recurrence import WEEKDAYS, RecurrenceRule, parse_rule
from alliance.calendar.timetable import PlanSettings, Timetable
from alliance.calendar.timing import A_MINUTE, NO_QUIET_HOURS, QuietHours, parse_quiet_hours
from alliance.errors import Refusal

PlanDraft = dict[str, str]
"""Values by name, each as its parser returned it. Settings that are missing use the site's:

``days`` (``MO,WE``; ``2TU`` or ``-1FR`` for months), ``every`` (weeks or months), ``first``,
``until``, ``count``, ``time``, ``zone``, ``duration``, ``delay``, ``instrument``, ``reminders``,
``quiet``, ``expiry`` (hours), ``holidays``.
"""

REQUIRED_FIELDS = ("days", "time")
NONE = "none"


def first_missing(filled: PlanDraft) -> str | None:
    """Return the first required field that is still missing."""
    return next((name for name in REQUIRED_FIELDS if name not in filled), None)


def rule_of(filled: PlanDraft) -> RecurrenceRule:
    """Return the recurrence rule of the draft."""
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
    return parse_rule(";".join(parts))


def timetable_of(filled: PlanDraft, *, today: date) -> Timetable:
    """Return the timetable of a complete draft; without a first day, it begins today.

    A plan that is changed keeps its first day: "every second week" counts from there.

    Raises:
        Refusal: A required field is missing, so the button belongs to another step.
    """
    if first_missing(filled) is not None:
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


def draft_from(timetable: Timetable) -> PlanDraft:
    """Return the draft that gives this timetable."""
    rule = timetable.rule
    days = ",".join(WEEKDAYS[day] for day in rule.weekdays)
    fields = {
        "days": days if rule.nth is None else f"{rule.nth}{days}",
        "every": str(rule.interval) if rule.interval > 1 else None,
        "first": timetable.first_day.isoformat(),
        "until": rule.until and rule.until.isoformat(),
        "count": rule.count and str(rule.count),
        "time": f"{timetable.wall_time:%H:%M}",
        "zone": timetable.zone,
    }
    return {name: value for name, value in fields.items() if value} | settings_from(timetable)


def settings_from(settings: Timetable | PlanSettings) -> PlanDraft:
    """Return the settings that are not None, in the form of a draft."""
    fields = {
        "duration": _count(settings.duration, A_MINUTE),
        "delay": _count(settings.delay, A_MINUTE),
        "instrument": settings.instrument,
        "reminders": None if settings.reminders is None else str(settings.reminders),
        "quiet": None if settings.quiet is None else _quiet_text(settings.quiet),
        "expiry": _count(settings.expiry, timedelta(hours=1)),
        "holidays": NONE if settings.holidays == NO_HOLIDAYS else settings.holidays,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _count(duration: timedelta | None, unit: timedelta) -> str | None:
    return None if duration is None else str(round(duration / unit))


def _minutes(value: str | None) -> timedelta | None:
    return None if value is None else timedelta(minutes=int(value))


def _hours(value: str | None) -> timedelta | None:
    return None if value is None else timedelta(hours=int(value))


def _quiet(value: str | None) -> QuietHours | None:
    if value is None:
        return None
    return NO_QUIET_HOURS if value == NONE else parse_quiet_hours(value)


def _quiet_text(quiet: QuietHours) -> str:
    return NONE if quiet.begin == quiet.end else quiet.text()


def _region(value: str | None) -> str | None:
    return NO_HOLIDAYS if value == NONE else value
