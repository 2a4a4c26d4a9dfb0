"""Which zone a calendar means: IANA names, Windows names, and zones a file defines for itself.

A definition is read as what it is, a few rules, and never expanded: it is laid beside zones we
know, the site's first, and where its clocks show the same at all times it is that zone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from alliance.calendar.recurrence import Rule, days, read_rule
from alliance.calendar.timing import instant, zone_named
from alliance.errors import BadPlan
from alliance.files.findings import Finding, Unfit, unfit
from alliance.files.ical.date_times import Moment, in_range, moment, moments
from alliance.files.ical.ical_lines import WINDOWS_ZONES, Component

COMPARED = timedelta(days=2 * 366)
"""How much of the time to come is compared: both clock changes of at least one year."""

_STEP = timedelta(hours=12)
_LOCAL_ONLY = frozenset({"localtime", "Factory", "posixrules", "posix", "right"})
_OFFSET = re.compile(r"^([+-])(\d\d)(\d\d)(\d\d)?$")
_BY_MONTH = re.compile(r"(?:^|;)BYMONTH=(\d{1,2})(?=;|$)")
_YEARLY = re.compile(r"(?:^|;)FREQ=YEARLY(?=;|$)")
_ONCE_A_YEAR = 12
_MOST_ONSETS = 400

MOST_ZONES = 20
"""In one calendar; comparing a definition with all zones takes a tenth of a second."""


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones() - _LOCAL_ONLY)


def zone_of_name(name: str) -> str | None:
    """Return the IANA name that a TZID is, holds at its end, or has by Windows' table.

    >>> zone_of_name("/example.org/20070129_1/Europe/Berlin")
    'Europe/Berlin'
    >>> zone_of_name("W. Europe Standard Time")
    'Europe/Berlin'
    """
    name = name.strip().strip('"')
    if name in _names():
        return name
    if name in WINDOWS_ZONES:
        return WINDOWS_ZONES[name]
    parts = name.strip("/").split("/")
    tails = ("/".join(parts[-length:]) for length in (3, 2) if len(parts) > length)
    return next((tail for tail in tails if tail in _names()), None)


@dataclass(frozen=True, slots=True)
class Onset:
    """From an instant on, the clocks are that far ahead of UTC."""

    at: datetime
    ahead: timedelta


def zone_of_definition(
    definition: Component, *, likely: tuple[str, ...], begin: datetime
) -> str | None:
    """Return the zone whose clocks show what a VTIMEZONE says; None when we know none.

    Args:
        definition: The VTIMEZONE.
        likely: Zones to compare with first, the likeliest first.
        begin: Aware; from here on, clocks are compared.
    """
    said = definition.of("X-LIC-LOCATION")
    if said is not None and (named := zone_of_name(said.value)) is not None:
        return named
    try:
        onsets = sorted(_onsets(definition, begin), key=lambda onset: onset.at)
    except (ValueError, OverflowError, BadPlan, Unfit):
        return None
    if not onsets:
        return None
    known = dict.fromkeys((*likely, *WINDOWS_ZONES.values()))
    return next((name for name in known if name in _names() and _fits(onsets, name, begin)), None)


def _fits(onsets: list[Onset], name: str, begin: datetime) -> bool:
    zone, ahead = ZoneInfo(name), onsets[0].ahead
    coming = iter(onsets)
    following = next(coming, None)
    at = begin
    while at < begin + COMPARED:
        while following is not None and following.at <= at:
            ahead, following = following.ahead, next(coming, None)
        if at.astimezone(zone).utcoffset() != ahead:
            return False
        at += _STEP
    return True


def _onsets(definition: Component, begin: datetime) -> Iterator[Onset]:
    """Yield every change of clocks up to the end of what is compared, few as they are."""
    for part in definition.children:
        start, ahead, before = (part.of(name) for name in ("DTSTART", "TZOFFSETTO", "TZOFFSETFROM"))
        if start is None or ahead is None or before is None:
            raise ValueError("half a definition")
        first = moment(start).local
        offset, earlier = _offset(ahead.value), _offset(before.value)
        rule = part.of("RRULE")
        dates = [first.date()] if rule is None else _yearly(rule.value, first.date(), begin.year)
        once = [at.local for found in part.all_of("RDATE") for at in moments(found)]
        for local in (*(datetime.combine(day, first.time()) for day in dates), *once):
            yield Onset(local.replace(tzinfo=UTC) - earlier, offset)


def _yearly(text: str, first: date, year: int) -> list[date]:
    """Return the days of a yearly rule such as the last Sunday of March, around that year."""
    text = text.upper()
    month = _BY_MONTH.search(text)
    if not _YEARLY.search(text) or month is None:
        raise ValueError("no yearly rule")
    monthly = _YEARLY.sub(";FREQ=MONTHLY", _BY_MONTH.sub("", text))
    rule = read_rule(monthly)
    if rule.interval != 1 or rule.count is not None:
        raise ValueError("no yearly rule")
    begin = date(max(first.year, year - 1), int(month.group(1)), 1)
    every_year = Rule("month", _ONCE_A_YEAR, rule.weekdays, rule.nth, rule.until)
    found: list[date] = []
    for day in days(every_year, begin):
        if day.year > year + 3 or len(found) > _MOST_ONSETS:
            break
        found.append(day)
    # The year the definition begins in may be long ago; what held then holds until changed.
    return [day for day in found if day >= first] or [first]


def _offset(text: str) -> timedelta:
    found = _OFFSET.match(text.strip())
    if found is None:
        raise ValueError("no offset")
    sign, hours, minutes, seconds = found.groups()
    length = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    return -length if sign == "-" else length


class Clocks:
    """What the times of one calendar mean.

    Args:
        calendar: The VCALENDAR.
        site_zone: IANA name; meant where the calendar names none.
        now: Aware; clocks are compared from here on.
    """

    def __init__(self, calendar: Component, *, site_zone: str, now: datetime) -> None:
        said = calendar.of("X-WR-TIMEZONE")
        self.zone = (zone_of_name(said.value) if said is not None else None) or site_zone
        self._site_zone = site_zone
        self._now = now
        self._definitions = {
            name.value.strip(): part
            for part in calendar.parts("VTIMEZONE")
            if (name := part.of("TZID")) is not None
        }
        self._read: dict[str, str | None] = {}

    def zone_of(self, at: Moment) -> str:
        """Return the IANA zone of a time; the calendar's own for UTC and where none is named.

        Raises:
            Unfit: The zone is none we know.
        """
        if at.tzid is None:
            return self.zone
        name = at.tzid.strip()
        if name not in self._read:
            if len(self._read) >= MOST_ZONES:
                raise unfit(at.line, "calendar.zone")
            self._read[name] = zone_of_name(name) or self._defined(name)
        zone = self._read[name]
        if zone is None:
            raise unfit(at.line, "calendar.zone")
        return zone

    def _defined(self, name: str) -> str | None:
        definition = self._definitions.get(name)
        if definition is None:
            return None
        likely = (self._site_zone, self.zone)
        return zone_of_definition(definition, likely=likely, begin=self._now)

    def instant_of(self, at: Moment, *, usual: str | None = None) -> datetime:
        """Return the UTC instant of a time.

        Args:
            at: The time.
            usual: Zone that is meant where the file names none; else the calendar's.

        Raises:
            Unfit: The zone is none we know, or the year is out of range.
        """
        in_range(at)
        if at.is_utc:
            return at.local.replace(tzinfo=UTC)
        zone = usual if usual is not None and at.tzid is None else self.zone_of(at)
        return instant(at.local.date(), at.local.time(), zone_named(zone))

    def note_on(self, at: Moment, zone: str, *, repeats: bool) -> Finding | None:
        """Return what the sender should know of how a time was read, if anything."""
        if at.is_utc:
            return Finding(at.line, "calendar.utc") if repeats else None
        if at.tzid is None:
            return Finding(at.line, "calendar.floating", {"zone": zone})
        if zone_of_name(at.tzid) is None:
            return Finding(at.line, "calendar.zone_read", {"zone": zone})
        return None
