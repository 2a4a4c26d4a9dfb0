"""The time zones of a calendar: IANA names, Windows names, and zones defined in the file."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import NamedTuple

from alliance.calendar.timing import instant, zone_named
from alliance.files.findings import BadFile, Finding, error_at
from alliance.files.ical.components import Component
from alliance.files.ical.date_times import FileDateTime, parse_date_times, require_in_range
from alliance.files.ical.ical_lines import WINDOWS_ZONES
from alliance.files.ical.known_zones import UTC_NAME, Years, iana_names, zones_named_in
from alliance.files.ical.zone_definitions import (
    ZoneDefinition,
    compared_years,
    cost_of,
    has_offsets,
    parse_definition,
    zone_of_definition,
)

MAX_DEFINITIONS = 100
"""Zones that a calendar defines itself and that are compared with all zones."""

_MAX_COST = 1_000
"""For reading the definitions of one calendar; two months of the year is usual for each."""

_COST_OF_NEW_YEARS = 200
"""For comparing with all zones over other years."""

_DATE_PROPERTIES = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE")
_UTC_NAMES = frozenset(
    {
        *("utc", "etc/utc", "gmt", "etc/gmt", "uct", "etc/uct", "zulu", "etc/zulu", "z"),
        *("universal", "etc/universal", "gmt0", "gmt+0", "gmt-0", "etc/gmt0", "etc/gmt+0"),
        *("etc/gmt-0", "greenwich", "etc/greenwich", "coordinated universal time"),
    }
)
_NUMBERED = re.compile(r"(.+?)\s+\d{1,2}")


def zone_of_name(name: str) -> str | None:
    """Return the IANA name of a TZID: itself, its end, or the zone that Windows means by it.

    >>> zone_of_name("/example.org/20070129_1/Europe/Berlin")
    'Europe/Berlin'
    >>> zone_of_name("W. Europe Standard Time")
    'Europe/Berlin'
    >>> zone_of_name("tzone://Microsoft/Utc")
    'UTC'
    """
    name = _plain_name(name)
    if name in _UTC_NAMES:
        return UTC_NAME
    known = _zones_by_plain_name()
    parts = name.replace(" ", "_").strip("/").split("/")
    tails = ["/".join(parts[-length:]) for length in (3, 2) if len(parts) >= length]
    if any(len(one) > 1 and one in _UTC_NAMES for one in (*tails, parts[-1])):
        return UTC_NAME
    last = name.rpartition("/")[2]
    found = next((known[one] for one in (name, *tails) if one in known), None)
    return found or _windows_zones().get(last)


def _zone_of_similar_name(name: str) -> str | None:
    """Return the zone of a name to which Outlook has added a number."""
    match = _NUMBERED.fullmatch(_plain_name(name))
    return None if match is None else zone_of_name(match.group(1))


@cache
def _zones_by_plain_name() -> Mapping[str, str]:
    return {**_windows_zones(), **{name.casefold(): name for name in sorted(iana_names())}}


@cache
def _windows_zones() -> Mapping[str, str]:
    return {name.casefold(): zone for name, zone in WINDOWS_ZONES.items()}


def _plain_name(name: str) -> str:
    """Return a TZID as it is compared: without case, quotes and escapes."""
    return " ".join(name.replace("\\", "").strip().strip('"').split()).casefold()


class _Resolved(NamedTuple):
    """A zone, and the key of the note about it, if the sender should know."""

    zone: str | None
    note: str | None = None


class CalendarZones:
    """Resolves the time zones of one calendar.

    Args:
        calendar: The VCALENDAR.
        site_zone: IANA name; used if the calendar names none.
        now: Aware; what is over by then is not compared with definitions.
    """

    def __init__(self, calendar: Component, *, site_zone: str, now: datetime) -> None:
        self.now = now
        self._site_zone = site_zone
        self._definitions: dict[str, list[Component]] = {}
        for part in calendar.parts("VTIMEZONE"):
            if (tzid := part.get("TZID")) is not None:
                self._definitions.setdefault(_plain_name(tzid.value), []).append(part)
        self._dates = _dates_by_zone(calendar.parts("VEVENT"))
        self._resolved: dict[str, _Resolved] = {}
        self._compared: set[ZoneDefinition] = set()
        self._compared_spans: set[tuple[Years, int | None]] = set()
        self._cost = 0
        self.zone = site_zone
        named = calendar.get("X-WR-TIMEZONE")
        if named is not None and named.value.strip():
            self.zone = self._resolve(_plain_name(named.value)).zone or site_zone

    def zone_of(self, at: FileDateTime) -> str:
        """Return the IANA zone of a time; the calendar's own for UTC and if none is named.

        Raises:
            BadFile: The zone is unknown.
        """
        if at.tzid is None:
            return self.zone
        zone = self._resolve(_plain_name(at.tzid)).zone
        if zone is None:
            raise error_at(at.line, "calendar.zone")
        return zone

    def in_utc(self, at: FileDateTime) -> FileDateTime:
        """Return a time in UTC as such, however the file spells that.

        Raises:
            BadFile: The zone is unknown, or contradicts a Z behind the time.
        """
        if at.is_day or at.tzid is None:
            return at
        zone = self.zone_of(at)
        if zone == UTC_NAME:
            return replace(at, is_utc=True, tzid=None)
        if at.is_utc:
            raise error_at(at.line, "calendar.zone_and_utc")
        return at

    def instant_of(self, at: FileDateTime, *, default_zone: str | None = None) -> datetime:
        """Return the UTC instant of a time.

        Args:
            at: The time.
            default_zone: Zone of a time without one; by default the calendar's.

        Raises:
            BadFile: The zone is unknown, or the year is out of range.
        """
        at = self.in_utc(require_in_range(at))
        if at.is_utc:
            return at.local.replace(tzinfo=UTC)
        zone = default_zone if default_zone is not None and at.tzid is None else self.zone_of(at)
        return instant(at.local.date(), at.local.time(), zone_named(zone))

    def notes_on(self, at: FileDateTime, zone: str, *, repeats: bool) -> list[Finding]:
        """Return notes on how a time was interpreted, if the sender should know."""
        notes = []
        if at.tzid is None and not at.is_utc:
            notes.append(Finding(at.line, "calendar.floating", {"zone": zone}))
        elif at.tzid is not None and (key := self._resolve(_plain_name(at.tzid)).note):
            notes.append(Finding(at.line, key, {"zone": zone}))
        is_utc = at.is_utc or (zone == UTC_NAME and zone != self._site_zone)
        if is_utc and repeats:
            notes.append(Finding(at.line, "calendar.utc"))
        return notes

    def _resolve(self, name: str) -> _Resolved:
        if name not in self._resolved:
            self._resolved[name] = self._resolve_anew(name)
        return self._resolved[name]

    def _resolve_anew(self, name: str) -> _Resolved:
        """Find a zone by its name, then by its definition, then by a similar name.

        Abbreviations such as GMT or EST mean different things, so a definition counts more.
        """
        named = zone_of_name(name)
        definitions = self._definitions.get(name, [])
        if named is not None:
            if all(self._agrees(one, named, name) for one in definitions):
                return _Resolved(named)
            if "/" in name or " " in name:
                return _Resolved(named, "calendar.zone_differs")
        if definitions:
            zones = {self._zone_defined_by(one, name) for one in definitions}
            zone = zones.pop() if len(zones) == 1 else None
            return _Resolved(zone, "calendar.zone_read")
        return _Resolved(_zone_of_similar_name(name))

    def _agrees(self, definition: Component, zone: str, name: str) -> bool:
        years = compared_years(self._dates.get(name, []), self.now)
        parsed = self._parse(definition, years)
        return parsed is None or has_offsets(parsed, zone, years)

    def _zone_defined_by(self, definition: Component, name: str) -> str | None:
        location = definition.get("X-LIC-LOCATION")
        if location is not None and (located := zone_of_name(location.value)) is not None:
            return located
        dates = self._dates.get(name, [])
        years = compared_years(dates, self.now)
        parsed = self._parse(definition, years)
        if parsed is None or not self._may_compare(parsed, years):
            return None
        likely = dict.fromkeys((self._site_zone, self.zone, *zones_named_in(name)))
        last_date = max(dates, default=self.now.date())
        zone = zone_of_definition(parsed, years, likely=tuple(likely), last_date=last_date)
        return UTC_NAME if zone is not None and zone.casefold() in _UTC_NAMES else zone

    def _may_compare(self, definition: ZoneDefinition, years: Years) -> bool:
        """Whether there is time to compare another definition, perhaps over other years."""
        ends_at = definition.ends_at
        span = (years, None if ends_at is None else ends_at.year)
        if span not in self._compared_spans:
            self._compared_spans.add(span)
            self._cost += _COST_OF_NEW_YEARS
        self._compared.add(definition)
        return self._cost <= _MAX_COST and len(self._compared) <= MAX_DEFINITIONS

    def _parse(self, definition: Component, years: Years) -> ZoneDefinition | None:
        self._cost += cost_of(definition)
        return None if self._cost > _MAX_COST else parse_definition(definition, years)


def _dates_by_zone(events: Iterable[Component]) -> dict[str, list[date]]:
    """Return the first and last date in each zone that is not known by its name."""
    spans: dict[str, list[date]] = {}
    plain_names: dict[str, str] = {}
    for event in events:
        for written in event.properties:
            tzid = written.params.get("TZID")
            if tzid is None or written.name not in _DATE_PROPERTIES:
                continue
            name = plain_names.setdefault(tzid, _plain_name(tzid))
            try:
                days = [at.local.date() for at in parse_date_times(written)]
            except BadFile:
                continue
            known = spans.get(name, [])
            if found := [*known, *days]:
                spans[name] = [min(found), max(found)]
    return spans
