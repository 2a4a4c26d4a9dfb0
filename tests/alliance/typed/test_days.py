"""Days as people type them; 29 February is that of a leap year."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.typed.days import looks_like_day, parse_coming_day, parse_day

DAY = date(2026, 3, 17)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-17", "2026-3-17", "17.3.2026", "17.03.2026", "17. 3. 2026", "2026/03/17"),
        *("2026.3.17", "2026. 3. 17.", "2026-03-17 00:00:00", "2026-03-17T00:00:00.000Z"),
        *("17.03.2026 0:00", "\u200e2026-\u200e03-\u200e17", "2026‑03‑17", "١٧.٣.٢٠٢٦"),
    ],
)
def test_days_with_their_year(text: str) -> None:
    """ISO, day first with dots, or year first; midnight behind it does not matter."""
    assert parse_day(text) == DAY
    assert parse_coming_day(text, earliest=date(2030, 1, 1)) == DAY


@pytest.mark.parametrize(
    "text",
    [
        *("", "3/4/2026", "17/3/2026", "30.2.2026", "29.2.2027", "2027-02-29", "17.3.26", "17.3."),
        *("2026-03-17 14:00", "2026-03/17", "2026-13-01", "tomorrow", "46098", "0000-01-01"),
    ],
)
def test_no_days_with_a_year(text: str) -> None:
    """What no calendar has, what two people read differently, and what lacks its year."""
    assert parse_day(text) is None


@pytest.mark.parametrize(
    ("text", "earliest", "meant"),
    [
        ("29.2.", date(2027, 11, 2), date(2028, 2, 29)),
        ("28.2.", date(2027, 11, 2), date(2028, 2, 28)),
        ("5.3.", date(2028, 2, 29), date(2028, 3, 5)),
        ("29.2.", date(2028, 2, 29), date(2028, 2, 29)),
        ("29.2.", date(2028, 3, 1), date(2032, 2, 29)),
        ("29.02.", date(2026, 1, 1), date(2028, 2, 29)),
        ("29.2.", date(2096, 3, 1), date(2104, 2, 29)),
        ("29. 2. 28", date(2027, 11, 2), date(2028, 2, 29)),
        ("29.2.27", date(2026, 11, 2), None),
        ("30.2.", date(2026, 11, 2), None),
        ("24.12.26", DAY, date(2026, 12, 24)),
        ("31.12.", date(2026, 12, 31), date(2026, 12, 31)),
    ],
)
def test_the_next_such_day(text: str, earliest: date, meant: date | None) -> None:
    """A day without a year is the next one that exists."""
    assert parse_coming_day(text, earliest=earliest) == meant


@given(day=st.dates(date(2000, 1, 1), date(2095, 1, 1)), after=st.integers(0, 365))
def test_without_its_year_it_is_the_first_that_comes(day: date, after: int) -> None:
    """No day with this month and number is nearer."""
    earliest = day - timedelta(days=after)
    meant = parse_coming_day(f"{day.day}.{day.month}.", earliest=earliest)

    assert meant is not None
    assert earliest <= meant <= day
    assert (meant.month, meant.day) == (day.month, day.day)


def test_the_form_of_a_day() -> None:
    """A day that no calendar has is refused as a day, and not taken for another word."""
    assert looks_like_day("31.2.")
    assert looks_like_day("2026-02-30")
    assert not looks_like_day("14.30")
    assert not looks_like_day("2tu")
