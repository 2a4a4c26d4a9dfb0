"""Convert a calendar's RRULE to our own rule, or say what to do instead.

Rules are never expanded here; each field is compared with what we support.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Literal

from alliance.calendar.recurrence import WEEKDAYS, RecurrenceRule, parse_rule, session_days
from alliance.calendar.timing import A_DAY, instant, zone_named
from alliance.errors import BadPlan
from alliance.files.findings import error_at
from alliance.files.ical.ical_lines import Property
from alliance.files.parsed_calendar import Series

MAX_COUNT = 1_000
MAX_INTERVAL = 52
"""In weeks or months; longer intervals do not occur in therapy."""

_KNOWN = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYSETPOS", "UNTIL", "COUNT", "WKST"})
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_DAY = re.compile(r"^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$")
_UNTIL = re.compile(r"^(\d{8})(?:T(\d{6})(Z?))?$")
_SUNDAY = 6


def single_session_rule(first: date) -> RecurrenceRule:
    """Return the rule of a single session."""
    return RecurrenceRule("week", 1, (first.weekday(),), count=1)


def rule_of(rrule: Property, *, first: datetime, zone: str) -> RecurrenceRule:
    """Convert an RRULE.

    Args:
        rrule: The RRULE.
        first: Start of the first session, local time without a zone.
        zone: Time zone of ``first`` and of the rule.

    Raises:
        BadFile: The rule is not supported; the finding says what to do.
    """
    pairs = [part.partition("=")[::2] for part in rrule.value.upper().split(";") if part.strip()]
    fields = {name.strip(): value.strip() for name, value in pairs}
    if len(fields) < len(pairs):
        raise error_at(rrule.line, "calendar.rule")
    frequency = fields.get("FREQ", "")
    if frequency in _TOO_OFTEN:
        raise error_at(rrule.line, "calendar.too_often")
    if frequency == "DAILY":
        raise error_at(rrule.line, "calendar.daily")
    if frequency not in {"WEEKLY", "MONTHLY"} or set(fields) - _KNOWN:
        raise error_at(rrule.line, "calendar.rule")
    try:
        rule = _rule(fields, first, zone)
    except (ValueError, OverflowError, BadPlan):
        raise error_at(rrule.line, "calendar.rule") from None
    return _check_supported(rrule.line, rule, fields.get("WKST", "MO"), first.date())


def _rule(fields: dict[str, str], first: datetime, zone: str) -> RecurrenceRule:
    every: Literal["week", "month"] = "week" if fields["FREQ"] == "WEEKLY" else "month"
    weekdays, nth = _days(fields, every, first.date())
    return RecurrenceRule(
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
    """Return the weekdays, and for months the n; Outlook writes the n as BYSETPOS."""
    if every == "week" and "BYDAY" not in fields:
        return (first.weekday(),), None
    matches = [_DAY.match(day.strip()) for day in fields.get("BYDAY", "").split(",")]
    days = [(day.group(1), WEEKDAYS.index(day.group(2))) for day in matches if day is not None]
    if len(days) != len(matches):
        raise ValueError("not a list of weekdays")
    weekdays = tuple(sorted({day for _, day in days}))
    numbers = {number for number, _ in days if number} | ({fields.get("BYSETPOS", "")} - {""})
    if every == "week":
        if numbers:
            raise ValueError("a weekly rule cannot number its weekdays")
        return weekdays, None
    if len(numbers) != 1 or len(days) != 1:
        raise ValueError("a monthly rule needs one numbered weekday")
    return weekdays, int(numbers.pop())


def _until(text: str, first: datetime, zone: str) -> date:
    """Return the last local day that may have a session."""
    match = _UNTIL.match(text)
    if match is None:
        raise ValueError("not a date")
    day, time_of_day, utc = match.groups()
    at = datetime.strptime(day + (time_of_day or "235959"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - local
    if utc:
        at = at.replace(tzinfo=UTC).astimezone(zone_named(zone)).replace(tzinfo=None)
    ends_before_session = at.time() < first.time()
    return date.fromordinal(at.toordinal() - ends_before_session)


def _check_supported(
    line: int, rule: RecurrenceRule, week_start: str, first: date
) -> RecurrenceRule:
    if rule.interval > MAX_INTERVAL or (rule.count or 0) > MAX_COUNT:
        raise error_at(line, "calendar.rule")
    if first.weekday() not in rule.weekdays or not _matches_nth(rule, first):
        raise error_at(line, "calendar.first_day")
    depends_on_week_start = rule.every == "week" and rule.interval > 1 and len(rule.weekdays) > 1
    is_equivalent = week_start == "MO" or (week_start == "SU" and _SUNDAY not in rule.weekdays)
    if depends_on_week_start and not is_equivalent:
        raise error_at(line, "calendar.week_begins")
    return rule


def _matches_nth(rule: RecurrenceRule, first: date) -> bool:
    """Whether a day is the nth of its weekday in the month, as a monthly rule demands."""
    if rule.nth is None:
        return True
    if rule.nth > 0:
        return (first.day - 1) // 7 + 1 == rule.nth
    return date.fromordinal(first.toordinal() + 7).month != first.month


def days_held(rule: RecurrenceRule, *, first_day: date, among: Collection[date]) -> set[date]:
    """Return those of some days on which a rule has a session.

    Args:
        rule: Its count is at most ``MAX_COUNT``.
        first_day: Where counts and intervals start.
        among: The days to check.
    """
    last = max(among, default=first_day)
    if rule.count is None and rule.every == "week":
        return {day for day in among if _has_weekly_session(rule, first_day, day)}
    held = set()
    for day in session_days(rule, first_day):
        if day > last:
            break
        if day in among:
            held.add(day)
    return held


def _has_weekly_session(rule: RecurrenceRule, first_day: date, day: date) -> bool:
    """Whether a weekly rule without a count has a session on that day, without iterating."""
    monday = first_day - timedelta(days=first_day.weekday())
    is_in_range = first_day <= day and (rule.until is None or day <= rule.until)
    is_active_week = (day - monday).days // 7 % rule.interval == 0
    return is_in_range and is_active_week and day.weekday() in rule.weekdays


def instants_held(series: Series, among: Iterable[datetime]) -> set[datetime]:
    """Return those of some instants at which a series has a session."""
    zone, rule = zone_named(series.zone), parse_rule(series.rule)
    day_of = {at: at.astimezone(zone).date() for at in among}
    days = days_held(rule, first_day=series.first_day, among=day_of.values())
    return {
        at
        for at, day in day_of.items()
        if day in days and at == instant(day, series.wall_time, zone)
    }


def cut_series(series: Series, cut_at: datetime) -> Series | None:
    """Return a series without the sessions from an instant on; None if nothing is left."""
    rule = parse_rule(series.rule)
    last_day = cut_at.astimezone(zone_named(series.zone)).date() - A_DAY
    if rule.until is not None:
        last_day = min(last_day, rule.until)
    if last_day < series.first_day:
        return None
    return replace(series, rule=replace(rule, until=last_day).text())


def last_day_by_count(rule: RecurrenceRule, count: int, first_day: date) -> date:
    """Return the day of the last session of a rule with a count; at most ``date.max``.

    For weekly rules it is computed without iterating, because a file may contain thousands.
    """
    if rule.every == "month":
        return next(islice(session_days(rule, first_day), count - 1, None), date.max)
    monday = first_day - timedelta(days=first_day.weekday())
    first_week = [day for day in rule.weekdays if day >= first_day.weekday()]
    if count <= len(first_week):
        return monday + timedelta(days=first_week[count - 1])
    weeks, index = divmod(count - len(first_week) - 1, len(rule.weekdays))
    return monday + timedelta(weeks=(weeks + 1) * rule.interval, days=rule.weekdays[index])
