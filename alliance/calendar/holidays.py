"""Public holidays of a country or region, from the library ``holidays``; nobody else imports it."""

from collections.abc import Mapping
from datetime import date
from functools import cache

import holidays

from alliance.errors import BadPlan

NO_HOLIDAYS = ""
"""The region of a site, or a plan, that keeps no holidays."""

_LANGUAGE = "en_US"


def check_region(region: str) -> str:
    """Return a region in its usual writing: ``DE``, ``DE-BY``, or ``""`` for no holidays.

    Raises:
        BadPlan: The library knows no such country or region.
    """
    country, _, part = region.strip().upper().partition("-")
    if not country and not part:
        return NO_HOLIDAYS
    parts = _countries().get(country)
    if parts is None:
        raise BadPlan(f"There are no holidays known for {country!r}; use a code like DE or DE-BY.")
    known = {name.upper(): name for name in parts}
    if part and part not in known:
        raise BadPlan(f"{country} has no region {part!r}; it has: {', '.join(parts) or 'none'}.")
    return f"{country}-{known[part]}" if part else country


def regions_of(country: str) -> tuple[str, ...]:
    """Return the codes of a country's regions, e.g. ``DE-BY``; none for an unknown country."""
    country = country.strip().upper()
    return tuple(f"{country}-{part}" for part in _countries().get(country, ()))


def holiday_on(region: str, day: date) -> str | None:
    """Return the English name of the public holiday on that day; None on any other day.

    Args:
        region: As ``check_region`` returned it.
        day: A local day of the region.
    """
    return None if region == NO_HOLIDAYS else _of_year(region, day.year).get(day)


@cache
def weekend_of(region: str) -> frozenset[int]:
    """Return the days of the week that are free in a region; 0 is Monday.

    >>> sorted(weekend_of("EG")), sorted(weekend_of(NO_HOLIDAYS))
    ([4, 5], [5, 6])
    """
    if region == NO_HOLIDAYS:
        return frozenset({5, 6})
    country, _, part = region.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None).weekend)


@cache
def _of_year(region: str, year: int) -> Mapping[date, str]:
    country, _, part = region.partition("-")
    found = holidays.country_holidays(
        country, subdiv=part or None, years=year, language=_LANGUAGE, expand=False
    )
    return dict(found.items())


@cache
def _countries() -> Mapping[str, list[str]]:
    return holidays.list_supported_countries(include_aliases=False)
