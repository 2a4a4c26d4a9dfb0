"""Public holidays and weekends by region. The only module that imports ``holidays``."""

from collections.abc import Mapping
from datetime import date
from functools import cache

import holidays

from alliance.errors import BadPlan

NO_HOLIDAYS = ""
"""The region of a site or plan that observes no public holidays."""

_LANGUAGE = "en_US"


def check_region(region: str) -> str:
    """Return a region in its standard form: ``DE``, ``DE-BY``, or ``""`` for no holidays.

    Raises:
        BadPlan: The country or region is unknown.
    """
    country, _, part = region.strip().upper().partition("-")
    if not country and not part:
        return NO_HOLIDAYS
    parts = _countries().get(country)
    if parts is None:
        raise BadPlan(f"No holidays are known for {country!r}; use a code like DE or DE-BY.")
    known = {name.upper(): name for name in parts}
    if part and part not in known:
        available = ", ".join(parts) or "none"
        raise BadPlan(f"{country} has no region {part!r}. Its regions are: {available}.")
    return f"{country}-{known[part]}" if part else country


def holiday_on(region: str, day: date) -> str | None:
    """Return the English name of the public holiday on that day, or None.

    Args:
        region: As ``check_region`` returned it.
        day: A local day in the region.
    """
    return None if region == NO_HOLIDAYS else _holidays_in(region, day.year).get(day)


@cache
def weekend_of(region: str) -> frozenset[int]:
    """Return the weekend days of a region; 0 is Monday.

    >>> sorted(weekend_of("EG")), sorted(weekend_of(NO_HOLIDAYS))
    ([4, 5], [5, 6])
    """
    if region == NO_HOLIDAYS:
        return frozenset({5, 6})
    country, _, part = region.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None).weekend)


@cache
def _holidays_in(region: str, year: int) -> Mapping[date, str]:
    country, _, part = region.partition("-")
    names = holidays.country_holidays(
        country, subdiv=part or None, years=year, language=_LANGUAGE, expand=False
    )
    return dict(names.items())


@cache
def _countries() -> Mapping[str, list[str]]:
    return holidays.list_supported_countries(include_aliases=False)
