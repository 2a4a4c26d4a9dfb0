"""Public holidays by region, and clear errors for unknown regions."""

from datetime import date

import pytest

from alliance.calendar.holidays import NO_HOLIDAYS, check_region, holiday_on
from alliance.errors import BadPlan

DAYS = [
    ("DE", date(2026, 4, 6), "Easter Monday"),
    ("DE-BY", date(2026, 1, 6), "Epiphany"),
    ("DE-BE", date(2026, 1, 6), None),  # not in Berlin
    ("DE-BE", date(2026, 3, 8), "Women's Day"),
    ("US", date(2026, 11, 26), "Thanksgiving Day"),
    ("DE", date(2026, 11, 26), None),
    (NO_HOLIDAYS, date(2026, 12, 25), None),
]


@pytest.mark.parametrize(("region", "day", "name"), DAYS)
def test_holidays_of_a_region(region: str, day: date, name: str | None) -> None:
    """Each region has its own; without a region there are none."""
    assert holiday_on(region, day) == name


@pytest.mark.parametrize(
    ("typed", "region"),
    [("de-by", "DE-BY"), (" us ", "US"), ("", ""), ("DE-augsburg", "DE-Augsburg")],
)
def test_regions_are_read_kindly(typed: str, region: str) -> None:
    """Case is ignored; empty means no holidays."""
    assert check_region(typed) == region


@pytest.mark.parametrize(
    ("typed", "words"), [("XX", "like DE"), ("DE-XX", "BY"), ("-BY", "like DE")]
)
def test_unknown_regions_are_refused(typed: str, words: str) -> None:
    """The error lists what is available."""
    with pytest.raises(BadPlan, match=words):
        check_region(typed)
