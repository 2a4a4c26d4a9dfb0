"""Time zones by their names: IANA's in any form, Windows', UTC in all its spellings."""

from datetime import time

import pytest

from tests.alliance.files.ical.calendar_files import (
    WEEKLY,
    case,
    dry_run_of,
    event,
    events_of,
    first_of,
    keys_of,
)
from tests.alliance.files.ical.ical_text import calendar_text


def weekly_at(start: str) -> str:
    """Return a calendar with a weekly series that begins so."""
    return calendar_text(*event("SUMMARY:P-1", start, WEEKLY))


def zone_of(text: str | bytes) -> str | None:
    """Return the zone of P-1's series; None if it is unknown."""
    series = first_of(text).series
    return None if series is None else series.zone


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("c21-many-zones.ics", "Europe/Berlin"),
        ("c25a-slash-zone.ics", "Europe/Berlin"),
        ("c25b-slash-zone-of-three.ics", "America/Argentina/Buenos_Aires"),
        ("c26-case-of-zone.ics", "Europe/Berlin"),
        ("c13c-unquoted-colon-utc.ics", "UTC"),
        ("c14-zone-with-a-number.ics", "Europe/Berlin"),
    ],
)
def test_zones_by_path_and_in_any_case(name: str, zone: str) -> None:
    """Cases 10 and 11: the zone is known, and no note is needed."""
    series = first_of(case(name)).series

    assert series is not None
    assert (series.zone, series.wall_time) == (zone, time(14))
    assert [key for _, key in keys_of(dry_run_of(case(name)))] == (
        ["calendar.utc"] if zone == "UTC" else []
    )


@pytest.mark.parametrize(
    ("tzid", "zone"),
    [
        ("/Europe/Berlin", "Europe/Berlin"),
        ("//Europe/Berlin", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "Europe/Berlin"),
        ("/softwarestudio.org/Olson_20011030_5/America/Indiana/Knox", "America/Indiana/Knox"),
        ("EUROPE/BERLIN", "Europe/Berlin"),
        ("america/new york", "America/New_York"),
        ('"Europe/Berlin"', "Europe/Berlin"),
        ("w. europe standard time", "Europe/Berlin"),
        ("W. Europe Standard Time 12", "Europe/Berlin"),
        ("tzone://Microsoft/W. Europe Standard Time", "Europe/Berlin"),
        ("Pacific Standard Time (Mexico)", "America/Tijuana"),
        ("Berlin", None),
        ("Praxis", None),
        ("Europe/Bielefeld", None),
        ("+01:00", None),
        ("localtime", None),
        ("../../etc/passwd", None),
    ],
)
def test_names_of_zones(tzid: str, zone: str | None) -> None:
    """A name that is not known for certain is asked about."""
    text = weekly_at(f"DTSTART;TZID={tzid}:20260303T140000")

    assert zone_of(text) == zone
    assert [key for _, key in keys_of(dry_run_of(text))] == ([] if zone else ["calendar.zone"])


UTC_STARTS = [
    "DTSTART:20260303T130000Z",
    "DTSTART;TZID=UTC:20260303T130000",
    "DTSTART;TZID=utc:20260303T130000",
    "DTSTART;TZID=Etc/UTC:20260303T130000",
    "DTSTART;TZID=GMT:20260303T130000",
    "DTSTART;TZID=/example.org/Etc/GMT:20260303T130000",
    "DTSTART;TZID=Zulu:20260303T130000Z",
    "DTSTART;TZID=Etc/Universal:20260303T130000",
    "DTSTART;TZID=tzone://Microsoft/Utc:20260303T130000",
    'DTSTART;TZID="tzone://Microsoft/Utc":20260303T130000',
    "DTSTART;TZID=Coordinated Universal Time:20260303T130000",
]


@pytest.mark.parametrize(
    "name",
    [
        *("c11a-tzid-utc.ics", "c11b-tzid-etc-utc.ics", "c11c-tzid-gmt.ics"),
        *("c11d-tzone-utc.ics", "c11e-z.ics"),
    ],
)
def test_a_series_in_utc_is_noted(name: str) -> None:
    """Case 12: it does not follow clock changes, however UTC is spelled."""
    assert [key for _, key in keys_of(dry_run_of(case(name)))] == ["calendar.utc"]
    assert zone_of(case(name)) == "UTC"


@pytest.mark.parametrize("start", UTC_STARTS)
def test_spellings_of_utc(start: str) -> None:
    """All are one zone, so that the same plan is found again."""
    [found] = events_of(weekly_at(start))

    assert found.series is not None
    assert (found.series.zone, found.series.wall_time) == ("UTC", time(13))
    assert [note.key for note in found.notes] == ["calendar.utc"]


@pytest.mark.parametrize("start", UTC_STARTS)
def test_a_single_session_in_utc_needs_no_note(start: str) -> None:
    """It is an instant, by the calendar's clocks."""
    [found] = events_of(calendar_text(*event("SUMMARY:P-1", start)))

    assert found.series is not None
    assert (found.series.zone, found.series.wall_time) == ("Europe/Berlin", time(14))
    assert found.notes == ()


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC", "GMT", "tzone://Microsoft/Utc"])
def test_a_calendar_in_utc(zone: str) -> None:
    """Times without a zone are UTC then, and a series does not follow clock changes either."""
    series = event("SUMMARY:P-1", "DTSTART:20260303T130000", WEEKLY)
    [found] = events_of(calendar_text(f"X-WR-TIMEZONE:{zone}", *series))

    assert found.series is not None
    assert found.series.zone == "UTC"
    assert [note.key for note in found.notes] == ["calendar.floating", "calendar.utc"]


@pytest.mark.parametrize("zone", ["/Europe/Vienna", "europe/vienna", "x.org/Europe/Vienna"])
def test_the_zone_of_a_calendar_in_any_form(zone: str) -> None:
    """As for the zone of a time."""
    series = event("SUMMARY:P-1", "DTSTART:20260303T130000", WEEKLY)
    assert zone_of(calendar_text(f"X-WR-TIMEZONE:{zone}", *series)) == "Europe/Vienna"


def test_a_time_with_a_zone_and_a_z_is_not_guessed() -> None:
    """Two in Berlin, or two in UTC: programs differ."""
    text = weekly_at("DTSTART;TZID=Europe/Berlin:20260303T140000Z")
    assert [key for _, key in keys_of(dry_run_of(text))] == ["calendar.zone_and_utc"]


def test_a_file_with_every_zone() -> None:
    """The number of zones that are known by name has no limit."""
    lines = [
        line
        for number in range(400)
        for line in event(f"DTSTART;TZID=x{number}/Europe/Rome:20260303T140000", uid=str(number))
    ]
    text = calendar_text(
        *lines, *event("SUMMARY:P-1", "DTSTART;TZID=Asia/Tokyo:20260303T140000", uid="last")
    )
    assert zone_of(text) == "Asia/Tokyo"
