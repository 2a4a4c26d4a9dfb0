"""A plan in plain words. Pure: the same plan and the same defaults read the same."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_day_names, get_timezone_location
from babel.lists import format_list

from alliance.calendar.recurrence import Rule
from alliance.calendar.timetable import Defaults, Timetable
from alliance.calendar.timing import Quiet
from alliance.checkins.instruments import instrument
from handlers.texts import say

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def in_words(
    language: str, plan: Timetable, defaults: Defaults, *, today: date, group: bool = False
) -> str:
    """Return a plan as one sentence without its full stop.

    Args:
        language: Two letters.
        plan: What is to be read.
        defaults: What the site has where the plan says nothing.
        today: A first day later than this is told.
        group: Whether it is a group's plan; groups are asked with an instrument of their own.

    Returns:
        Always when and what follows; what is seldom set only where it is not as usual.
    """
    terms = plan.terms(defaults, group=group)
    usual = defaults.group_instrument if group else defaults.instrument
    parts = [
        f"{rhythm(language, plan.rule)} {clocks(language, plan, terms.duration)}",
        *_bounds(language, plan, today),
        after_the_end(language, terms.delay),
        quiet_hours(language, terms.quiet),
        reminders(language, terms.reminders),
    ]
    if terms.expiry != defaults.expiry:
        parts.append(say(language, "plan.words.expiry", length=length(language, terms.expiry)))
    if terms.instrument != usual:
        name = instrument(terms.instrument).name
        parts.append(say(language, "plan.words.instrument", instrument=name))
    if terms.holidays:
        parts.append(say(language, "plan.words.holidays", region=terms.holidays))
    elif defaults.holidays:
        parts.append(say(language, "plan.words.holidays_too"))
    return ", ".join(parts)


def rhythm(language: str, rule: Rule) -> str:
    """Return on which days, e.g. "every second Tuesday" or "the last Friday of every month"."""
    names = get_day_names("wide", locale=language)
    which = [names[day] for day in rule.weekdays]
    words = {"day": format_list(which, locale=language), "interval": rule.interval}
    often = {1: "1", 2: "2"}.get(rule.interval, "n")
    if rule.nth is not None:
        nth = say(language, f"plan.nth.{rule.nth}")
        return say(language, f"plan.words.month.{often}", nth=nth, **words)
    several = "days" if len(which) > 1 and rule.interval > 1 else "week"
    return say(language, f"plan.words.{several}.{often}", **words)


def clocks(language: str, plan: Timetable, duration: timedelta) -> str:
    """Return from when to when by whose clocks, e.g. "14:00–14:50 Berlin time"."""
    begin = datetime.combine(date(2024, 1, 1), plan.wall_time)
    span = f"{begin:%H:%M}–{begin + duration:%H:%M}"
    return f"{span} {zone_name(language, plan.zone)}"


def zone_name(language: str, zone: str) -> str:
    """Return whose clocks are meant, by the zone's town: "Berlin time"."""
    town = get_timezone_location(ZoneInfo(zone), locale=language, return_city=True)
    town = town.rpartition("/")[2]
    return town if town == "UTC" else say(language, "plan.words.zone", town=town)


def _bounds(language: str, plan: Timetable, today: date) -> list[str]:
    rule, parts = plan.rule, []
    if plan.first_day > today:
        parts.append(say(language, "plan.words.from", day=day(language, plan.first_day)))
    if rule.until is not None:
        parts.append(say(language, "plan.words.until", day=day(language, rule.until)))
    if rule.count is not None:
        key = "plan.words.once" if rule.count == 1 else "plan.words.count"
        parts.append(say(language, key, count=rule.count))
    return parts


def day(language: str, when: date) -> str:
    """Return a day with its year, e.g. 1 Dec 2026."""
    return format_date(when, say(language, "date.short_long"), locale=language)


def length(language: str, span: timedelta) -> str:
    """Return a length in minutes, or in hours where it has no odd minutes."""
    minutes = round(span / MINUTE)
    if minutes % 60 or not minutes:
        return say(language, "length.minute" if minutes == 1 else "length.minutes", count=minutes)
    hours = minutes // 60
    return say(language, "length.hour" if hours == 1 else "length.hours", count=hours)


def after_the_end(language: str, delay: timedelta) -> str:
    """Return when the question comes."""
    if not delay:
        return say(language, "plan.words.at_once")
    return say(language, "plan.words.delay", length=length(language, delay))


def quiet_hours(language: str, quiet: Quiet) -> str:
    """Return when nobody is written to."""
    if quiet.begin == quiet.end:
        return say(language, "plan.words.no_quiet")
    return say(language, "plan.words.quiet", begin=at(quiet.begin), end=at(quiet.end))


def reminders(language: str, count: int) -> str:
    """Return how often is reminded."""
    return say(language, f"plan.words.reminders.{count}")


def at(wall_time: time) -> str:
    """Return a wall time as coordinators type it; the same in every language."""
    return f"{wall_time:%H:%M}"
