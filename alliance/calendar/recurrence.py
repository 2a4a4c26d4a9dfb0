"""Recurrence rules: on which days sessions take place, and the instants that follow from them.

A rule is a small subset of RFC 5545's RRULE: every n weeks on some weekdays, or every n months
on the nth (or last) weekday; until a day or for a number of sessions.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from alliance.calendar.timing import A_DAY, instant, zone_named
from alliance.errors import BadPlan

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LAST = -1
_MONTHLY_DAY = re.compile(r"^(-1|[1-5])(MO|TU|WE|TH|FR|SA|SU)$")


@dataclass(frozen=True, slots=True)
class RecurrenceRule:
    """On which days sessions take place.

    Attributes:
        every: ``week`` or ``month``.
        interval: Number of weeks or months between repetitions, >= 1.
        weekdays: 0 is Monday; sorted, at least one; exactly one for monthly rules.
        nth: For monthly rules: 1 to 5, or -1 for the last; else None.
        until: Last day that may have a session.
        count: Number of sessions, counted from the plan's first day.
    """

    every: Literal["week", "month"]
    interval: int
    weekdays: tuple[int, ...]
    nth: int | None = None
    until: date | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        """Refuse invalid combinations."""
        if self.interval < 1:
            raise BadPlan("The interval must be at least 1.")
        if not self.weekdays or not all(0 <= day <= 6 for day in self.weekdays):
            raise BadPlan("A plan needs at least one weekday.")
        if list(self.weekdays) != sorted(set(self.weekdays)):
            raise BadPlan("List each weekday once, starting with Monday.")
        if (self.every == "month") != (self.nth is not None):
            raise BadPlan("A monthly plan names which weekday of the month; a weekly one does not.")
        if self.every == "month" and len(self.weekdays) != 1:
            raise BadPlan("A monthly plan has one weekday.")
        if self.nth is not None and self.nth != LAST and not 1 <= self.nth <= 5:
            raise BadPlan("The weekday of the month is 1 to 5, or -1 for the last.")
        if self.count is not None and self.count < 1:
            raise BadPlan("The number of sessions must be at least 1.")

    def text(self) -> str:
        """Return the rule as RRULE text."""
        days = ",".join(WEEKDAYS[day] for day in self.weekdays)
        prefix = "" if self.nth is None else str(self.nth)
        parts = [f"FREQ={'WEEKLY' if self.every == 'week' else 'MONTHLY'}"]
        parts += [f"INTERVAL={self.interval}"] if self.interval > 1 else []
        parts.append(f"BYDAY={prefix}{days}")
        parts += [f"UNTIL={self.until:%Y%m%d}"] if self.until else []
        parts += [f"COUNT={self.count}"] if self.count else []
        return ";".join(parts)


def parse_rule(text: str) -> RecurrenceRule:
    """Parse what ``RecurrenceRule.text`` returned, or a rule from a calendar.

    Raises:
        BadPlan: The text is not a rule, or the rule is outside the supported subset.
    """
    fields = dict(part.partition("=")[::2] for part in text.upper().strip().split(";") if part)
    unknown = set(fields) - {"FREQ", "INTERVAL", "BYDAY", "UNTIL", "COUNT", "WKST"}
    if unknown:
        raise BadPlan(f"This kind of repetition is not supported: {', '.join(sorted(unknown))}.")
    if fields.get("WKST", "MO") != "MO":
        raise BadPlan("Weeks must begin on Monday.")
    try:
        interval = int(fields.get("INTERVAL", "1"))
        count = int(fields["COUNT"]) if "COUNT" in fields else None
        until = (
            datetime.strptime(fields["UNTIL"][:8], "%Y%m%d").date()  # noqa: DTZ007 - a date
            if "UNTIL" in fields
            else None
        )
    except ValueError:
        raise BadPlan("INTERVAL and COUNT must be numbers, UNTIL a day like 20261231.") from None
    days = fields.get("BYDAY", "")
    if fields.get("FREQ") == "WEEKLY" and all(day in WEEKDAYS for day in days.split(",")):
        weekdays = tuple(sorted({WEEKDAYS.index(day) for day in days.split(",")}))
        return RecurrenceRule("week", interval, weekdays, until=until, count=count)
    monthly = _MONTHLY_DAY.match(days)
    if fields.get("FREQ") == "MONTHLY" and monthly:
        weekday = WEEKDAYS.index(monthly.group(2))
        return RecurrenceRule("month", interval, (weekday,), int(monthly.group(1)), until, count)
    raise BadPlan("Only weekly repetition, or monthly by weekday, is supported.")


def session_days(
    rule: RecurrenceRule, first_day: date, *, since: date | None = None
) -> Iterator[date]:
    """Yield the days with a session, in order; endless if the rule has no end.

    Args:
        rule: The rule.
        first_day: The first possible day; counts and intervals start here.
        since: Days before it may be skipped, for speed.
    """
    if since is None or since < first_day or rule.count is not None:
        since = first_day
    for number, day in enumerate(_candidates(rule, first_day, since), start=1):
        if rule.until is not None and day > rule.until:
            return
        yield day
        if number == rule.count:
            return


def _candidates(rule: RecurrenceRule, first_day: date, since: date) -> Iterator[date]:
    """Yield the rule's days from ``since`` on, which is not before ``first_day``.

    A rule that never matches, such as the fifth Monday of every February, stops at the last
    year a date can represent.
    """
    if rule.every == "week":
        monday = first_day - timedelta(days=first_day.weekday())
        skipped = (since - monday).days // 7 // rule.interval * rule.interval
        for step in range(skipped, (date.max - monday).days // 7, rule.interval):
            for weekday in rule.weekdays:
                day = monday + timedelta(weeks=step, days=weekday)
                if day >= since:
                    yield day
    else:
        month = first_day.year * 12 + first_day.month - 1
        skipped = since.year * 12 + since.month - 1 - month
        month += skipped // rule.interval * rule.interval
        for step in range(month, date.max.year * 12, rule.interval):
            match = _nth_weekday(step // 12, step % 12 + 1, rule.weekdays[0], rule.nth or LAST)
            if match is not None and match >= since:
                yield match


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date | None:
    if nth == LAST:
        next_month = date(year + month // 12, month % 12 + 1, 1)
        last = next_month - A_DAY
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    day = 1 + (weekday - first.weekday()) % 7 + 7 * (nth - 1)
    try:
        return date(year, month, day)
    except ValueError:
        return None  # this month has no fifth of that weekday


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One planned session: its local day, start and end in UTC."""

    day: date
    starts_at: datetime
    ends_at: datetime


def occurrences(
    rule: RecurrenceRule,
    *,
    first_day: date,
    wall_time: time,
    zone: str,
    duration: timedelta,
    after: datetime,
    until: datetime,
) -> Iterator[Occurrence]:
    """Yield the sessions that start after ``after`` and no later than ``until``.

    Args:
        rule: The rule.
        first_day: The plan's first local day; counts and intervals start here.
        wall_time: Local start time.
        zone: IANA name.
        duration: > 0; elapsed time from the start.
        after: Aware; sessions at or before it are skipped.
        until: Aware; the latest start.

    Raises:
        BadPlan: The zone is unknown.
    """
    zone_info = zone_named(zone)
    # A clock change may move a session by an hour, never by a day.
    since = after.astimezone(zone_info).date() - A_DAY
    for day in session_days(rule, first_day, since=since):
        if day < since:  # rules with a count always start at their first day
            continue
        starts_at = instant(day, wall_time, zone_info)
        if starts_at > until:
            return
        if starts_at > after:
            yield Occurrence(day, starts_at, starts_at + duration)


def last_day(rule: RecurrenceRule, first_day: date) -> date | None:
    """Return the last day with a session; None if the rule has no end or no session."""
    if rule.until is None and rule.count is None:
        return None
    return next(iter(deque(session_days(rule, first_day), maxlen=1)), None)
