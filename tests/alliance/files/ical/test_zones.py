"""The time zones of a calendar: by name, by definition, or by default."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from tests.alliance.files.ical.ical_text import calendar_text
from tests.alliance.files.ical.test_calendars import TUESDAY, WEEKLY, event, read

OUTLOOK_ZONE = (
    "BEGIN:VTIMEZONE",
    "TZID:Customized Time Zone",
    "BEGIN:STANDARD",
    "DTSTART:16010101T030000",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "END:STANDARD",
    "BEGIN:DAYLIGHT",
    "DTSTART:16010101T020000",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "END:DAYLIGHT",
    "END:VTIMEZONE",
)


@pytest.mark.parametrize(
    ("start", "wall", "zone", "note"),
    [
        (TUESDAY, "14:00", "Europe/Berlin", None),
        ("DTSTART;TZID=W. Europe Standard Time:20260303T140000", "14:00", "Europe/Berlin", None),
        ("DTSTART;TZID=/example.org/x/America/New_York:20260303T140000", "14:00",
         "America/New_York", None),
        ("DTSTART;TZID=Customized Time Zone:20260303T140000", "14:00", "Europe/Berlin",
         "calendar.zone_read"),
        ("DTSTART:20260303T140000", "14:00", "Europe/Berlin", "calendar.floating"),
        ("DTSTART:20260303T130000Z", "13:00", "UTC", "calendar.utc"),
    ],
)  # fmt: skip
def test_zones_by_all_their_names(start: str, wall: str, zone: str, note: str | None) -> None:
    """IANA, Windows, a path, a definition in the file, none, and UTC."""
    text = calendar_text(*OUTLOOK_ZONE, *event(start, WEEKLY))
    [found] = read(text).events

    assert found.series is not None
    assert (found.series.wall_time, found.series.zone) == (time.fromisoformat(wall), zone)
    assert [one.key for one in found.notes] == ([note] if note else [])


def test_a_single_meeting_in_utc_is_kept_by_the_calendars_clocks() -> None:
    """Google writes single meetings in UTC; their zone is the calendar's."""
    text = calendar_text("X-WR-TIMEZONE:America/New_York", *event("DTSTART:20260303T190000Z"))
    [found] = read(text).events

    assert found.series is not None
    assert (found.series.zone, found.series.wall_time) == ("America/New_York", time(14, 0))


def test_a_zone_defined_by_a_bomb_is_not_known() -> None:
    """A definition that repeats every second is not expanded."""
    lines = [line.replace("YEARLY", "SECONDLY") for line in OUTLOOK_ZONE]
    start = "DTSTART;TZID=Customized Time Zone:20260303T140000"
    [found] = read(calendar_text(*lines, *event(start))).events

    assert found.problem is not None
    assert found.problem.key == "calendar.zone"


def test_two_files_may_define_one_name_differently() -> None:
    """Definitions are not cached across files."""
    start = "DTSTART;TZID=Customized Time Zone:20260303T140000"
    west = [line.replace("+0100", "-0500").replace("+0200", "-0400") for line in OUTLOOK_ZONE]
    west = [line.replace("-1SU;BYMONTH=10", "1SU;BYMONTH=11") for line in west]
    west = [line.replace("-1SU;BYMONTH=3", "2SU;BYMONTH=3") for line in west]

    zones = []
    for lines in (OUTLOOK_ZONE, west):
        [found] = read(calendar_text(*lines, *event(start, WEEKLY))).events
        assert found.series is not None
        zones.append(found.series.zone)

    assert zones[0] == "Europe/Berlin"
    assert datetime(2026, 7, 1, tzinfo=UTC).astimezone(ZoneInfo(zones[1])).hour == 20
