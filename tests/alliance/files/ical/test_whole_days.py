"""Whole days in all the forms in which calendars write them (case 04)."""

from datetime import date

import pytest

from alliance.files.changes import AbsenceAdded
from alliance.files.parsed_calendar import AbsenceInFile
from tests.alliance.files.ical.calendar_files import (
    WEEKLY,
    case,
    changes_of,
    dry_run_of,
    event,
    events_of,
    keys_of,
    moved,
    session,
)
from tests.alliance.files.ical.ical_text import calendar_text

FLAG = "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"
BERLIN = ";TZID=Europe/Berlin"


@pytest.mark.parametrize(
    ("name", "code", "days"),
    [
        ("c03a-allday-flag.ics", "P-1", 1),
        ("c03b-value-date-with-time.ics", "P-1", 1),
        ("c03c-value-date-ten-days.ics", "P-1", 10),
        ("c03d-allday-flag-2359.ics", "P-1", 1),
        ("c03e-allday-therapist.ics", "T-1", 1),
    ],
)
def test_whole_days_in_another_form_are_an_absence(name: str, code: str, days: int) -> None:
    """Case 04: as for DTSTART;VALUE=DATE:20260401."""
    [change] = changes_of(case(name))

    assert isinstance(change, AbsenceAdded)
    assert (change.code, change.away) == (
        code,
        AbsenceInFile(date(2026, 4, 1), date(2026, 4, days)),
    )


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        ((f"DTSTART{BERLIN}:20260401T000000", f"DTEND{BERLIN}:20260402T000000"), 1),
        ((f"DTSTART{BERLIN}:20260401T000000", f"DTEND{BERLIN}:20260411T000000"), 10),
        ((f"DTSTART{BERLIN}:20260401T000000", f"DTEND{BERLIN}:20260401T235900"), 1),
        ((f"DTSTART{BERLIN}:20260401T000000", f"DTEND{BERLIN}:20260410T235959"), 10),
        ((f"DTSTART{BERLIN}:20260401T000000", f"DTEND{BERLIN}:20260401T240000"), 1),
        ((f"DTSTART{BERLIN}:20260401T000000", "DURATION:P1D"), 1),
        ((f"DTSTART{BERLIN}:20260401T000000", "DURATION:PT24H"), 1),
        (("DTSTART:20260401T000000", "DTEND:20260402T000000", FLAG), 1),
        (("DTSTART:20260401T000000", FLAG), 1),
        (("DTSTART:20260401T000000", "DTEND:20260401T000000", FLAG), 1),
        (("DTSTART:20260331T220000Z", "DTEND:20260401T220000Z", FLAG), 1),
        (("DTSTART:20260331T220000Z", "DTEND:20260401T220000Z"), 1),
        (("DTSTART:20260401T000000Z", "DTEND:20260402T000000Z", FLAG), 1),
        (("DTSTART:20260401T000000", "DTEND:20260402T000000", "X-FUNAMBOL-ALLDAY:1"), 1),
        (("DTSTART:20260401T000000", "DTEND:20260402T000000", "X-APPLE-ALL-DAY:TRUE"), 1),
        (("DTSTART;VALUE=DATE:20260401", "DTEND;VALUE=DATE:20260411", "TRANSP:TRANSPARENT"), 10),
        (("DTSTART;VALUE=DATE:20260401T000000Z", "DTEND;VALUE=DATE:20260402T000000Z"), 1),
        (("DTSTART;TZID=Nowhere:20260401T000000", "DTEND;TZID=Nowhere:20260402T000000", FLAG), 1),
        (("DTSTART;VALUE=DATE:20260401", "DTEND:20260402T000000"), 1),
    ],
)
def test_forms_of_whole_days(lines: tuple[str, ...], days: int) -> None:
    """By a flag, by a date, from midnight to midnight in any zone, with or without an end."""
    [found] = events_of(calendar_text(*event("SUMMARY:P-1", *lines)))

    assert found.problem is None
    assert found.away == AbsenceInFile(date(2026, 4, 1), date(2026, 4, days))


@pytest.mark.parametrize(
    "lines",
    [
        (f"DTSTART{BERLIN}:20260401T000000", f"DTEND{BERLIN}:20260401T005000"),
        (f"DTSTART{BERLIN}:20260401T230000", f"DTEND{BERLIN}:20260401T235900"),
        (f"DTSTART{BERLIN}:20260401T140000", "DURATION:PT24H"),
        (f"DTSTART{BERLIN}:20260401T000000",),
        (
            f"DTSTART{BERLIN}:20260401T140000",
            "DURATION:PT50M",
            "X-MICROSOFT-CDO-ALLDAYEVENT:FALSE",
        ),
    ],
)
def test_what_is_no_whole_day(lines: tuple[str, ...]) -> None:
    """Sessions at night, and one that is long."""
    [found] = events_of(calendar_text(*event("SUMMARY:P-1", *lines)))
    assert (found.away, found.problem, found.series is not None) == (None, None, True)


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ((f"DTSTART{BERLIN}:20260401T140000", "DURATION:PT50M", FLAG), "calendar.all_day_times"),
        (("DTSTART;VALUE=DATE:20260401T140000",), "calendar.all_day_times"),
        (("DTSTART:20260401T000000", "DTEND:20260402T000000", WEEKLY), "calendar.repeated_days"),
        (("DTSTART:20260401T000000", "DTEND:20290402T000000"), "calendar.away"),
    ],
)
def test_whole_days_that_cannot_be_used(lines: tuple[str, ...], key: str) -> None:
    """They contradict themselves, repeat, or last too long; each has its line."""
    run = dry_run_of(calendar_text(*event("SUMMARY:P-1", *lines)))
    assert [found for _, found in keys_of(run)] == [key]


def test_a_date_that_was_moved_to_whole_days_is_named() -> None:
    """It has no hour any more, whatever form the day has."""
    day = ("DTSTART:20260311T000000", "DTEND:20260312T000000", FLAG)
    run = dry_run_of(calendar_text(*session("20260303", WEEKLY), *moved("20260310", *day)))

    assert keys_of(run) == [(15, "calendar.moved_to_day")]


def test_a_changed_date_of_whole_days_is_named() -> None:
    """Whole days have no single dates."""
    text = calendar_text(
        *event("SUMMARY:P-1", "DTSTART;VALUE=DATE:20260401"),
        *event("RECURRENCE-ID;VALUE=DATE:20260402", "DTSTART;VALUE=DATE:20260403"),
    )
    assert keys_of(dry_run_of(text)) == [(10, "calendar.date_of_unread")]


def test_an_excluded_day_counts_for_its_session() -> None:
    """EXDATE;VALUE=DATE with a time is a day, too."""
    exdate = "EXDATE;VALUE=DATE:20260310T000000"
    [found] = events_of(calendar_text(*session("20260303", WEEKLY, exdate)))
    assert [shift.planned_for.day for shift in found.shifts] == [10]
