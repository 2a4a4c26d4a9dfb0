"""The time zones we know: their names, and when their offsets from UTC change."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from alliance.files.ical.ical_lines import WINDOWS_ZONES

UTC_NAME = "UTC"

_SAMPLING_STEP = timedelta(days=5)
_LOCAL_ONLY = frozenset({"localtime", "Factory", "posixrules", "posix", "right"})
_CONTINENTS = frozenset(
    {"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)
_WORD = re.compile(r"[a-z]{4,}")


@dataclass(frozen=True, slots=True)
class OffsetChange:
    """A change of the offset from UTC.

    Attributes:
        at: The instant.
        before: The offset until then.
        after: The offset from then on.
    """

    at: datetime
    before: timedelta
    after: timedelta


@dataclass(frozen=True, slots=True)
class Years:
    """The years over which offsets are compared, both included."""

    first: int
    last: int


@cache
def iana_names() -> frozenset[str]:
    """Return the names of the zones we know."""
    return frozenset(available_timezones() - _LOCAL_ONLY)


@cache
def zones_by_fame() -> tuple[str, ...]:
    """Return every zone, those first that people know."""
    known = [name for name in (UTC_NAME, *WINDOWS_ZONES.values()) if name in iana_names()]
    others = (name for name in sorted(iana_names()) if name.partition("/")[0] in _CONTINENTS)
    return tuple(dict.fromkeys((*known, *others)))


def zones_named_in(text: str) -> list[str]:
    """Return the zones whose city is in a text, such as "(UTC+01:00) Amsterdam, Berlin, Bern"."""
    words = _WORD.findall(text.casefold())
    return [name for word in dict.fromkeys(words[:50]) for name in _zones_by_city().get(word, ())]


@cache
def _zones_by_city() -> dict[str, list[str]]:
    cities: dict[str, list[str]] = {}
    for name in sorted(iana_names()):
        if name.partition("/")[0] in _CONTINENTS:
            cities.setdefault(name.rpartition("/")[2].casefold(), []).append(name)
    return cities


@lru_cache(maxsize=4_096)
def changes_of_zone(name: str, years: Years) -> tuple[OffsetChange, ...]:
    """Return the changes of a zone in some years, after its offset at their beginning."""
    zone = ZoneInfo(name)
    begin, end = new_year(years.first), new_year(years.last + 1)
    offset = _offset_at(zone, begin)
    changes = [OffsetChange(begin, offset, offset)]
    at = begin
    while at < end:
        following = min(at + _SAMPLING_STEP, end)
        if _offset_at(zone, following) != offset:
            after = _offset_at(zone, following)
            changes.append(OffsetChange(_moment_of_change(zone, at, following), offset, after))
            offset = after
        at = following
    return tuple(changes)


def _moment_of_change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if _offset_at(zone, middle) == _offset_at(zone, before):
            before = middle
        else:
            after = middle
    return after


def _offset_at(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def new_year(year: int) -> datetime:
    """Return the beginning of a year in UTC."""
    return datetime(year, 1, 1, tzinfo=UTC)
