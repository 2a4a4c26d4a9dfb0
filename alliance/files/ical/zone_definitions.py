"""Time zones that a calendar defines itself: which zone we know has the same offsets.

A definition is only a few rules. It is compared with the zones we know over the years of the
dates in the file; if none fits, the zone is unknown and nothing is guessed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from alliance.calendar.timing import A_DAY
from alliance.files.findings import BadFile
from alliance.files.ical.components import Component
from alliance.files.ical.date_times import (
    FIRST_YEAR,
    LAST_YEAR,
    FileDateTime,
    parse_date_time,
    parse_date_times,
)
from alliance.files.ical.known_zones import (
    OffsetChange,
    Years,
    changes_of_zone,
    iana_names,
    new_year,
    zones_by_fame,
)
from alliance.files.ical.yearly_rules import EARLIEST_YEAR, parse_yearly_rule

_YEARS_AHEAD = 2
_MOST_YEARS = 9
_COMPARED_HISTORY = timedelta(days=2 * 366)
_VALID_AFTER_LAST_CHANGE = timedelta(days=120)
"""Clocks change again only after that, so what a definition says last is right until then."""

_TOLERANCE = timedelta(hours=3)
"""Definitions of the same zone may differ by the hour at night at which clocks change."""

_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)(?::?(\d\d))?")


_Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class ZoneDefinition:
    """The changes of a VTIMEZONE around some years.

    Attributes:
        changes: In order; never empty.
        ends_at: The last change; None if it goes on, or if there never was one.
    """

    changes: tuple[OffsetChange, ...]
    ends_at: datetime | None


def compared_years(dates: Sequence[date], now: datetime) -> Years:
    """Return the years over which a zone is compared, for the dates that are in it.

    What is over is not compared unless everything is, and series may go on for some years.
    """
    years = [day.year for day in dates if FIRST_YEAR <= day.year <= LAST_YEAR] or [now.year]
    if max(years) < now.year:
        return Years(max(years), max(years))
    first = max(min(years), now.year)
    return Years(first, min(max(*years, now.year + _YEARS_AHEAD), first + _MOST_YEARS))


def cost_of(definition: Component) -> int:
    """Return how much work it is to read a definition, in months of a year."""
    rules = [rule for part in definition.children for rule in part.get_all("RRULE")]
    return sum(1 if "BYMONTH=" in rule.value.upper() else 12 for rule in rules)


def parse_definition(definition: Component, years: Years) -> ZoneDefinition | None:
    """Return the changes that a VTIMEZONE defines; None if they cannot be understood."""
    try:
        changes: list[OffsetChange] = []
        is_open_ended = False
        for part in definition.children:
            found, continues = _changes_of(part, years)
            changes += found
            is_open_ended |= continues
    except (ValueError, OverflowError, BadFile):
        return None
    if not changes or not definition.is_complete:
        return None
    changes.sort(key=lambda change: change.at)
    is_constant = len({offset for one in changes for offset in (one.before, one.after)}) == 1
    ends_at = None if is_open_ended or is_constant else changes[-1].at
    return ZoneDefinition(tuple(changes), ends_at)


def _changes_of(part: Component, years: Years) -> tuple[list[OffsetChange], bool]:
    """Return the changes to standard or to daylight saving time, and whether they continue."""
    start, offset_to, offset_from = (
        part.get(name) for name in ("DTSTART", "TZOFFSETTO", "TZOFFSETFROM")
    )
    if start is None or offset_to is None:
        raise ValueError("incomplete definition")
    first = parse_date_time(start)
    after = _offset(offset_to.value)
    before = after if offset_from is None else _offset(offset_from.value)
    rules = [parse_yearly_rule(rule.value, first.local) for rule in part.get_all("RRULE")]
    listed = [at for rdate in part.get_all("RDATE") for at in parse_date_times(rdate)]
    times = [_instant(at, before) for at in ([*listed] if rules else [first, *listed])]
    for rule in rules:
        local = rule.around(years.first, years.last, offset=before)
        times += [at.replace(tzinfo=UTC) - before for at in local]
    return (
        [OffsetChange(at, before, after) for at in times],
        any(rule.is_open_ended for rule in rules),
    )


def _instant(at: FileDateTime, offset: timedelta) -> datetime:
    local = at.local.replace(year=max(at.local.year, EARLIEST_YEAR), tzinfo=UTC)
    return local if at.is_utc else local - offset


def _offset(text: str) -> timedelta:
    match = _OFFSET.fullmatch(text.strip())
    if match is None:
        raise ValueError("not an offset")
    sign, hours, minutes, seconds = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    return -offset if sign == "-" else offset


@lru_cache(maxsize=1_024)
def zone_of_definition(
    definition: ZoneDefinition,
    years: Years,
    *,
    likely: tuple[str, ...],
    last_date: date,
) -> str | None:
    """Return the zone with the offsets of a definition; None if there is none.

    A definition that ends before the dates in the file says nothing about them, unless the
    zone really has had no clock changes since. One that ends after them is compared until then.

    Args:
        definition: The changes around those years.
        years: The years of the dates that are in the zone, and some more.
        likely: Zones to compare with first, the likeliest first.
        last_date: The last date that is written in the file.
    """
    begin, end = new_year(years.first), new_year(years.last + 1)
    ends_at = definition.ends_at
    if ends_at is None or ends_at >= end:
        return _first_match(definition, ((begin, end),), likely)
    valid_until = ends_at + _VALID_AFTER_LAST_CHANGE
    history = ends_at - _COMPARED_HISTORY, valid_until
    found = _first_match(definition, ((begin, end), history), likely)
    if found is None and last_date <= valid_until.date():
        found = _first_match(definition, ((min(begin, ends_at), valid_until),), likely)
    return found


def has_offsets(definition: ZoneDefinition, name: str, years: Years) -> bool:
    """Whether a zone has the offsets of a definition, as far as that goes."""
    begin, end = new_year(years.first), new_year(years.last + 1)
    if definition.ends_at is not None:
        end = min(end, definition.ends_at + _VALID_AFTER_LAST_CHANGE)
    return end <= begin or _is_same(definition, name, (begin, end), _TOLERANCE)


def _first_match(
    definition: ZoneDefinition, spans: Sequence[_Span], likely: Sequence[str]
) -> str | None:
    exact = timedelta(0)
    for names, tolerance in (
        (likely, _TOLERANCE),
        (zones_by_fame(), exact),
        (zones_by_fame(), _TOLERANCE),
    ):
        for name in names:
            if name in iana_names() and all(
                _is_same(definition, name, span, tolerance) for span in spans
            ):
                return name
    return None


def _is_same(definition: ZoneDefinition, name: str, span: _Span, tolerance: timedelta) -> bool:
    begin, end = span
    # What was before its first change is not said in a definition.
    begin = min(max(begin, definition.changes[0].at - A_DAY), end)
    defined = list(_between(definition.changes, begin, end))
    changes = changes_of_zone(name, Years(begin.year, end.year))
    actual = list(_between(changes, begin, end))
    return len(defined) == len(actual) and all(
        one.before == other.before
        and one.after == other.after
        and abs(one.at - other.at) <= tolerance
        for one, other in zip(defined, actual, strict=True)
    )


def _between(
    changes: Sequence[OffsetChange], begin: datetime, end: datetime
) -> Iterator[OffsetChange]:
    """Yield the offset at the beginning as a change, and then the real changes until the end."""
    offset = changes[0].before
    inside = []
    for change in changes:
        if change.at <= begin:
            offset = change.after
        elif change.at < end:
            inside.append(change)
    yield OffsetChange(begin, offset, offset)
    for change in inside:
        if change.after != offset:
            yield OffsetChange(change.at, offset, change.after)
            offset = change.after
