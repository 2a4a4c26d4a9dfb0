"""A plan in plain words. Pure: the same plan and the same defaults give the same words."""

from datetime import date, datetime, time, timedelta

from babel.dates import format_date, get_day_names, get_timezone_location
from babel.lists import format_list

from alliance.calendar.recurrence import RecurrenceRule
from alliance.calendar.timetable import SiteDefaults, Timetable
from alliance.calendar.timing import A_MINUTE, QuietHours, zone_named
from alliance.checkins.instruments import instrument
from handlers.texts import say


def describe_plan(
    language: str, plan: Timetable, defaults: SiteDefaults, *, today: date, group: bool = False
) -> str:
    """Return a plan as one sentence without its full stop.

    Args:
        language: Two letters.
        plan: The plan's timetable.
        defaults: The site's settings, where the plan has none of its own.
        today: The first day is mentioned only if it is later than this.
        group: Whether it is a group's plan; groups have an instrument of their own.

    Returns:
        When the sessions are and when the question comes; settings that are rarely changed only
        where they differ from the site's.
    """
    settings = plan.resolve_settings(defaults, group=group)
    usual_instrument = defaults.group_instrument if group else defaults.instrument
    parts = [
        f"{recurrence_text(language, plan.rule)} {time_span(language, plan, settings.duration)}",
        *_bounds(language, plan, today),
        delay_text(language, settings.delay),
        quiet_hours(language, settings.quiet),
        reminders(language, settings.reminders),
    ]
    if settings.expiry != defaults.expiry:
        parts.append(say(language, "plan.words.expiry", length=length(language, settings.expiry)))
    if settings.instrument != usual_instrument:
        name = instrument(settings.instrument).name
        parts.append(say(language, "plan.words.instrument", instrument=name))
    if settings.holidays:
        parts.append(say(language, "plan.words.holidays", region=settings.holidays))
    elif defaults.holidays:
        parts.append(say(language, "plan.words.holidays_too"))
    return ", ".join(parts)


def recurrence_text(language: str, rule: RecurrenceRule) -> str:
    """Return on which days, e.g. "every second Tuesday" or "the last Friday of every month"."""
    names = get_day_names("wide", locale=language)
    days = [names[day] for day in rule.weekdays]
    words = {"day": format_list(days, locale=language), "interval": rule.interval}
    often = {1: "1", 2: "2"}.get(rule.interval, "n")
    if rule.nth is not None:
        nth = say(language, f"plan.nth.{rule.nth}")
        return say(language, f"plan.words.month.{often}", nth=nth, **words)
    several = "days" if len(days) > 1 and rule.interval > 1 else "week"
    return say(language, f"plan.words.{several}.{often}", **words)


def time_span(language: str, plan: Timetable, duration: timedelta) -> str:
    """Return start, end and time zone of a session, e.g. "14:00–14:50 Berlin time"."""
    begin = datetime.combine(date(2024, 1, 1), plan.wall_time)
    span = f"{begin:%H:%M}–{begin + duration:%H:%M}"
    return f"{span} {zone_name(language, plan.zone)}"


def zone_name(language: str, zone: str) -> str:
    """Return a time zone by the name of its town: "Berlin time"."""
    town = get_timezone_location(zone_named(zone), locale=language, return_city=True)
    town = town.rpartition("/")[2]
    return town if town == "UTC" else say(language, "plan.words.zone", town=town)


def _bounds(language: str, plan: Timetable, today: date) -> list[str]:
    rule, parts = plan.rule, []
    if plan.first_day > today:
        parts.append(say(language, "plan.words.from", day=date_with_year(language, plan.first_day)))
    if rule.until is not None:
        parts.append(say(language, "plan.words.until", day=date_with_year(language, rule.until)))
    if rule.count is not None:
        key = "plan.words.once" if rule.count == 1 else "plan.words.count"
        parts.append(say(language, key, count=rule.count))
    return parts


def date_with_year(language: str, when: date) -> str:
    """Return a day with its year, e.g. 1 Dec 2026."""
    return format_date(when, say(language, "date.short_long"), locale=language)


def length(language: str, span: timedelta) -> str:
    """Return a duration in minutes, or in hours if these are whole."""
    minutes = round(span / A_MINUTE)
    if minutes % 60 or not minutes:
        return say(language, "length.minute" if minutes == 1 else "length.minutes", count=minutes)
    hours = minutes // 60
    return say(language, "length.hour" if hours == 1 else "length.hours", count=hours)


def delay_text(language: str, delay: timedelta) -> str:
    """Return when the question comes."""
    if not delay:
        return say(language, "plan.words.at_once")
    return say(language, "plan.words.delay", length=length(language, delay))


def quiet_hours(language: str, quiet: QuietHours) -> str:
    """Return the hours in which no messages are sent."""
    if quiet.begin == quiet.end:
        return say(language, "plan.words.no_quiet")
    return say(
        language,
        "plan.words.quiet",
        begin=wall_time_text(quiet.begin),
        end=wall_time_text(quiet.end),
    )


def reminders(language: str, count: int) -> str:
    """Return the number of reminders."""
    return say(language, f"plan.words.reminders.{count}")


def wall_time_text(wall_time: time) -> str:
    """Return a wall time as it is typed; the same in every language."""
    return f"{wall_time:%H:%M}"
