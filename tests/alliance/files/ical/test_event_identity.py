"""One UID for several events, and several revisions of one event (cases 02)."""

from dataclasses import replace
from datetime import date, time

import pytest

from alliance.files.changes import (
    AbsenceAdded,
    AbsenceEnded,
    DateCancelled,
    PlanAdded,
    PlanEnded,
)
from alliance.files.current_state import CurrentAbsence, CurrentPlan
from alliance.files.parsed_calendar import AbsenceInFile, Series
from tests.alliance.files.ical.calendar_files import (
    WEEKLY,
    case,
    changes_of,
    clinic,
    draft_of,
    dry_run_of,
    event,
    events_of,
    keys_of,
    moved,
    session,
)
from tests.alliance.files.ical.ical_text import calendar_text


def plans_of(text: bytes | str) -> list[CurrentPlan]:
    """Return the plans that a file makes, as they are stored afterwards."""
    return [
        CurrentPlan(change.key, change.code, change.series, key=change.key, calendar="c")
        for change in changes_of(text)
        if isinstance(change, PlanAdded)
    ]


def test_four_meetings_with_one_uid_are_four() -> None:
    """Case 02: all are kept, each with its line."""
    run = dry_run_of(case("c05-one-uid-many-events.ics"))

    assert [
        (change.line, change.series.first_day.day)
        for change in run.changes
        if isinstance(change, PlanAdded)
    ] == [(5, 3), (11, 10), (17, 17), (23, 24)]
    assert len({getattr(change, "key", "") for change in run.changes}) == 4


def test_four_meetings_with_one_uid_are_found_again() -> None:
    """The same file again changes nothing."""
    text = case("c05-one-uid-many-events.ics")

    assert changes_of(text, *plans_of(text)) == ()


@pytest.mark.parametrize(
    ("before", "after", "added"),
    [
        (["20260310"], ["20260310", "20260317"], [17]),
        (["20260310", "20260317"], ["20260310"], []),
        (["20260310", "20260317"], ["20260317"], []),
        (["20260310", "20260317", "20260324"], ["20260317", "20260324", "20260331"], [31]),
        (["20260303", "20260310"], ["20260310", "20260303"], []),
    ],
)
def test_events_with_one_uid_may_come_and_go(
    before: list[str], after: list[str], added: list[int]
) -> None:
    """Those that stay keep their plans, whether they are alone with their UID or not."""
    earlier = calendar_text(*(line for day in before for line in session(day)))
    text = calendar_text(*(line for day in after for line in session(day)))

    changes = changes_of(text, *plans_of(earlier))

    assert [
        change.series.first_day.day for change in changes if isinstance(change, PlanAdded)
    ] == added
    assert len(changes) == len(added)


def test_two_series_with_one_uid_have_their_own_dates() -> None:
    """A changed date belongs to the series that has it."""
    text = calendar_text(
        *session("20260303", WEEKLY),
        *session("20260305", WEEKLY, code="P-2"),
        *moved("20260312", "STATUS:CANCELLED"),
    )
    tuesdays, thursdays = events_of(text)

    assert (tuesdays.codes, tuesdays.shifts) == (("P-1",), ())
    assert (thursdays.codes, len(thursdays.shifts)) == (("P-2",), 1)


def test_two_patients_at_one_time_with_one_uid_are_two() -> None:
    """They are told apart by their codes."""
    text = calendar_text(*session("20260303"), *session("20260303", code="P-2"))
    first, second = events_of(text)

    assert (first.codes, second.codes) == (("P-1",), ("P-2",))
    assert first.key != second.key


def test_an_older_revision_is_named() -> None:
    """It was moved: the higher SEQUENCE counts, and the other line is named."""
    text = calendar_text(*session("20260303", "SEQUENCE:1"), *session("20260310", "SEQUENCE:2"))
    run = dry_run_of(text)

    assert [change.line for change in run.changes] == [12]
    assert keys_of(run) == [(5, "calendar.replaced")]


def test_a_repeated_event_is_named() -> None:
    """Merged calendars contain events twice."""
    run = dry_run_of(calendar_text(*session("20260303"), *session("20260303")))

    assert len(run.changes) == 1
    assert keys_of(run) == [(5, "calendar.twice")]


def test_one_event_in_two_calendars_of_a_file_is_one() -> None:
    """Files are joined; the event in both of them has one identity."""
    text = calendar_text(*session("20260303", WEEKLY))
    run = dry_run_of(text + text)

    assert len(run.changes) == 1
    assert keys_of(run) == [(5, "calendar.twice")]


def test_a_moved_date_that_is_written_twice_is_named() -> None:
    """Only one revision of a changed date counts."""
    text = calendar_text(
        *session("20260303", WEEKLY),
        *moved("20260310", "SEQUENCE:1", "DTSTART:20260311T130000Z"),
        *moved("20260310", "SEQUENCE:2", "STATUS:CANCELLED"),
    )
    run = dry_run_of(text)

    assert [type(change) for change in run.changes] == [PlanAdded, DateCancelled]
    assert keys_of(run) == [(12, "calendar.replaced")]


def test_a_date_that_names_somebody_else_is_an_error() -> None:
    """This week the hour is another patient's: neither is guessed."""
    text = calendar_text(
        *session("20260303", WEEKLY),
        *moved("20260310", "SUMMARY:P-2", "DTSTART;TZID=Europe/Berlin:20260310T140000"),
    )
    run = dry_run_of(text)

    assert keys_of(run) == [(12, "calendar.date_of_other")]


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART;TZID=Europe/Berlin:20260310T140000",),
        ("DTEND;TZID=Europe/Berlin:20260303T160000", "DTEND;TZID=Europe/Berlin:20260303T150000"),
        ("STATUS:CONFIRMED", "STATUS:CANCELLED"),
        ("SEQUENCE:1", "SEQUENCE:2"),
        ("UID:b",),
    ],
)
def test_a_property_that_is_written_twice_is_an_error(lines: tuple[str, ...]) -> None:
    """The second is not left out without a word."""
    start = "DTSTART;TZID=Europe/Berlin:20260303T140000"
    text = calendar_text(*event("SUMMARY:P-1", start, *lines))
    run = dry_run_of(text)

    assert keys_of(run) == [(8 + len(lines), "calendar.repeated")]


def test_two_ends_that_differ_are_an_error() -> None:
    """An event has an end or a duration."""
    text = calendar_text(*session("20260303", "DTEND;TZID=Europe/Berlin:20260303T150000"))
    assert keys_of(dry_run_of(text)) == [(9, "calendar.repeated")]


def test_a_property_that_is_written_twice_alike_is_read() -> None:
    """Some programs repeat lines."""
    assert len(changes_of(calendar_text(*session("20260303", "DURATION:PT50M")))) == 1


def test_two_rules_are_named() -> None:
    """Case 07: a line says that the second cannot be used, and nothing is applied."""
    run = dry_run_of(case("c06-two-rules.ics"))

    assert keys_of(run) == [(11, "calendar.several_rules")]
    assert run.changes == ()


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        (("RRULE:FREQ=WEEKLY", "RRULE:FREQ=MONTHLY;BYDAY=1TU"), "calendar.several_rules"),
        (("RRULE:FREQ=WEEKLY", "RRULE:FREQ=WEEKLY;INTERVAL=2"), "calendar.several_rules"),
        (("RRULE:FREQ=WEEKLY", "EXRULE:FREQ=MONTHLY;BYDAY=1TU"), "calendar.extra_dates"),
        (("RRULE:FREQ=WEEKLY", "RDATE:20260306T140000"), "calendar.extra_dates"),
        (("RDATE:20260303T140000", "RDATE:20260306T140000"), "calendar.extra_dates"),
        (("RDATE;VALUE=PERIOD:20260306T140000/PT1H",), "calendar.bad_time"),
    ],
)
def test_more_than_one_rule_is_named(lines: tuple[str, ...], key: str) -> None:
    """Siblings of case 07: rules and dates that add to a rule, or take away from it."""
    run = dry_run_of(calendar_text(*session("20260303", *lines)))
    assert [found for _, found in keys_of(run)] == [key]


def test_a_part_of_a_rule_that_is_written_twice_is_named() -> None:
    """Neither of them is taken for the other."""
    run = dry_run_of(calendar_text(*session("20260303", "RRULE:FREQ=WEEKLY;BYDAY=TU;BYDAY=TH")))
    assert keys_of(run) == [(10, "calendar.rule")]


def test_a_rule_of_a_changed_date_is_named() -> None:
    """A single date does not repeat; some programs copy the rule of the series."""
    text = calendar_text(
        *session("20260303", WEEKLY),
        *moved("20260310", "DTSTART;TZID=Europe/Berlin:20260311T140000", WEEKLY),
    )
    run = dry_run_of(text)

    assert len(run.changes) == 2
    assert keys_of(run) == [(16, "calendar.rule_of_date")]


def test_one_rule_that_is_written_twice_is_one() -> None:
    """Nothing is lost."""
    assert len(changes_of(calendar_text(*session("20260303", WEEKLY, WEEKLY)))) == 1


def test_an_excluded_date_that_is_not_in_its_series_is_named() -> None:
    """The session that somebody meant to cancel may take place."""
    exdate = "EXDATE;TZID=Europe/Berlin:20260310T150000"
    run = dry_run_of(calendar_text(*session("20260303", WEEKLY, exdate)))

    assert keys_of(run) == [(11, "calendar.no_such_date")]


def test_an_event_that_became_whole_days_is_a_plan_no_longer() -> None:
    """Under one identity there is one thing, a plan or an absence."""
    key = "event h1@test.invalid"
    series = Series("FREQ=WEEKLY;BYDAY=WE;COUNT=1", date(2026, 4, 1), time(0), "UTC", 1440)
    timed = calendar_text(*session("20260401", uid="h1@test.invalid"))
    away = CurrentAbsence("a", "P-1", AbsenceInFile(date(2026, 4, 1), date(2026, 4, 1)), key=key)

    becomes_away = dry_run_of(
        case("c03a-allday-flag.ics"), CurrentPlan("p", "P-1", series, key=key)
    )
    becomes_timed = dry_run_of(timed, present=replace(clinic(), absences=(away,)))

    assert [type(one) for one in becomes_away.changes] == [AbsenceAdded, PlanEnded]
    assert [type(one) for one in becomes_timed.changes] == [AbsenceEnded, PlanAdded]


def test_the_counts_add_up() -> None:
    """Every event is one that was understood, or one that a finding names."""
    counts = draft_of(case("c05-one-uid-many-events.ics")).counts
    assert counts is not None
    assert (counts.in_file, counts.understood, counts.not_understood) == (4, 4, 0)
