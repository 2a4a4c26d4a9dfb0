"""Time zones that a file defines: the zone with the same offsets over the dates of the file."""

import random
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.alliance.files.ical.calendar_files import (
    WEEKLY,
    case,
    dry_run_of,
    event,
    first_of,
    keys_of,
)
from tests.alliance.files.ical.generated_zones import NAMES_WITH_DEFINITION, definition_of
from tests.alliance.files.ical.ical_text import calendar_text

NAME = "Praxis-Zeit"
Part = tuple[str, ...]


def part(kind: str, before: str, after: str, start: str, *lines: str) -> Part:
    """Return one part of a definition."""
    offsets = (f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}")
    return (f"BEGIN:{kind}", f"DTSTART:{start}", *offsets, *lines, f"END:{kind}")


def defined(*parts: Part, name: str = NAME) -> Part:
    """Return a definition."""
    lines = (line for one in parts for line in one)
    return ("BEGIN:VTIMEZONE", f"TZID:{name}", *lines, "END:VTIMEZONE")


def calendar_with(definition: Part, *, day: str = "20260303", name: str = NAME) -> str:
    """Return a calendar with a weekly series in a defined zone."""
    start = f"DTSTART;TZID={name}:{day}T140000"
    return calendar_text(*definition, *event("SUMMARY:P-1", start, WEEKLY))


def zone_of(text: str | bytes) -> str | None:
    """Return the zone of P-1's series; None if it is unknown."""
    series = first_of(text).series
    return None if series is None else series.zone


def hours_of(text: str | bytes) -> list[int]:
    """Return two o'clock in UTC, in March, July and November."""
    zone = zone_of(text)
    assert zone is not None
    clocks = ZoneInfo(zone)
    days = ((3, 3), (7, 7), (11, 17))
    return [
        datetime(2026, month, day, 14, tzinfo=clocks).astimezone(ZoneInfo("UTC")).hour
        for month, day in days
    ]


BERLIN, NEW_YORK, INDIA, DUBAI = [13, 12, 13], [19, 18, 19], [8, 8, 8], [10, 10, 10]


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("c07a-notes-zone.ics", BERLIN),
        ("c07b-days-of-month-zone.ics", NEW_YORK),
        ("c07c-setpos-zone.ics", BERLIN),
        ("c07d-wkst-zone.ics", BERLIN),
        ("c08a-year-one-india.ics", INDIA),
        ("c09-month-alone.ics", DUBAI),
        ("c13b-unquoted.ics", BERLIN),
        ("c13d-unquoted-colon-custom.ics", BERLIN),
        ("c37-zone-defined-for-the-year.ics", BERLIN),
    ],
)
def test_definitions_in_any_form(name: str, hours: list[int]) -> None:
    """Case 11: the zone is found, and the dry run says which."""
    assert hours_of(case(name)) == hours
    assert [key for _, key in keys_of(dry_run_of(case(name)))] == ["calendar.zone_read"]


def test_a_definition_that_stops_before_the_dates_is_asked_about() -> None:
    """Case 11: it stops in 2021 in summer; nothing is guessed."""
    run = dry_run_of(case("c36-zone-defined-until-2021.ics"))
    assert ([one.key for one in run.errors], run.changes) == (["calendar.zone"], ())


SUMMER_RULE = "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"
WINTER_RULE = "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"
SUMMER = part("DAYLIGHT", "+0100", "+0200", "19810329T020000", SUMMER_RULE)
WINTER = part("STANDARD", "+0200", "+0100", "19961027T030000", WINTER_RULE)


@pytest.mark.parametrize(
    ("parts", "zone"),
    [
        ((SUMMER, WINTER), "Europe/Berlin"),
        # as Apple writes it, with what was before
        (
            (
                part("STANDARD", "+0200", "+0100", "19810927T030000",
                     "RRULE:FREQ=YEARLY;UNTIL=19950924T010000Z;BYMONTH=9;BYDAY=-1SU"),
                SUMMER,
                WINTER,
            ),
            "Europe/Berlin",
        ),
        # the beginning of a part and its offsets, in other forms
        (
            (
                part("DAYLIGHT", "+01:00", "+02:00", "00010101T020000", SUMMER_RULE),
                part("STANDARD", "+020000", "+010000", "16010101T030000", WINTER_RULE),
            ),
            "Europe/Berlin",
        ),
        # in the south, the year begins in summer
        (
            (
                part("STANDARD", "+1100", "+1000", "20080406T030000",
                     "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU"),
                part("DAYLIGHT", "+1000", "+1100", "20081005T020000",
                     "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1SU"),
            ),
            "Australia/Sydney",
        ),
        # no change at all, and none any more
        ((part("STANDARD", "+0530", "+0530", "19700101T000000"),), "Asia/Calcutta"),
        ((part("STANDARD", "-0700", "-0700", "19700101T000000"),), "America/Mazatlan"),
        (
            (
                part("DAYLIGHT", "-0300", "-0200", "20171015T000000", "RDATE:20181104T000000"),
                part("STANDARD", "-0200", "-0300", "20180218T000000", "RDATE:20190217T000000"),
            ),
            "America/Sao_Paulo",
        ),
        (
            (
                part("STANDARD", "+0300", "+0200", "20141026T040000", "RDATE:20151108T040000"),
                part("DAYLIGHT", "+0200", "+0300", "20150329T030000", "RDATE:20160327T030000"),
                part("STANDARD", "+0300", "+0300", "20160907T000000"),
            ),
            "Europe/Istanbul",
        ),
        # only summer, as a list
        (
            (
                part("DAYLIGHT", "+0100", "+0200", "20250330T020000",
                     "RDATE:20260329T020000,20270328T020000,20280326T020000,20290325T020000"),
                part("STANDARD", "+0200", "+0100", "20251026T030000",
                     "RDATE:20261025T030000,20271031T030000", "RDATE:20281029T030000"),
            ),
            "Europe/Berlin",
        ),
    ],
)  # fmt: skip
def test_forms_of_definitions(parts: tuple[Part, ...], zone: str) -> None:
    """Rules of any form, with a history, or as a list."""
    assert zone_of(calendar_with(defined(*parts))) == zone


@pytest.mark.parametrize(
    ("parts", "day"),
    [
        # it stopped in winter, five years ago
        ((part("DAYLIGHT", "+0100", "+0200", "20200329T020000", "RDATE:20210328T020000"),
          part("STANDARD", "+0200", "+0100", "20201025T030000", "RDATE:20211031T030000")),
         "20260303"),
        # it is of last year, and the dates are of this one
        ((part("DAYLIGHT", "+0100", "+0200", "20250330T020000"),
          part("STANDARD", "+0200", "+0100", "20251026T030000")), "20260303"),
        # rules that have been given up, and rules of nobody
        ((part("DAYLIGHT", "-0300", "-0200", "20081019T000000",
               "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=3SU"),
          part("STANDARD", "-0200", "-0300", "20090215T000000",
               "RRULE:FREQ=YEARLY;BYMONTH=2;BYDAY=3SU")), "20260303"),
        ((part("DAYLIGHT", "+0100", "+0200", "19700101T000000",
               "RRULE:FREQ=YEARLY;BYMONTH=6;BYDAY=1MO"),
          part("STANDARD", "+0200", "+0100", "19700801T000000",
               "RRULE:FREQ=YEARLY;BYMONTH=8;BYDAY=1MO")), "20260303"),
        ((part("STANDARD", "+0123", "+0123", "19700101T000000"),), "20260303"),
        # it ended, and only in summer
        ((part("STANDARD", "+0200", "+0100", "19701025T030000"),), "20260303"),
        # damaged, and endless
        ((part("STANDARD", "+0100", "east", "19700101T000000"),), "20260303"),
        ((("BEGIN:STANDARD", "DTSTART:19700101T000000", "END:STANDARD"),), "20260303"),
        ((part("STANDARD", "+0100", "+0100", "19700101T000000", "RRULE:FREQ=SECONDLY"),),
         "20260303"),
        ((part("STANDARD", "+0100", "+0100", "19700101T000000", "RRULE:FREQ=YEARLY;BYWEEKNO=1"),),
         "20260303"),
        ((), "20260303"),
    ],
)  # fmt: skip
def test_definitions_that_are_asked_about(parts: tuple[Part, ...], day: str) -> None:
    """If no zone has had these offsets, nothing is guessed."""
    run = dry_run_of(calendar_with(defined(*parts), day=day))
    assert [one.key for one in run.errors] == ["calendar.zone"]


def test_a_definition_of_utc_is_utc() -> None:
    """It gets the note about UTC, not the name of a zone that has the same offset."""
    text = calendar_with(defined(part("STANDARD", "+0000", "+0000", "16010101T000000")))

    assert zone_of(text) == "UTC"
    keys = [key for _, key in keys_of(dry_run_of(text))]
    assert sorted(keys) == ["calendar.utc", "calendar.zone_read"]


def test_a_name_that_the_file_defines_otherwise_is_noted() -> None:
    """The name counts; an abbreviation means different things, so there the definition does."""
    parts = (
        part("DAYLIGHT", "+0000", "+0100", "19810329T010000", SUMMER_RULE),
        part("STANDARD", "+0100", "+0000", "19961027T020000", WINTER_RULE),
    )
    tokyo, gmt = (
        calendar_with(defined(*parts, name=name), name=name) for name in ("Asia/Tokyo", "GMT")
    )

    assert zone_of(tokyo) == "Asia/Tokyo"
    assert [key for _, key in keys_of(dry_run_of(tokyo))] == ["calendar.zone_differs"]
    assert zone_of(gmt) == "Europe/London"
    assert [key for _, key in keys_of(dry_run_of(gmt))] == ["calendar.zone_read"]


def test_one_name_with_two_definitions_is_asked_about() -> None:
    """In one calendar a name means one zone."""
    other = defined(part("STANDARD", "+0530", "+0530", "16010101T000000"))
    text = calendar_with((*defined(SUMMER, WINTER), *other))
    assert [key for _, key in keys_of(dry_run_of(text))] == ["calendar.zone"]


def test_a_defined_name_may_be_written_in_another_way() -> None:
    """In quotes, with escapes, in other letters."""
    definition = defined(SUMMER, WINTER, name="(UTC+01:00) Amsterdam\\, Berlin")
    for name in ('"(UTC+01:00) Amsterdam, Berlin"', "(utc+01:00)  amsterdam, berlin"):
        assert zone_of(calendar_with(definition, name=name)) == "Europe/Berlin"


def test_the_sites_zone_is_tried_first_and_then_the_named_city() -> None:
    """Many zones have the same offsets as Berlin."""
    madrid = calendar_with(defined(SUMMER, WINTER, name="Madrid time"), name="Madrid time")
    assert zone_of(madrid) == "Europe/Berlin"
    assert dry_run_of(madrid).errors == ()
    new_york = (
        part("STANDARD", "-0400", "-0500", "20071104T020000",
             "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"),
        part("DAYLIGHT", "-0500", "-0400", "20070311T020000",
             "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"),
    )  # fmt: skip
    toronto = calendar_with(defined(*new_york, name="Toronto time"), name="Toronto time")
    assert zone_of(toronto) == "America/Toronto"


def test_many_definitions() -> None:
    """More than twenty zones of its own are no reason to give up."""
    lines = [line for n in range(60) for line in defined(SUMMER, WINTER, name=f"Zone {n}")]
    others = [
        line
        for n in range(59)
        for line in event(f"DTSTART;TZID=Zone {n}:20260303T140000", uid=str(n))
    ]
    start = "DTSTART;TZID=Zone 59:20260303T140000"
    text = calendar_text(*lines, *others, *event("SUMMARY:P-1", start, WEEKLY, uid="last"))
    assert zone_of(text) == "Europe/Berlin"


def test_a_calendar_whose_own_zone_is_defined() -> None:
    """X-WR-TIMEZONE may name a definition, too."""
    series = event("SUMMARY:P-1", "DTSTART:20260303T140000", WEEKLY)
    india = defined(part("STANDARD", "+0530", "+0530", "16010101T000000"))
    text = calendar_text(f"X-WR-TIMEZONE:{NAME}", *india, *series)
    assert zone_of(text) == "Asia/Calcutta"


@settings(deadline=None, max_examples=100)
@given(seed=st.integers(0, 2**32), name=st.sampled_from(sorted(NAMES_WITH_DEFINITION)))
def test_generated_definitions(seed: int, name: str) -> None:
    """Whatever the form, the hours of the year are those of the zone."""
    zone = ZoneInfo(NAMES_WITH_DEFINITION[name])
    definition = tuple(definition_of(random.Random(seed), name))
    found = zone_of(calendar_with(definition, name=name))

    assert found is not None
    for month in range(1, 13):
        local = datetime(2027, month, 15, 12, tzinfo=zone)
        assert local.replace(tzinfo=ZoneInfo(found)).utcoffset() == local.utcoffset()
