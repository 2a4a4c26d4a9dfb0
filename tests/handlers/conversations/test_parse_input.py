"""What coordinators type is parsed leniently, or refused with a text that says what to send."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.calendar.recurrence import RecurrenceRule
from alliance.calendar.timetable import Timetable
from alliance.calendar.timing import NO_QUIET_HOURS, QuietHours
from alliance.errors import Refusal
from handlers.calendar.plan_draft import draft_from, timetable_of
from handlers.conversations import parse_input
from handlers.texts import catalogue

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("14:00", "14:00"), ("14", "14:00"), ("9", "09:00"), ("1430", "14:30"), ("14.30", "14:30"),
        ("14h", "14:00"), ("14h30", "14:30"), (" 08:05 ", "08:05"), ("0", "00:00"),
        ("١٤:٣٠", "14:30"),
    ],
)  # fmt: skip
def test_times(typed: str, expected: str) -> None:
    """Every common way to write a time of day."""
    assert parse_input.parse_time(typed) == expected


@pytest.mark.parametrize("typed", ["", "24:00", "14:60", "noon", "14:3", "-1", "14:30:00"])
def test_no_times(typed: str) -> None:
    """Anything else is refused with an example."""
    with pytest.raises(Refusal) as refused:
        parse_input.parse_time(typed)
    assert refused.value.key == "plan.bad_time"


@pytest.mark.parametrize(
    ("typed", "language", "expected"),
    [
        ("tue", "en", "TU"), ("Tuesday", "en", "TU"), ("we,mo", "en", "MO,WE"),
        ("fr mo fr", "en", "MO,FR"), ("Di", "de", "TU"), ("mi+do", "de", "WE,TH"),
        ("tue", "de", "TU"), ("Mittwoch", "de", "WE"), ("mo.", "de", "MO"),
    ],
)  # fmt: skip
def test_weekdays(typed: str, language: str, expected: str) -> None:
    """Short or long, several or one, in English or in the coordinator's language."""
    assert parse_input.parse_weekdays(typed, language) == expected


@pytest.mark.parametrize("typed", ["", "x", "m", "mo,xx", "tuesdays", ","])
def test_no_weekdays(typed: str) -> None:
    """A single word that is not a day is refused: nothing is guessed."""
    with pytest.raises(Refusal):
        parse_input.parse_weekdays(typed, "en")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("2 tue", "2TU"), ("2tu", "2TU"), ("last fri", "-1FR"), ("-1fr", "-1FR"), ("1. mo", "1MO"),
     ("last-friday", "-1FR")],
)  # fmt: skip
def test_weekdays_of_a_month(typed: str, expected: str) -> None:
    """Which week, then the day."""
    assert parse_input.parse_monthly(typed, "en") == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2026-12-24", date(2026, 12, 24)), ("24.12.2026", date(2026, 12, 24)),
        ("24.12.26", date(2026, 12, 24)), ("24.12.", date(2026, 12, 24)),
        ("24.11.", TODAY), ("23.11.", date(2027, 11, 23)), ("2026-1-5", date(2026, 1, 5)),
    ],
)  # fmt: skip
def test_dates(typed: str, expected: date) -> None:
    """ISO or day first; without a year it is the next such day."""
    assert parse_input.parse_date(typed, today=TODAY) == expected


@pytest.mark.parametrize(
    ("typed", "today", "expected"),
    [
        ("22.11.", TODAY, date(2026, 11, 22)), ("24.9.", TODAY, date(2027, 9, 24)),
        ("28.12.", date(2027, 1, 4), date(2026, 12, 28)), ("5.1.", TODAY, date(2027, 1, 5)),
    ],
)  # fmt: skip
def test_a_date_that_has_just_been(typed: str, today: date, expected: date) -> None:
    """Where the past makes sense, a recent day is not next year's."""
    assert parse_input.parse_date(typed, today=today, max_days_back=60) == expected


@pytest.mark.parametrize("typed", ["", "2026-02-30", "30.2.", "12/24/2026", "tomorrow", "24.13."])
def test_no_dates(typed: str) -> None:
    """Days that do not exist or are ambiguous are refused."""
    with pytest.raises(Refusal):
        parse_input.parse_date(typed, today=TODAY)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("Europe/Berlin", "Europe/Berlin"), ("europe/berlin", "Europe/Berlin"), ("utc", "UTC"),
     ("America/New York", "America/New_York")],
)  # fmt: skip
def test_zones(typed: str, expected: str) -> None:
    """Capitals and spaces do not matter."""
    assert parse_input.parse_zone(typed) == expected


@pytest.mark.parametrize(
    ("line", "filled"),
    [
        ("tue 14:00 50 20 Europe/Berlin", {"days": "TU", "time": "14:00", "duration": "50",
         "delay": "20", "zone": "Europe/Berlin"}),
        ("mo,we 9 2w", {"days": "MO,WE", "time": "09:00", "every": "2"}),
        ("2w tue 14 12x", {"days": "TU", "time": "14:00", "every": "2", "count": "12"}),
        ("last-fri 10:00 2m 2027-03-31", {"days": "-1FR", "time": "10:00", "every": "2",
         "until": "2027-03-31"}),
        ("2tu 9:30", {"days": "2TU", "time": "09:30"}),
        ("", {}),
    ],
)  # fmt: skip
def test_a_plan_in_one_line(line: str, filled: dict[str, str]) -> None:
    """Words are recognised by their form; only the order of numbers matters."""
    assert parse_input.parse_plan_line(line.split(), "en", today=TODAY) == filled


def test_a_fourth_number_is_too_many() -> None:
    """Nothing that was typed is silently ignored."""
    with pytest.raises(Refusal):
        parse_input.parse_plan_line(["tue", "14", "50", "20", "30"], "en", today=TODAY)


@contextmanager
def allow_refusals() -> Iterator[None]:
    """Allow refusals that have a text."""
    with suppress(Refusal):
        try:
            yield
        except Refusal as refused:
            known = refused.key in catalogue("en")
            raise (refused if known else LookupError(refused.key)) from None


@given(typed=st.text(max_size=20))
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    """A result is parsed to itself, and each refusal has a text."""
    readers = (
        parse_input.parse_time,
        parse_input.parse_zone,
        parse_input.parse_quiet,
        parse_input.parse_region,
        lambda text: parse_input.parse_weekdays(text, "en"),
        lambda text: parse_input.parse_monthly(text, "en"),
        lambda text: parse_input.parse_date(text, today=TODAY).isoformat(),
        lambda text: parse_input.parse_number(text, "plan.bad_delay", least=0, most=1440),
    )
    for read in readers:
        with allow_refusals():
            result = read(typed)
            assert read(result) == result


weekly = st.builds(
    lambda days, every, until, count: RecurrenceRule(
        "week", every, tuple(sorted(days)), None, until, count
    ),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(1, 26),
    st.none() | st.dates(date(2026, 1, 1), date(2030, 1, 1)),
    st.none() | st.integers(1, 500),
)
monthly = st.builds(
    lambda day, every, nth: RecurrenceRule("month", every, (day,), nth),
    st.integers(0, 6),
    st.integers(1, 12),
    st.sampled_from((1, 2, 3, 4, 5, -1)),
)


def _minutes(least: int, most: int) -> st.SearchStrategy[timedelta]:
    return st.integers(least, most).map(lambda count: timedelta(minutes=count))


timetables = st.builds(
    Timetable,
    rule=weekly | monthly,
    first_day=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    wall_time=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    zone=st.sampled_from(("UTC", "Europe/Berlin", "America/New_York")),
    duration=st.none() | _minutes(5, 1440),
    delay=st.none() | _minutes(0, 1440),
    instrument=st.none() | st.sampled_from(("check_in_4", "check_in_group")),
    quiet=st.none() | st.sampled_from((NO_QUIET_HOURS, QuietHours(time(22), time(7, 30)))),
    reminders=st.none() | st.integers(0, 2),
    expiry=st.none() | st.integers(1, 336).map(lambda count: timedelta(hours=count)),
    holidays=st.none() | st.sampled_from(("", "DE-BY", "US")),
)


@given(plan=timetables)
def test_editing_a_plan_loses_nothing(plan: Timetable) -> None:
    """The draft that a current plan fills in results in the same plan."""
    assert timetable_of(draft_from(plan), today=TODAY) == plan
