"""A plan in plain words."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from alliance.calendar.recurrence import parse_rule
from alliance.calendar.timetable import SiteDefaults, Timetable
from alliance.calendar.timing import NO_QUIET_HOURS, QuietHours
from handlers.calendar.plan_screens import describe_plan

TODAY = date(2026, 11, 24)
USUAL = (
    "check-in 20 minutes after the end, not between 21:00 and 08:00, one reminder the next morning"
)


def words(
    rule: str, *, site: SiteDefaults | None = None, group: bool = False, **fields: Any
) -> str:
    """Return a plan with that rule in words; by default at 14:00 in Berlin."""
    usual = {"first_day": TODAY, "wall_time": time(14), "zone": "Europe/Berlin"}
    timetable = Timetable(rule=parse_rule(rule), **{**usual, **fields})
    return describe_plan("en", timetable, site or SiteDefaults(), today=TODAY, group=group)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("FREQ=WEEKLY;BYDAY=TU", "every Tuesday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "every second Tuesday"),
        ("FREQ=WEEKLY;INTERVAL=3;BYDAY=TU", "every 3 weeks on Tuesday"),
        ("FREQ=WEEKLY;BYDAY=MO,WE", "every Monday and Wednesday"),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "every Monday, Wednesday, and Friday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "every second week on Monday and Wednesday"),
        ("FREQ=WEEKLY;INTERVAL=4;BYDAY=MO,WE", "every 4 weeks on Monday and Wednesday"),
        ("FREQ=MONTHLY;BYDAY=1TU", "every first Tuesday of the month"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "every last Friday of the month"),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=3TH", "every second month on the third Thursday"),
        ("FREQ=MONTHLY;INTERVAL=3;BYDAY=5TH", "every 3 months on the fifth Thursday"),
    ],
)
def test_every_kind_of_repetition(rule: str, text: str) -> None:
    """Each kind of repetition has its own words."""
    assert words(rule) == f"{text} 14:00–14:50 Berlin time, {USUAL}"


def test_a_whole_sentence() -> None:
    """The example of the specification."""
    assert words("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU") == (
        "every second Tuesday 14:00–14:50 Berlin time, check-in 20 minutes after the end,"
        " not between 21:00 and 08:00, one reminder the next morning"
    )


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("FREQ=WEEKLY;BYDAY=TU;UNTIL=20270331", "until 31 Mar 2027"),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=12", "12 sessions"),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=1", "once"),
    ],
)
def test_the_end(rule: str, text: str) -> None:
    """The last day or the number of sessions follows the time."""
    assert f"Berlin time, {text}, check-in" in words(rule)


def test_only_a_future_first_day_is_mentioned() -> None:
    """The first day of a plan that is running already is left out."""
    assert ", from 1 Dec 2026, " in words("FREQ=WEEKLY;BYDAY=TU", first_day=date(2026, 12, 1))
    assert "from" not in words("FREQ=WEEKLY;BYDAY=TU", first_day=date(2026, 1, 6))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"zone": "UTC"}, "14:00–14:50 UTC,"),
        ({"zone": "America/New_York"}, "14:00–14:50 New York time,"),
        ({"zone": "America/Argentina/Buenos_Aires"}, "14:00–14:50 Buenos Aires time,"),
        ({"duration": timedelta(minutes=90)}, "14:00–15:30 Berlin time,"),
        ({"wall_time": time(23, 30)}, "23:30–00:20 Berlin time,"),
        ({"delay": timedelta()}, "check-in right after the end,"),
        ({"delay": timedelta(minutes=1)}, "check-in 1 minute after the end,"),
        ({"delay": timedelta(hours=1)}, "check-in 1 hour after the end,"),
        ({"delay": timedelta(hours=2)}, "check-in 2 hours after the end,"),
        ({"delay": timedelta(minutes=75)}, "check-in 75 minutes after the end,"),
        ({"quiet": NO_QUIET_HOURS}, ", at any hour,"),
        ({"quiet": QuietHours(time(20), time(9, 30))}, "not between 20:00 and 09:30,"),
        ({"reminders": 0}, ", no reminder"),
        ({"reminders": 2}, ", two reminders, on the next two mornings"),
        ({"expiry": timedelta(hours=24)}, ", to be answered within 24 hours"),
        ({"instrument": "check_in_mandated"}, ", with Check-in, mandated"),
        ({"holidays": "DE-BY"}, ", not on public holidays (DE-BY)"),
    ],
)
def test_every_setting(fields: dict[str, Any], text: str) -> None:
    """Each setting has its own words."""
    assert text in words("FREQ=WEEKLY;BYDAY=TU", **fields)


def test_site_settings_are_left_out() -> None:
    """A plan that repeats the site's settings reads like one without settings."""
    usual = SiteDefaults()
    fields: dict[str, Any] = {
        "expiry": usual.expiry,
        "instrument": usual.instrument,
        "holidays": usual.holidays,
    }
    assert words("FREQ=WEEKLY;BYDAY=TU", **fields) == words("FREQ=WEEKLY;BYDAY=TU")


def test_site_holidays_are_mentioned() -> None:
    """The site's holidays are mentioned, and so is a plan with sessions on holidays."""
    site = SiteDefaults(holidays="DE-BE", reminders=0)
    assert words("FREQ=WEEKLY;BYDAY=TU", site=site).endswith(
        "no reminder, not on public holidays (DE-BE)"
    )
    assert words("FREQ=WEEKLY;BYDAY=TU", site=site, holidays="").endswith("on public holidays too")


def test_a_group_has_its_own_usual_instrument() -> None:
    """The group instrument is left out for a group, and named for a single patient."""
    fields: dict[str, Any] = {"instrument": "check_in_group"}
    assert words("FREQ=WEEKLY;BYDAY=TU", group=True, **fields).endswith(USUAL)
    assert ", with " in words("FREQ=WEEKLY;BYDAY=TU", group=False, **fields)
