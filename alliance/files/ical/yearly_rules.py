"""Yearly rules, as a calendar writes the clock changes of a time zone.

Programs write the same rule in many ways: "the last Sunday of March" may be a numbered weekday,
a position in a list, or a weekday between two days of the month.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile

from alliance.calendar.recurrence import WEEKDAYS
from alliance.calendar.timing import A_DAY

EARLIEST_YEAR = 1601
"""Earlier years mean "always"; some programs write the year 1."""

_MAX_COUNTED_YEARS = 200
_MAX_YEARS_BACK = 12
_MONTHS_PER_YEAR = 12
_IGNORED = frozenset({"WKST"})
_KNOWN = _IGNORED | {
    *("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYDAY"),
    *("BYSETPOS", "BYHOUR", "BYMINUTE", "BYSECOND"),
}
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")


@dataclass(frozen=True, slots=True)
class YearlyRule:
    """When a yearly rule applies.

    Attributes:
        first: Local start; years and counts begin there.
        time_of_day: Local time.
        interval: Number of years between repetitions.
        months: Empty for every month.
        month_days: Negative ones are counted from the end of the month.
        year_days: The same for the year.
        weekdays: Number in the month or year, 0 for every one, and weekday.
        positions: Which of the days of a year, or of a month, are meant; empty for all.
        is_monthly: Whether the positions are those of a month.
        count: Number of repetitions.
        until: Last instant; naive if it is local.
    """

    first: datetime
    time_of_day: time
    interval: int
    months: frozenset[int]
    month_days: frozenset[int]
    year_days: frozenset[int]
    weekdays: tuple[tuple[int, int], ...]
    positions: tuple[int, ...]
    is_monthly: bool
    count: int | None
    until: datetime | None

    @property
    def is_open_ended(self) -> bool:
        """Whether it has no end."""
        return self.count is None and self.until is None

    def around(self, begin: int, end: int, *, offset: timedelta) -> list[datetime]:
        """Return the local times in some years, and the last one before them.

        Args:
            begin: The first year.
            end: The last year.
            offset: Offset from UTC before each of them, which decides what is before ``until``.

        Raises:
            ValueError: The rule counts from too long ago.
        """
        if self.count is not None:
            return self._counted(begin, end, offset)
        found = [at for year in range(begin, end + 1) for at in self._in_year(year, offset)]
        latest = begin - 1 if self.until is None else min(begin - 1, self.until.year + 1)
        earliest = max(self.first.year, latest - _MAX_YEARS_BACK)
        for year in range(latest, earliest - 1, -1):
            if earlier := self._in_year(year, offset):
                return [earlier[-1], *found]
        return found

    def _counted(self, begin: int, end: int, offset: timedelta) -> list[datetime]:
        if self.first.year < begin - _MAX_COUNTED_YEARS:
            raise ValueError("a rule that counts from too long ago")
        years = range(self.first.year, end + 1)
        found = [at for year in years for at in self._in_year(year, offset)][: self.count]
        return [at for at in found if at.year >= begin - 1] or found[-1:]

    def _in_year(self, year: int, offset: timedelta) -> list[datetime]:
        if (year - self.first.year) % self.interval:
            return []
        times = (datetime.combine(day, self.time_of_day) for day in self._days(year))
        return [at for at in times if at >= self.first and self._is_before(at, offset)]

    def _is_before(self, at: datetime, offset: timedelta) -> bool:
        if self.until is None:
            return True
        if self.until.tzinfo is None:
            return at <= self.until
        return at.replace(tzinfo=UTC) - offset <= self.until

    def _days(self, year: int) -> list[date]:
        months = sorted(self.months or range(1, _MONTHS_PER_YEAR + 1))
        if not (self.month_days or self.year_days or self.weekdays):
            months = sorted(self.months) or [self.first.month]
            return [day for month in months if (day := _day_of(year, month, self.first.day))]
        by_month = [[day for day in _days_of(year, month) if self._has(day)] for month in months]
        groups = by_month if self.is_monthly else [[day for days in by_month for day in days]]
        return [day for days in groups for day in _at_positions(days, self.positions)]

    def _has(self, day: date) -> bool:
        if self.month_days and not {day.day, day.day - _length_of_month(day) - 1} & self.month_days:
            return False
        of_year, length = day.timetuple().tm_yday, _length_of_year(day)
        if self.year_days and not {of_year, of_year - length - 1} & self.year_days:
            return False
        if not self.weekdays:
            return True
        numbers = {0, *self._numbers(day)}
        return any(day.weekday() == weekday and n in numbers for n, weekday in self.weekdays)

    def _numbers(self, day: date) -> tuple[int, int]:
        """Return which one of its weekday a day is, from the beginning and from the end."""
        if self.months or self.is_monthly:
            return (day.day - 1) // 7 + 1, -((_length_of_month(day) - day.day) // 7 + 1)
        of_year = day.timetuple().tm_yday
        return (of_year - 1) // 7 + 1, -((_length_of_year(day) - of_year) // 7 + 1)


def parse_yearly_rule(text: str, first: datetime) -> YearlyRule:
    """Parse an RRULE that repeats by year, or by month in only some months.

    Args:
        text: The RRULE.
        first: Local start.

    Raises:
        ValueError: It repeats in another way, or is invalid.
    """
    pairs = [part.partition("=")[::2] for part in text.upper().split(";") if part.strip()]
    fields = {name.strip(): value.strip() for name, value in pairs}
    if set(fields) - _KNOWN or len(fields) < len(pairs):
        raise ValueError("not a yearly rule")
    is_monthly = fields.get("FREQ") == "MONTHLY"
    months, interval = _months_and_years(fields, first)
    weekdays = [_WEEKDAY.fullmatch(day.strip()) for day in _list_of(fields, "BYDAY")]
    time_of_day = time(
        int(fields.get("BYHOUR", first.hour)),
        int(fields.get("BYMINUTE", first.minute)),
        int(fields.get("BYSECOND", first.second)),
    )
    if first.year < EARLIEST_YEAR:
        first = datetime(EARLIEST_YEAR, first.month, min(first.day, 28), tzinfo=first.tzinfo)
    return YearlyRule(
        first,
        time_of_day,
        interval,
        months,
        _numbers_of(fields, "BYMONTHDAY"),
        _numbers_of(fields, "BYYEARDAY"),
        tuple((int(day[1] or 0), WEEKDAYS.index(day[2])) for day in _all_valid(weekdays)),
        tuple(int(number) for number in _list_of(fields, "BYSETPOS")),
        is_monthly,
        int(fields["COUNT"]) if "COUNT" in fields else None,
        _parse_until(fields["UNTIL"]) if "UNTIL" in fields else None,
    )


def _months_and_years(fields: Mapping[str, str], first: datetime) -> tuple[frozenset[int], int]:
    """Return the months of a rule, and the number of years between repetitions."""
    frequency, interval = fields.get("FREQ", ""), int(fields.get("INTERVAL", "1"))
    months = _numbers_of(fields, "BYMONTH")
    if frequency == "MONTHLY" and interval % _MONTHS_PER_YEAR == 0:
        months, interval = months or frozenset({first.month}), interval // _MONTHS_PER_YEAR
    elif frequency == "MONTHLY" and (not months or interval != 1):
        raise ValueError("not a yearly rule")
    if frequency not in {"YEARLY", "MONTHLY"} or interval < 1:
        raise ValueError("not a yearly rule")
    return months, interval


def _list_of(fields: Mapping[str, str], name: str) -> list[str]:
    return [part for part in fields.get(name, "").split(",") if part.strip()]


def _numbers_of(fields: Mapping[str, str], name: str) -> frozenset[int]:
    return frozenset(int(part) for part in _list_of(fields, name))


def _all_valid(matches: list[re.Match[str] | None]) -> list[re.Match[str]]:
    valid = [match for match in matches if match is not None]
    if len(valid) != len(matches):
        raise ValueError("not a list of weekdays")
    return valid


def _parse_until(text: str) -> datetime:
    match = _UNTIL.fullmatch(text)
    if match is None:
        raise ValueError("not a date")
    until = datetime.strptime(match[1] + (match[2] or "235959"), "%Y%m%d%H%M%S")  # noqa: DTZ007
    return until.replace(tzinfo=UTC) if match[3] else until


def _at_positions(days: list[date], positions: tuple[int, ...]) -> list[date]:
    if not positions:
        return days
    indexes = {place - 1 if place > 0 else len(days) + place for place in positions}
    return [day for index, day in enumerate(days) if index in indexes]


def _day_of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _days_of(year: int, month: int) -> Iterator[date]:
    first = date(year, month, 1)
    return takewhile(lambda day: day.month == month, (first + n * A_DAY for n in range(31)))


def _length_of_month(day: date) -> int:
    return (date(day.year + day.month // 12, day.month % 12 + 1, 1) - A_DAY).day


def _length_of_year(day: date) -> int:
    return date(day.year, 12, 31).timetuple().tm_yday
