"""A calendar's RRULE as a rule of ours, or a sentence that says what to do instead.

Nothing is expanded here: a rule is compared with what we keep, field by field.
"""

import re
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Literal

from alliance.calendar.recurrence import WEEKDAYS, Rule, days, read_rule
from alliance.calendar.timing import instant, zone_named
from alliance.errors import BadPlan
from alliance.files.findings import unfit
from alliance.files.ical.ical_lines import Property
from alliance.files.parsed_calendar import Series

MOST_COUNT = 1_000
MOST_INTERVAL = 52
"""Every so many weeks, or months; what is rarer is no therapy."""

_KNOWN = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYSETPOS", "UNTIL", "COUNT", "WKST"})
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_DAY = re.compile(r"^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$")
_UNTIL = re.compile(r"^(\d{8})(?:T(\d{6})(Z?))?$")
_SUNDAY = 6


def once(first: date) -> Rule:
    """Return the rule of a single session."""
    return Rule("week", 1, (first.weekday(),), count=1)


def rule_of(found: Property, *, first: datetime, zone: str) -> Rule:
    """Return a repetition as a rule.

    Args:
        found: The RRULE.
        first: The first session, local time without a zone.
        zone: Whose clocks ``first`` and the rule mean.

    Raises:
        Unfit: We cannot keep it; the finding's words say what to do.
    """
    fields = dict(part.partition("=")[::2] for part in found.value.upper().split(";") if part)
    fields = {name.strip(): value.strip() for name, value in fields.items()}
    often = fields.get("FREQ", "")
    if often in _TOO_OFTEN:
        raise unfit(found.line, "calendar.too_often")
    if often == "DAILY":
        raise unfit(found.line, "calendar.daily")
    if often not in {"WEEKLY", "MONTHLY"} or set(fields) - _KNOWN:
        raise unfit(found.line, "calendar.rule")
    try:
        rule = _rule(fields, first, zone)
    except (ValueError, OverflowError, BadPlan):
        raise unfit(found.line, "calendar.rule") from None
    return _kept(found.line, rule, fields.get("WKST", "MO"), first.date())


def _rule(fields: dict[str, str], first: datetime, zone: str) -> Rule:
    every: Literal["week", "month"] = "week" if fields["FREQ"] == "WEEKLY" else "month"
    weekdays, nth = _days(fields, every, first.date())
    return Rule(
        every,
        int(fields.get("INTERVAL", "1")),
        weekdays,
        nth,
        until=_until(fields["UNTIL"], first, zone) if "UNTIL" in fields else None,
        count=int(fields["COUNT"]) if "COUNT" in fields else None,
    )


def _days(
    fields: dict[str, str], every: Literal["week", "month"], first: date
) -> tuple[tuple[int, ...], int | None]:
    """Return the weekdays, and for months which of them; BYSETPOS is Outlook's way to say it."""
    if every == "week" and "BYDAY" not in fields:
        return (first.weekday(),), None
    found = [_DAY.match(day.strip()) for day in fields.get("BYDAY", "").split(",")]
    named = [(day.group(1), WEEKDAYS.index(day.group(2))) for day in found if day is not None]
    if len(named) != len(found):
        raise ValueError("no weekdays")
    weekdays = tuple(sorted({day for _, day in named}))
    places = {place for place, _ in named if place} | ({fields.get("BYSETPOS", "")} - {""})
    if every == "week":
        if places:
            raise ValueError("a week has no second Tuesday")
        return weekdays, None
    if len(places) != 1 or len(named) != 1:
        raise ValueError("not one weekday of the month")
    return weekdays, int(places.pop())


def _until(text: str, first: datetime, zone: str) -> date:
    """Return the last day that may hold a session, on the clocks of the zone."""
    found = _UNTIL.match(text)
    if found is None:
        raise ValueError("no day")
    day, clock, utc = found.groups()
    at = datetime.strptime(day + (clock or "235959"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - local
    if utc:
        at = at.replace(tzinfo=UTC).astimezone(zone_named(zone)).replace(tzinfo=None)
    before = at.time() < first.time()
    return date.fromordinal(at.toordinal() - before)


def _kept(line: int, rule: Rule, begin_of_week: str, first: date) -> Rule:
    if rule.interval > MOST_INTERVAL or (rule.count or 0) > MOST_COUNT:
        raise unfit(line, "calendar.rule")
    if first.weekday() not in rule.weekdays or not _may_hold(rule, first):
        raise unfit(line, "calendar.first_day")
    apart = rule.every == "week" and rule.interval > 1 and len(rule.weekdays) > 1
    same = begin_of_week == "MO" or (begin_of_week == "SU" and _SUNDAY not in rule.weekdays)
    if apart and not same:
        raise unfit(line, "calendar.week_begins")
    return rule


def _may_hold(rule: Rule, first: date) -> bool:
    """Say whether a day is that weekday of its month which a monthly rule names."""
    if rule.nth is None:
        return True
    if rule.nth > 0:
        return (first.day - 1) // 7 + 1 == rule.nth
    return date.fromordinal(first.toordinal() + 7).month != first.month


def held(rule: Rule, *, first_day: date, among: Collection[date]) -> set[date]:
    """Return those days on which a rule has a session.

    Args:
        rule: Counts to at most ``MOST_COUNT``.
        first_day: Where counts and intervals begin.
        among: The days in question.
    """
    last = max(among, default=first_day)
    if rule.count is None and rule.every == "week":
        return {day for day in among if _in_week(rule, first_day, day)}
    found = set()
    for day in days(rule, first_day):
        if day > last:
            break
        if day in among:
            found.add(day)
    return found


def _in_week(rule: Rule, first_day: date, day: date) -> bool:
    """Say whether a weekly rule without a count has that day; no week is walked through."""
    monday = first_day - timedelta(days=first_day.weekday())
    is_in_time = first_day <= day and (rule.until is None or day <= rule.until)
    is_its_week = (day - monday).days // 7 % rule.interval == 0
    return is_in_time and is_its_week and day.weekday() in rule.weekdays


def instants_held(series: Series, among: Iterable[datetime]) -> set[datetime]:
    """Return those instants at which a series has a session."""
    zone, rule = zone_named(series.zone), read_rule(series.rule)
    day_of = {at: at.astimezone(zone).date() for at in among}
    days = held(rule, first_day=series.first_day, among=day_of.values())
    return {
        at
        for at, day in day_of.items()
        if day in days and at == instant(day, series.wall_time, zone)
    }


def last_counted(rule: Rule, count: int, first_day: date) -> date:
    """Return the day of the last session of a rule that counts; ``date.max`` beyond all days.

    A weekly one is worked out and not walked through: a file may hold thousands.
    """
    if rule.every == "month":
        return next(islice(days(rule, first_day), count - 1, None), date.max)
    monday = first_day - timedelta(days=first_day.weekday())
    this_week = [day for day in rule.weekdays if day >= first_day.weekday()]
    if count <= len(this_week):
        return monday + timedelta(days=this_week[count - 1])
    weeks, place = divmod(count - len(this_week) - 1, len(rule.weekdays))
    return monday + timedelta(weeks=(weeks + 1) * rule.interval, days=rule.weekdays[place])
