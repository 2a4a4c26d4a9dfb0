"""When sessions take place: recurrence in local days, turned into instants by ``cadence``.

A rule is a small part of RFC 5545's RRULE: every n weeks on some weekdays, or every n months
on the n-th (or last) weekday; until a day or for a number of sessions.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from alliance.calendar.timing import instant, zone_named
from alliance.errors import BadPlan

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LAST = -1
_MONTHLY_DAY = re.compile(r"^(-1|[1-5])(MO|TU|WE|TH|FR|SA|SU)$")


@dataclass(frozen=True, slots=True)
class Rule:
    """On which days sessions take place.

    Attributes:
        every: ``week`` or ``month``.
        interval: Every how many weeks or months, >= 1.
        weekdays: 0 is Monday; sorted, at least one; exactly one for months.
        nth: For months: 1 to 5, or -1 for the last; else None.
        until: Last day that may hold a session.
        count: Number of sessions, counted from the plan's first day on.
    """

    every: Literal["week", "month"]
    interval: int
    weekdays: tuple[int, ...]
    nth: int | None = None
    until: date | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no calendar can keep."""
        if self.interval < 1:
            raise BadPlan("The interval must be at least 1.")
        if not self.weekdays or not all(0 <= day <= 6 for day in self.weekdays):
            raise BadPlan("A plan needs at least one weekday.")
        if list(self.weekdays) != sorted(set(self.weekdays)):
            raise BadPlan("Each weekday may be named once, Monday first.")
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


def read_rule(text: str) -> Rule:
    """Return the rule that ``Rule.text`` wrote, or one from a calendar.

    Raises:
        BadPlan: The text is no rule, or one outside the part we keep.
    """
    fields = dict(part.partition("=")[::2] for part in text.upper().strip().split(";") if part)
    unknown = set(fields) - {"FREQ", "INTERVAL", "BYDAY", "UNTIL", "COUNT", "WKST"}
    if unknown:
        raise BadPlan(f"This kind of repetition is not supported: {', '.join(sorted(unknown))}.")
    if fields.get("WKST", "MO") != "MO":
        raise BadPlan("Weeks begin on Monday here.")
    try:
        interval = int(fields.get("INTERVAL", "1"))
        count = int(fields["COUNT"]) if "COUNT" in fields else None
        until = (
            datetime.strptime(fields["UNTIL"][:8], "%Y%m%d").date()  # noqa: DTZ007 - a day
            if "UNTIL" in fields
            else None
        )
    except ValueError:
        raise BadPlan("INTERVAL and COUNT are numbers, UNTIL is a day like 20261231.") from None
    days = fields.get("BYDAY", "")
    if fields.get("FREQ") == "WEEKLY" and all(day in WEEKDAYS for day in days.split(",")):
        weekdays = tuple(sorted({WEEKDAYS.index(day) for day in days.split(",")}))
        return Rule("week", interval, weekdays, until=until, count=count)
    monthly = _MONTHLY_DAY.match(days)
    if fields.get("FREQ") == "MONTHLY" and monthly:
        weekday = WEEKDAYS.index(monthly.group(2))
        return Rule("month", interval, (weekday,), int(monthly.group(1)), until, count)
    raise BadPlan("Only weekly repetition, or monthly by weekday, is supported.")


def days(rule: Rule, first_day: date, *, since: date | None = None) -> Iterator[date]:
    """Yield the days with a session, in order; endless where the rule has no end.

    Args:
        rule: On which days.
        first_day: Nothing lies before it; counts and intervals begin here.
        since: Days before it may be left out, to spare the way through years gone by.
    """
    if since is None or since < first_day or rule.count is not None:
        since = first_day
    for number, day in enumerate(_candidates(rule, first_day, since), start=1):
        if rule.until is not None and day > rule.until:
            return
        yield day
        if number == rule.count:
            return


def _candidates(rule: Rule, first_day: date, since: date) -> Iterator[date]:
    """Yield the rule's days from ``since`` on; no earlier than ``first_day``, which it counts from.

    A rule that never meets, such as the fifth Monday of each twelfth month, a February, ends
    with the last year that a date can hold.
    """
    if rule.every == "week":
        monday = first_day - timedelta(days=first_day.weekday())
        passed = (since - monday).days // 7 // rule.interval * rule.interval
        for step in range(passed, (date.max - monday).days // 7, rule.interval):
            for weekday in rule.weekdays:
                day = monday + timedelta(weeks=step, days=weekday)
                if day >= since:
                    yield day
    else:
        month = first_day.year * 12 + first_day.month - 1
        passed = since.year * 12 + since.month - 1 - month
        month += passed // rule.interval * rule.interval
        for step in range(month, date.max.year * 12, rule.interval):
            found = _nth_weekday(step // 12, step % 12 + 1, rule.weekdays[0], rule.nth or LAST)
            if found is not None and found >= since:
                yield found


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date | None:
    if nth == LAST:
        after = date(year + month // 12, month % 12 + 1, 1)
        last = after - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    day = 1 + (weekday - first.weekday()) % 7 + 7 * (nth - 1)
    try:
        return date(year, month, day)
    except ValueError:
        return None  # this month has no fifth such weekday


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One session as planned: its local day and the two instants, in UTC."""

    day: date
    starts_at: datetime
    ends_at: datetime


def occurrences(
    rule: Rule,
    *,
    first_day: date,
    wall_time: time,
    zone: str,
    duration: timedelta,
    after: datetime,
    until: datetime,
) -> Iterator[Occurrence]:
    """Yield the sessions that start later than ``after`` and no later than ``until``.

    Args:
        rule: On which days.
        first_day: The plan's first local day; counts and intervals begin here.
        wall_time: Local start.
        zone: IANA name.
        duration: > 0; measured in real time from the start.
        after: Aware; sessions at or before it are passed over.
        until: Aware; the horizon.

    Raises:
        BadPlan: The zone is unknown.
    """
    there = zone_named(zone)
    # A clock change may move a session by an hour, never by a day.
    since = after.astimezone(there).date() - timedelta(days=1)
    for day in days(rule, first_day, since=since):
        if day < since:  # a count must be walked through from its beginning
            continue
        starts_at = instant(day, wall_time, there)
        if starts_at > until:
            return
        if starts_at > after:
            yield Occurrence(day, starts_at, starts_at + duration)


def last_day(rule: Rule, first_day: date) -> date | None:
    """Return the last day with a session; None where the rule has no end, or holds none."""
    if rule.until is None and rule.count is None:
        return None
    return next(iter(deque(days(rule, first_day), maxlen=1)), None)
